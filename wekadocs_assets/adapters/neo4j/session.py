"""The driver for a Neo4j server: managed transactions with time-outs, and errors mapped to the project's."""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from wekadocs_assets.adapters.cypher.batches import Row, Run
from wekadocs_assets.adapters.neo4j.errors import is_final, to_project_error
from wekadocs_assets.core.errors import ConfigurationError

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction, Result, Session

T = TypeVar("T")
Access = Literal["READ", "WRITE"]
RETRY_SECONDS = 20.0
"""No retry starts after this time: with the driver's pauses of 1, 2, 4, 8 and 16 s the last one starts after about 31 s."""
_SILENT = logging.NullHandler()
HANDSHAKE_SECONDS = 2.0
"""Time for a server that accepted the connection to answer on it."""


class Neo4jSession:
    """Threads may share it. Connects on first use, not in the constructor; a forked process gets a driver of its own.

    Reads and writes are retried for up to retry_seconds after transient errors and while the server is not reachable.
    timeout: seconds for one transaction; connect_timeout: seconds to connect.
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
        self._closer: weakref.finalize[[Driver, int], Neo4jSession] | None = None

    def verify(self) -> str:
        """Connects and returns the server's version; no retries. StoreUnavailable, or ConfigurationError naming the setting."""
        with self._session("READ") as session:
            agent: str = session.run("RETURN 1 AS one").consume().server.agent  # such as Neo4j/5.26.12
            return agent.rpartition("/")[2]

    def read(self, work: Callable[[Run], T], *, timeout: float | None = None) -> T:
        """Runs `work` in one read transaction, again after a transient error. timeout: seconds, instead of the session's."""
        with self._session("READ") as session:
            return session.execute_read(self._unit(work, timeout))

    def write(self, work: Callable[[Run], T], *, timeout: float | None = None) -> T:
        """Runs `work` in one transaction, again after a transient error; rolled back on any other error.

        Raises TransactionTooLarge where the time or memory of the server did not suffice.
        """
        with self._session("WRITE") as session:
            return session.execute_write(self._unit(work, timeout))

    def run(self, statement: str, **parameters: Any) -> list[Row]:
        """Runs one statement in its own transaction without retries: for schema commands."""
        with self._session("WRITE") as session:
            return _rows(session.run(statement, parameters))

    def close(self) -> None:
        """Idempotent; the next use connects again."""
        with self._guard:
            if self._closer is not None:
                self._closer()
            self._driver = self._closer = None

    @contextmanager
    def _session(self, access: Access) -> Iterator[Session]:
        from neo4j.exceptions import DriverError, Neo4jError

        driver = self._opened()
        try:
            with driver.session(default_access_mode=access, database=self.database or None) as session:
                yield session
        except (DriverError, Neo4jError, OSError, ValueError) as error:
            mapped = to_project_error(error, self.uri, self.database)
            if mapped is error:
                raise
            raise mapped from error

    def _unit(self, work: Callable[[Run], T], timeout: float | None) -> Callable[[ManagedTransaction], T]:
        from neo4j import unit_of_work
        from neo4j.exceptions import Neo4jError

        def transaction(managed: ManagedTransaction) -> T:
            def run(statement: str, **parameters: Any) -> list[Row]:
                try:
                    return _rows(managed.run(statement, parameters))
                except Neo4jError as error:
                    if is_final(error):
                        raise to_project_error(error, self.uri, self.database) from error
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

        logging.getLogger("neo4j").addHandler(
            _SILENT
        )  # otherwise Python prints its warnings where no logging is configured
        logging.getLogger("neo4j.notifications").setLevel(
            logging.ERROR
        )  # warnings such as "no such label yet" are expected
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
    """Only in the process that opened it: closing in a fork would end the connections of its parent."""
    if pid == os.getpid():
        driver.close()


def _rows(result: Result) -> list[Row]:
    names = result.keys()
    return [dict(zip(names, record, strict=True)) for record in result]
