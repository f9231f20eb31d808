"""The one driver of a process for a Neo4j server: managed transactions, time-outs, and its errors in our words."""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from wekadocs_assets.adapters.cypher.batches import Row, Run
from wekadocs_assets.adapters.neo4j.errors import explained, is_final
from wekadocs_assets.core.errors import ConfigurationError

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction, Result, Session

T = TypeVar("T")
Access = Literal["READ", "WRITE"]
RETRY_SECONDS = 20.0
"""After this no new try: with the driver's pauses of 1, 2, 4, 8 and 16 s the last one is made after about 31 s."""
_SILENT = logging.NullHandler()
HANDSHAKE_SECONDS = 2.0
"""For a server that takes the connection, to answer on it."""


class Neo4jSession:
    """Threads may share it. Opened on first use; a forked process gets a driver of its own.

    Reads and writes are retried while the server calls its trouble passing or cannot be reached, up to retry_seconds.
    """

    def __init__(
        self,
        uri: str,
        user: str,
        password: str,
        database: str = "",
        *,
        connect_timeout: float = 5.0,
        timeout: float = 120.0,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self.uri, self.user, self.database = uri, user, database
        self._password = password
        self._connect_timeout, self._timeout, self._retry_seconds = connect_timeout, timeout, retry_seconds
        self._guard = threading.Lock()
        self._driver: Driver | None = None
        self._pid = 0
        self._closer: weakref.finalize | None = None

    def verify(self) -> str:
        """The server's version; no retries. Raises StoreUnavailable or ConfigurationError that says which setting."""
        with self._session("READ") as session:
            return session.run("RETURN 1 AS one").consume().server.agent.rpartition("/")[2]

    def read(self, work: Callable[[Run], T], *, timeout: float | None = None) -> T:
        """What `work` finds in one transaction; perhaps done again. timeout: seconds, instead of the session's."""
        with self._session("READ") as session:
            return session.execute_read(self._unit(work, timeout))

    def write(self, work: Callable[[Run], T], *, timeout: float | None = None) -> T:
        """`work` in one transaction: committed at its end, rolled back on the first error; perhaps done again.

        Raises TransactionTooLarge where time or memory of the server did not do.
        """
        with self._session("WRITE") as session:
            return session.execute_write(self._unit(work, timeout))

    def run(self, statement: str, **parameters: Any) -> list[Row]:
        """By itself, committed at once, not retried: for schema commands."""
        with self._session("WRITE") as session:
            return _rows(session.run(statement, parameters))

    def close(self) -> None:
        """Idempotent; the next use opens it again."""
        with self._guard:
            if self._closer is not None:
                self._closer()
            self._driver = self._closer = None

    @contextmanager
    def _session(self, access: Access) -> Iterator[Session]:
        from neo4j.exceptions import DriverError, Neo4jError

        driver = self._opened()
        options = {"database": self.database} if self.database else {}
        try:
            with driver.session(default_access_mode=access, **options) as session:
                yield session
        except (DriverError, Neo4jError, OSError, ValueError) as error:
            told = explained(error, self.uri, self.database)
            if told is error:
                raise
            raise told from error

    def _unit(self, work: Callable[[Run], T], timeout: float | None) -> Callable[[ManagedTransaction], T]:
        from neo4j import unit_of_work
        from neo4j.exceptions import Neo4jError

        def transaction(managed: ManagedTransaction) -> T:
            def run(statement: str, **parameters: Any) -> list[Row]:
                try:
                    return _rows(managed.run(statement, parameters))
                except Neo4jError as error:
                    if is_final(error):
                        raise explained(error, self.uri, self.database) from error
                    raise

            return work(run)

        return unit_of_work(timeout=timeout or self._timeout)(transaction)

    def _opened(self) -> Driver:
        with self._guard:
            if self._driver is None or self._pid != os.getpid():
                self._open()
            assert self._driver is not None
            return self._driver

    def _open(self) -> None:
        import neo4j

        logging.getLogger("neo4j").addHandler(_SILENT)  # else Python prints its warnings where no logging is set up
        logging.getLogger("neo4j.notifications").setLevel(logging.ERROR)  # "no such label yet" is no news here
        try:
            self._driver = neo4j.GraphDatabase.driver(
                self.uri,
                auth=(self.user, self._password),
                connection_timeout=self._connect_timeout,
                connection_acquisition_timeout=self._connect_timeout + HANDSHAKE_SECONDS,
                max_transaction_retry_time=self._retry_seconds,
                user_agent="wekadocs-assets",
            )
        except (neo4j.exceptions.DriverError, ValueError) as error:
            hint = "For instance bolt://localhost:7687"
            raise ConfigurationError(f"NEO4J_URI {self.uri} cannot be used: {error}", hint) from error
        self._pid = os.getpid()
        self._closer = weakref.finalize(self, _close, self._driver, self._pid)


def _close(driver: Driver, pid: int) -> None:
    """In the process that opened it alone: a fork's goodbye would end the connections of its parent."""
    if pid == os.getpid():
        driver.close()


def _rows(result: Result) -> list[Row]:
    names = result.keys()
    return [dict(zip(names, record, strict=True)) for record in result]
