"""`GraphStore` on Ladybug: the shared Cypher on one database file, without a server."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from wekadocs_assets.adapters.cypher import statements
from wekadocs_assets.adapters.cypher.batches import Row, Run
from wekadocs_assets.adapters.cypher.graph import CypherGraph, T
from wekadocs_assets.adapters.ladybug.session import LadybugSession
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.graph import rows, schema
from wekadocs_assets.core.models import GraphInfo
from wekadocs_assets.core.ports.stores import Lock

BUFFER_MB = 256
THREADS = 2


class LadybugGraph(CypherGraph):
    """A database file and its write-ahead log; the lock separates readers from the single writer.

    buffer_mb: size of the buffer pool in MB; threads: of the engine. Opens nothing before the first use.
    """

    few = 50  # one id as a parameter: 0.07 ms; a list of five: 3 ms at 10,000 sections, and growing with them

    def __init__(self, path: Path | str, lock: Lock, *, buffer_mb: int = BUFFER_MB, threads: int = THREADS) -> None:
        self._session = LadybugSession(Path(path), lock, buffer_mb, threads)
        self._checked_opening = 0

    def open(self) -> GraphInfo:
        found = self._read(lambda run: run(statements.READ_SINGLETON))
        if not found:
            self._write(lambda run: None)
            found = self._read(lambda run: run(statements.READ_SINGLETON))
        return GraphInfo(**found[0])

    def close(self) -> None:
        """Needed only where the lock outlives the store: it closes the database when it is released."""
        self._session.close()

    def hold(self, tags: Sequence[str], owner: str) -> AbstractContextManager[None]:
        return nullcontext()

    def check_held(self) -> None:
        pass

    def _read(self, work: Callable[[Run], T]) -> T:
        with self._session.reading() as exists:
            return work(self._session.run if exists and self._schema_exists() else _no_rows)

    def _write(self, work: Callable[[Run], None]) -> None:
        with self._session.writing():
            is_new = not self._schema_exists()
            try:
                if is_new:
                    self._create()
                work(self._session.run)
            except BaseException:
                if is_new:  # the schema is rolled back too
                    self._checked_opening = 0
                raise

    def _schema_exists(self) -> bool:
        """False for a database without our tables. Tables of another program under our names: ConfigurationError.

        Checked once per opening of the file, which no other process changes meanwhile.
        """
        if self._checked_opening != self._session.openings and self._check_schema():
            self._checked_opening = self._session.openings
        return self._checked_opening == self._session.openings

    def _check_schema(self) -> bool:
        names = {row["name"] for row in self._session.run("CALL show_tables() RETURN `name`")}
        if schema.SINGLETON not in names:
            if taken := names & {*schema.NODES, *schema.TYPES}:
                raise _foreign(f"it has tables with our names ({', '.join(sorted(taken))}) but no {schema.SINGLETON}")
            return False
        found = self._session.run(statements.READ_SINGLETON)
        if not found:
            raise _foreign(f"its {schema.SINGLETON} is empty")
        if (version := found[0]["schema_version"]) != schema.SCHEMA_VERSION:
            raise ConfigurationError(
                f"the graph {self._session.path} has schema version {version}, this program writes {schema.SCHEMA_VERSION}",
                "delete that file and ingest again: it is rebuilt from the documents, and nothing is embedded again",
            )
        return True

    def _create(self) -> None:
        """Within the transaction of the first write, so that no reader sees an incomplete schema."""
        for statement in schema.ddl("ladybug"):
            self._session.run(statement)
        row = rows.singleton_row(GraphInfo(uuid.uuid4().hex, schema.SCHEMA_VERSION))
        self._session.run(statements.merge_nodes(schema.SINGLETON), rows=[row])


def _no_rows(statement: str, **parameters: Any) -> list[Row]:
    return []


def _foreign(reason: str) -> ConfigurationError:
    hint = "Name another data folder (WEKADOCS_HOME), or move this database away and ingest again."
    return ConfigurationError(f"this graph database belongs to another program: {reason}", hint)
