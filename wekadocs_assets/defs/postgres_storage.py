"""Dagster's storage on a Postgres server: named when it is not there at start, waited for when it goes away in a run.

Dagster itself tries a lost connection again for some seconds, but not the statement that was under way; here each call of
the storages is tried again as a whole. An event whose answer was lost may so be stored twice, never lost. Connections are
kept, too: Dagster opens several an event, and each costs a login.
"""

import functools
import inspect
import logging
import math
import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg2
import sqlalchemy
from dagster_postgres import (
    DagsterPostgresStorage,
    PostgresEventLogStorage,
    PostgresRunStorage,
    PostgresScheduleStorage,
)
from sqlalchemy.exc import DBAPIError

from wekadocs_assets.core.errors import ConfigurationError, StoreUnavailable, WekadocsError
from wekadocs_assets.core.server_urls import address

T = TypeVar("T")
FIRST_WAIT, LONGEST_WAIT = 0.1, 4.0
KEPT_CONNECTIONS, MORE_CONNECTIONS = 2, 20
"""Dagster's calls nest connections; those beyond the kept ones are closed after use."""
KEEPALIVE = {"keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "4"}
"""libpq, in seconds: a machine that went away without a word is noticed after half a minute, not after two hours."""
AWAY = {"53100", "53300", "57P01", "57P02", "57P03"}
"""SQLSTATE: disk full, too many connections, shutting down, crashed, not yet up."""
REFUSED = {"42501", "25006"}
"""SQLSTATE: no right, read-only."""
PASSING = re.compile(
    r"starting up|shutting down|recovery|accepting connections|terminating|too many|connection slots", re.I
)
NOT_LET_IN = re.compile(r"FATAL|no password supplied|does not support SSL|certificate|invalid .*value", re.I)
"""What libpq says when a server answered and will answer the same next time: it gives no SQLSTATE before the login."""


class Patience:
    """Tries a call again while the server is away, for `seconds`; after that once a call, until it answers again.

    Without that limit each of the events by which Dagster tells of the failure would wait as long once more.
    """

    def __init__(self, server: str, seconds: float) -> None:
        self.server = server
        self.seconds = seconds
        self._given_up = False

    def connect(self, engine: sqlalchemy.Engine) -> sqlalchemy.Connection:
        connection = engine.connect()
        self._given_up = False
        return connection

    def call(self, work: Callable[[], T]) -> T:
        """What `work` returns. Raises StoreUnavailable or ConfigurationError; other errors as they are."""
        deadline, wait = math.inf, FIRST_WAIT
        while True:
            try:
                return work()
            except (DBAPIError, psycopg2.Error) as error:  # some of the driver's own come through as they are
                deadline = min(deadline, time.monotonic() + (0 if self._given_up else self.seconds))
                self._raise_unless_it_may_pass(error, deadline)
            time.sleep(max(0, min(wait, deadline - time.monotonic())))
            wait = min(2 * wait, LONGEST_WAIT)

    def _raise_unless_it_may_pass(self, error: Exception, deadline: float) -> None:
        told = told_to_people(error, self.server)
        if told is None:
            raise error
        if time.monotonic() >= deadline:
            self._given_up = True
            raise told from None


def told_to_people(error: Exception, server: str) -> WekadocsError | None:
    """The error as StoreUnavailable or ConfigurationError; None: it is about the statement, not about the server."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code, reason = getattr(cause, "pgcode", None), _reason(cause)
    lost = code is None and isinstance(cause, psycopg2.OperationalError | psycopg2.InterfaceError)
    lost = lost or getattr(error, "connection_invalidated", False)
    if code in REFUSED:
        hint = "give the user of DAGSTER_POSTGRES_URL the right to create tables in its database and to write them"
        return ConfigurationError(f"Postgres at {server} refuses to write: {reason}", hint)
    if not lost and code not in AWAY:
        return None
    if NOT_LET_IN.search(reason) and not PASSING.search(reason):
        hint = "correct user, password and database in DAGSTER_POSTGRES_URL"
        return ConfigurationError(f"Postgres at {server} answers, but lets us not in: {reason}", hint)
    hint = "start it, or set DAGSTER_POSTGRES_URL to where it is (unset, Dagster's runs are kept in SQLite)"
    return StoreUnavailable(f"Postgres at {server} cannot be reached: {reason}", hint)


def _reason(cause: BaseException) -> str:
    """libpq's first line that says why, without the address; it never has the password."""
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()] or [type(cause).__name__]
    said = next((line for line in lines if "FATAL" in line or "ERROR" in line), lines[0])
    return re.sub(r"^connection to server .*? failed: ", "", said)


