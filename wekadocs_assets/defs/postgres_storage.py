"""Dagster's storage on a Postgres server: one connection pool for runs, events and schedules, and errors with a hint.

A lost connection is replaced before the next statement (`pool_pre_ping`). An outage during a statement ends the run with
StoreUnavailable, without retries; the next ingest continues.
"""

import logging
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
import sqlalchemy
from dagster_postgres import (
    DagsterPostgresStorage,
    PostgresEventLogStorage,
    PostgresRunStorage,
    PostgresScheduleStorage,
)
from dagster_postgres.utils import DagsterPostgresException, set_pg_statement_timeout
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError

from wekadocs_assets.core.errors import ConfigurationError, StoreUnavailable, WekadocsError
from wekadocs_assets.core.server_urls import address
from wekadocs_assets.defs.instance_data import InstanceData

POOL_SIZE, MAX_OVERFLOW = 2, 20
"""Dagster nests connections, and a login costs more than most statements; connections beyond POOL_SIZE are closed after use."""
KEEPALIVE = {"keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "4"}
"""libpq settings (idle and interval in seconds): a vanished server is detected after half a minute instead of two hours."""
UNAVAILABLE = {"53100", "53300", "57P01", "57P02", "57P03"}
"""SQLSTATE: disk full, too many connections, admin shutdown, crash shutdown, cannot connect now."""
WRITE_REFUSED = {"42501", "25006"}
"""SQLSTATE: insufficient privilege, read-only transaction."""
TRANSIENT = re.compile(
    r"starting up|shutting down|recovery|accepting connections|terminating|too many|connection slots", re.I
)
LOGIN_REFUSED = re.compile(r"FATAL|no password supplied|does not support SSL|certificate|invalid .*value", re.I)
"""libpq messages of permanent login errors. They are matched as text because SQLSTATE is not set before the login."""


def to_user_error(error: BaseException, server: str) -> WekadocsError | None:
    """Translates an error of psycopg2 or SQLAlchemy to StoreUnavailable or ConfigurationError; None for a statement error.

    server: host and port, for the message.
    """
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    code, reason = getattr(cause, "pgcode", None), _reason(cause)
    lost = code is None and isinstance(cause, psycopg2.OperationalError | psycopg2.InterfaceError)
    lost = lost or getattr(error, "connection_invalidated", False)
    if code in WRITE_REFUSED:
        hint = "give the user of DAGSTER_POSTGRES_URL the right to create tables in its database and to write them"
        return ConfigurationError(f"Postgres at {server} refuses to write: {reason}", hint)
    if not lost and code not in UNAVAILABLE:
        return None
    if LOGIN_REFUSED.search(reason) and not TRANSIENT.search(reason):
        hint = "correct user, password and database in DAGSTER_POSTGRES_URL"
        return ConfigurationError(f"Postgres at {server} refuses the login: {reason}", hint)
    hint = "start it, or correct DAGSTER_POSTGRES_URL (when it is not set, Dagster's runs are kept in SQLite)"
    return StoreUnavailable(f"Postgres at {server} cannot be reached: {reason}", hint)


def _reason(cause: BaseException) -> str:
    """The line of libpq's message that states the reason, without the address. libpq never prints the password."""
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()] or [type(cause).__name__]
    reason = next((line for line in lines if "FATAL" in line or "ERROR" in line), lines[0])
    return re.sub(r"^connection to server .*? failed: ", "", reason)


def driver_url(url: str, connect_timeout: float) -> str:
    """The URL for psycopg2, with time limits; connect_timeout in seconds. Limits that the URL already has are kept.

    The driver is named because SQLAlchemy 2.1 defaults to psycopg 3, which does not run Dagster's statements.
    """
    parsed = sqlalchemy.make_url(url).set(drivername="postgresql+psycopg2")
    limits = {"connect_timeout": str(max(1, math.ceil(connect_timeout))), **KEEPALIVE}
    missing = {name: value for name, value in limits.items() if name not in parsed.query}
    return parsed.update_query_dict(missing).render_as_string(hide_password=False)


def create_engine(url: str, **pool: int) -> sqlalchemy.Engine:
    """An engine that pools connections, tests each before use and raises WekadocsError. pool: settings of the pool."""
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT", pool_pre_ping=True, **pool)
    server = address(url)

    @sqlalchemy.event.listens_for(engine, "handle_error")
    def _translate(context: ExceptionContext) -> BaseException | None:
        if context.is_pre_ping:  # the pool opens a new connection
            return None
        return to_user_error(context.sqlalchemy_exception or context.original_exception, server)

    return engine


class _KeepsConnections:
    """Mixin of the three storages: makes the web server's engine with `create_engine`, too."""

    postgres_url: str
    _engine: sqlalchemy.Engine

    def optimize_for_webserver(self, statement_timeout: int, pool_recycle: int, max_overflow: int) -> None:
        """statement_timeout in milliseconds, pool_recycle in seconds."""
        engine = create_engine(self.postgres_url, pool_size=1, pool_recycle=pool_recycle, max_overflow=max_overflow)

        @sqlalchemy.event.listens_for(engine, "connect")
        def _limit(connection: Any, _: Any) -> None:
            set_pg_statement_timeout(connection, statement_timeout)

        self._engine = engine

    def dispose(self) -> None:
        super().dispose()  # type: ignore[misc]  # defined by the storage class beside this mixin
        self._engine.dispose()


class RunStorage(_KeepsConnections, PostgresRunStorage):
    """Stores runs."""


class EventLogStorage(_KeepsConnections, PostgresEventLogStorage):
    """Stores events."""


class ScheduleStorage(_KeepsConnections, PostgresScheduleStorage):
    """Stores schedules, sensors and their ticks."""


class PostgresStorage(DagsterPostgresStorage):
    """Runs, events and schedules in one database; missing tables are created."""

    def __init__(self, url: str, connect_timeout: float, inst_data: InstanceData = None) -> None:
        """connect_timeout: seconds. Connects once. Raises StoreUnavailable or ConfigurationError."""
        super(DagsterPostgresStorage, self).__init__()
        self.postgres_url = driver_url(url, connect_timeout)
        self.should_autocreate_tables = True
        self._inst_data = inst_data
        logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)  # the failed call raises the same error
        engine = create_engine(self.postgres_url, pool_size=POOL_SIZE, max_overflow=MAX_OVERFLOW)
        engine.connect().close()  # Dagster's storages, made below, would retry a first connection for seconds
        with _user_errors(address(url)):
            self._run_storage = RunStorage(self.postgres_url)
            self._event_log_storage = EventLogStorage(self.postgres_url)
            self._schedule_storage = ScheduleStorage(self.postgres_url)
        for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
            storage._engine = engine


@contextmanager
def _user_errors(server: str) -> Iterator[None]:
    """Translates errors of Dagster's storages while they create their tables with their own engines."""
    try:
        yield
    except (DBAPIError, psycopg2.Error, DagsterPostgresException) as error:
        cause = error.__cause__ if isinstance(error, DagsterPostgresException) else None
        user_error = to_user_error(cause or error, server)
        raise (user_error or error) from None
