"""Dagster's storage under `doctor`, without Dagster: the folder of its SQLite files, or a Postgres database."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from wekadocs_assets.adapters.data_folder.diagnosis import folder_rights
from wekadocs_assets.core.checks.diagnosis import Check, Diagnosis, Verdict, ok, problem, release
from wekadocs_assets.core.errors import ConfigurationError, StoreUnavailable
from wekadocs_assets.core.server_urls import address

OLDEST = (12,)
TABLE = "event_logs"
"""Dagster's largest table: it is there once an ingest ran."""
PROBE = "CREATE TEMPORARY TABLE wekadocs_doctor (n integer) ON COMMIT DROP"
MAY_CREATE = "SELECT has_schema_privilege(current_schema(), 'CREATE')"
MAY_INSERT = "SELECT has_table_privilege(to_regclass(%s), 'INSERT')"
"""NULL: there is no such table."""
PASSING = re.compile(r"starting up|shutting down|recovery|too many|connection slots", re.IGNORECASE)
RIGHTS_HINT = "give the user of DAGSTER_POSTGRES_URL the right to create tables in its database and to write them"


class SqliteStorageDiagnosis(Diagnosis):
    part = "Dagster's storage"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def checks(self) -> Sequence[Check]:
        return (("rights", lambda: [folder_rights(self._folder, "WEKADOCS_HOME")]),)


class PostgresStorageDiagnosis(Diagnosis):
    """url: it may hold a password, which nothing here tells."""

    part = "Dagster's storage"

    def __init__(self, url: str, timeout: float) -> None:
        self._url, self._timeout = url, timeout
        self._place = f"Postgres at {address(url)}"

    def checks(self) -> Sequence[Check]:
        return (
            ("reachable", self._reachable),
            ("version", self._version),
            ("rights", self._rights),
            ("schema", self._schema),
        )

    def _reachable(self) -> Iterator[Verdict]:
        database, user = self._row("SELECT current_database(), current_user")
        yield ok(f"{self._place}, database '{database}', user '{user}'")

    def _version(self) -> Iterator[Verdict]:
        yield release("Postgres", self._row("SHOW server_version")[0], OLDEST)

    def _rights(self) -> Iterator[Verdict]:
        """The temporary table goes with the transaction; a database that is read-only, or a full disk, refuses it."""
        with self._cursor() as cursor:
            cursor.execute(PROBE)
            cursor.execute(MAY_INSERT, [TABLE])
            may_insert = cursor.fetchone()[0]
            cursor.execute(MAY_CREATE)
            (may_create,) = cursor.fetchone()
        if may_insert is False or (may_insert is None and not may_create):
            what = f"write to {TABLE}" if may_insert is False else "create tables"
            yield problem(f"this user of {self._place} may not {what}", RIGHTS_HINT)
        else:
            yield ok("tables can be written")

    def _schema(self) -> Iterator[Verdict]:
        (found,) = self._row("SELECT to_regclass(%s)", TABLE)
        yield ok("Dagster's tables are there" if found else "no table yet: the first ingest makes them")

    def _row(self, statement: str, *values: str) -> tuple[Any, ...]:
        with self._cursor() as cursor:
            cursor.execute(statement, list(values) or None)
            return cursor.fetchone()

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        """A transaction that is always rolled back."""
        import psycopg2

        url = self._url.replace("postgresql+psycopg2://", "postgresql://", 1)
        try:
            connecting = psycopg2.connect(url, connect_timeout=max(1, math.ceil(self._timeout)))
            with closing(connecting) as connection, connection.cursor() as cursor:
                yield cursor
        except psycopg2.OperationalError as error:
            raise self._no_way_in(error) from None
        except psycopg2.Error as error:
            reason = _first_line(error) if error.pgcode else type(error).__name__  # libpq may quote the URL itself
            raise ConfigurationError(f"{self._place} refuses: {reason}", RIGHTS_HINT) from None

    def _no_way_in(self, error: Exception) -> Exception:
        """libpq has no code before the login: a server that said FATAL is there."""
        reason = _first_line(error)
        if "FATAL" in reason and not PASSING.search(reason):
            hint = "correct user, password and database in DAGSTER_POSTGRES_URL"
            return ConfigurationError(f"{self._place} answers, but lets us not in: {reason}", hint)
        hint = "start it, or correct DAGSTER_POSTGRES_URL (unset, Dagster's runs are kept in SQLite)"
        return StoreUnavailable(f"{self._place} cannot be reached: {reason}", hint)


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return re.sub(r"^connection to server .*? failed: ", "", lines[0])