def driver_url(url: str, connect_timeout: float) -> str:
    """For psycopg2 (SQLAlchemy 2.1 would take psycopg 3, which Dagster's statements do not suit) and with time limits."""
    parsed = sqlalchemy.make_url(url).set(drivername="postgresql+psycopg2")
    limits = {"connect_timeout": str(max(1, math.ceil(connect_timeout))), **KEEPALIVE}
    missing = {name: value for name, value in limits.items() if name not in parsed.query}
    return parsed.update_query_dict(missing).render_as_string(hide_password=False)


def patient(storage: type[T]) -> type[T]:
    """Class decorator: every public method is called with the patience of its object."""
    for name, method in inspect.getmembers(storage, inspect.isfunction):
        static = isinstance(inspect.getattr_static(storage, name), staticmethod)
        if not name.startswith("_") and not static:
            setattr(storage, name, _with_patience(method))
    return storage


def _with_patience(method: Callable[..., T]) -> Callable[..., T]:
    @functools.wraps(method)
    def called(self, *arguments, **named) -> T:
        return self.patience.call(lambda: method(self, *arguments, **named))

    return called


@patient
class Runs(PostgresRunStorage):
    def __init__(self, url: str, patience: Patience) -> None:
        self.patience = patience
        super().__init__(url)

    def connect(self) -> sqlalchemy.Connection:
        return self.patience.connect(self._engine)


@patient
class Events(PostgresEventLogStorage):
    def __init__(self, url: str, patience: Patience) -> None:
        self.patience = patience
        super().__init__(url)

    def _connect(self) -> sqlalchemy.Connection:
        return self.patience.connect(self._engine)

    def dispose(self) -> None:
        super().dispose()
        self._engine.dispose()


@patient
class Schedules(PostgresScheduleStorage):
    def __init__(self, url: str, patience: Patience) -> None:
        self.patience = patience
        super().__init__(url)

    def connect(self, run_id: str | None = None) -> sqlalchemy.Connection:
        return self.patience.connect(self._engine)


class PostgresStorage(DagsterPostgresStorage):
    """Runs, events and schedules in one database; its tables are made when they are missing."""

    def __init__(
        self,
        url: str,
        connect_timeout: float,
        inst_data: Any = None,
        away_seconds: float = 20.0,
    ) -> None:
        """One try at start, in connect_timeout seconds. Raises StoreUnavailable or ConfigurationError."""
        super(DagsterPostgresStorage, self).__init__()
        self.postgres_url = driver_url(url, connect_timeout)
        self.should_autocreate_tables = True
        self._inst_data = inst_data
        logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)  # the call that broke says it, in one line
        patience = Patience(address(url), seconds=0)
        engine = sqlalchemy.create_engine(
            self.postgres_url,
            isolation_level="AUTOCOMMIT",
            pool_size=KEPT_CONNECTIONS,
            max_overflow=MORE_CONNECTIONS,
        )
        patience.call(lambda: engine.connect().close())
        self._run_storage = patience.call(lambda: Runs(self.postgres_url, patience))
        self._event_log_storage = patience.call(lambda: Events(self.postgres_url, patience))
        self._schedule_storage = patience.call(lambda: Schedules(self.postgres_url, patience))
        for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
            storage._engine = engine
        patience.seconds = away_seconds
