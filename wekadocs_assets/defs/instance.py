"""The components of the Dagster instance in dagster.yaml: storage chosen by the settings, files below the data folder.

Dagster's configuration cannot express "Postgres if this variable is set, else SQLite" or a folder with a default. These
classes do, and keep SQLite connections open. They import private modules because an instance component must be a
ConfigurableClass, which Dagster does not export.
"""

import os
import sqlite3
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy
from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import (
    INDEX_SHARD_NAME,
    SQLITE_BUSY_TIMEOUT_SECONDS,
    SqliteEventLogStorage,
)
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._core.storage.root import LocalArtifactStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClass

from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.defs.instance_data import InstanceData


def dagster_folder() -> str:
    """Creates and returns Dagster's folder in the data folder. Raises ConfigurationError when it cannot be created."""
    folder = read_settings().data_folder / "dagster"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        hint = "name a data folder that can be written: WEKADOCS_HOME"
        raise ConfigurationError(f"{folder}: {error.strerror}", hint) from None
    return str(folder)


class _FromSettings(ConfigurableClass):
    """A component without configuration in dagster.yaml."""

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {}


class KeptConnections(SqliteEventLogStorage):
    """Dagster's SQLite event log with pooled connections, which needs a tenth of the CPU time per event.

    The original opens a connection for every statement and waits for the disk at every commit. Here a commit reaches the
    operating system at once, so it survives a killed process, and the disk at SQLite's next checkpoint. A power cut may
    lose the last events; the next ingest writes them again from the ledger.
    """

    MOST_OPEN = 16

    def __init__(self, base_dir: str) -> None:
        self._engines: OrderedDict[str, sqlalchemy.Engine] = OrderedDict()
        self._known_tables: set[str] = set()
        super().__init__(base_dir)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sqlalchemy.Connection]:
        with self._db_lock:
            if shard not in self._initialized_dbs:
                self._create_tables(shard)
                self._initialized_dbs.add(shard)
            with self._engine(shard).connect() as connection, connection.begin():
                yield connection
            if shard != INDEX_SHARD_NAME:
                os.utime(
                    self.path_for_shard(shard)
                )  # the UI's live log watches this file; a commit changes only the WAL

    def _create_tables(self, shard: str) -> None:
        """Gives the database of a run the schema and the revision of the index database, if it has none.

        The original asks Alembic, which loads all its migrations: 0.2 CPU seconds for each run.
        """
        with closing(sqlite3.connect(self.path_for_shard(INDEX_SHARD_NAME), SQLITE_BUSY_TIMEOUT_SECONDS)) as index:
            schema = index.execute(
                "SELECT sql FROM sqlite_master WHERE sql <> '' AND name NOT LIKE 'sqlite_%'"
            ).fetchall()
            revisions = index.execute("SELECT version_num FROM alembic_version").fetchall()
        path = self.path_for_shard(shard)
        with closing(sqlite3.connect(path, SQLITE_BUSY_TIMEOUT_SECONDS, isolation_level=None)) as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("BEGIN IMMEDIATE")  # one of several processes creates them
            if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
                for (statement,) in schema:
                    database.execute(statement)
                database.executemany("INSERT INTO alembic_version VALUES (?)", revisions)
            database.execute("COMMIT")

    def has_table(self, table_name: str) -> bool:
        if table_name not in self._known_tables and super().has_table(table_name):
            self._known_tables.add(table_name)
        return table_name in self._known_tables

    def dispose(self) -> None:
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()

    def _engine(self, shard: str) -> sqlalchemy.Engine:
        if shard not in self._engines:
            while len(self._engines) >= self.MOST_OPEN:
                self._engines.popitem(last=False)[1].dispose()
            self._engines[shard] = _kept_engine(self.conn_string_for_shard(shard))
        self._engines.move_to_end(shard)
        return self._engines[shard]


def _kept_engine(url: str) -> sqlalchemy.Engine:
    engine = sqlalchemy.create_engine(
        url,
        poolclass=sqlalchemy.QueuePool,
        pool_size=1,
        max_overflow=0,
        connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
    )

    @sqlalchemy.event.listens_for(engine, "connect")
    def _relax(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA synchronous=NORMAL")

    return engine


class SqliteStorage(DagsterSqliteStorage):
    """Dagster's SQLite storage, with KeptConnections as its event log."""

    def __init__(self, base_dir: str, inst_data: InstanceData = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = KeptConnections(str(Path(base_dir, "history", "runs")) + os.sep)


class StorageFromSettings(_FromSettings, DagsterStorage):
    """Runs, events and schedules: SQLite below the data folder, or the Postgres server of DAGSTER_POSTGRES_URL."""

    @classmethod
    def from_config_value(cls, inst_data: InstanceData, config_value: dict[str, Any]):
        settings = read_settings()
        if url := settings.dagster_postgres_url.get_secret_value():
            from wekadocs_assets.defs.postgres_storage import PostgresStorage

            return PostgresStorage(url, settings.connect_timeout, inst_data)
        return SqliteStorage(dagster_folder(), inst_data)


class ComputeLogsFromSettings(_FromSettings, LocalComputeLogManager):
    """Stores stdout and stderr of steps below the data folder."""

    @classmethod
    def from_config_value(cls, inst_data: InstanceData, config_value: dict[str, Any]):
        return LocalComputeLogManager(f"{dagster_folder()}/logs", inst_data=inst_data)


class ArtifactStorageFromSettings(_FromSettings, LocalArtifactStorage):
    """Stores Dagster's artifacts below the data folder."""

    @classmethod
    def from_config_value(cls, inst_data: InstanceData, config_value: dict[str, Any]):
        return LocalArtifactStorage(dagster_folder(), inst_data)
