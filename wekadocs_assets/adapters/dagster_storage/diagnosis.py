"""Checks of Dagster's storage for `doctor`: the folder of its SQLite files, or a Postgres database."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wekadocs_assets.adapters.data_folder.diagnosis import folder_rights
from wekadocs_assets.core.checks.diagnosis import Check, Diagnosis, Verdict, ok, problem, version_verdict
from wekadocs_assets.core.errors import ConfigurationError, StoreUnavailable
from wekadocs_assets.core.server_urls import address

if TYPE_CHECKING:
    import psycopg2.extensions

OLDEST = (12,)
TABLE = "event_logs"
"""Dagster's largest table; the first ingest creates it."""
PROBE = "CREATE TEMPORARY TABLE wekadocs_doctor (n integer) ON COMMIT DROP"
MAY_CREATE = "SELECT has_schema_privilege(current_schema(), 'CREATE')"
MAY_INSERT = "SELECT has_table_privilege(to_regclass(%s), 'INSERT')"
"""NULL when the table does not exist."""
TRANSIENT = re.compile(r"starting up|shutting down|recovery|too many|connection slots", re.IGNORECASE)
RIGHTS_HINT = "give the user of DAGSTER_POSTGRES_URL the right to create tables in its database and to write them"


class SqliteStorageDiagnosis(Diagnosis):
    part = "Dagster's storage"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def checks(self) -> Sequence[Check]:
        return (("rights", lambda: [folder_rights(self._folder, "WEKADOCS_HOME")]),)


class PostgresStorageDiagnosis(Diagnosis):
    """url: may contain a password, which is never printed; timeout: seconds to connect."""

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
        yield version_verdict("Postgres", self._row("SHOW server_version")[0], OLDEST)

    def _rights(self) -> Iterator[Verdict]:
        """Creates a temporary table and rolls it back: a read-only database or a full disk refuses it."""
        with self._cursor() as cursor:
            cursor.execute(PROBE)
            cursor.execute(MAY_INSERT, [TABLE])
            (may_insert,) = cursor.fetchone() or (None,)
            cursor.execute(MAY_CREATE)
            (may_create,) = cursor.fetchone() or (None,)
        if may_insert is False or (may_insert is None and not may_create):
            what = f"write to {TABLE}" if may_insert is False else "create tables"
            yield problem(f"this user of {self._place} may not {what}", RIGHTS_HINT)
        else:
            yield ok("tables can be written")

    def _schema(self) -> Iterator[Verdict]:
        (found,) = self._row("SELECT to_regclass(%s)", TABLE)
        yield ok("Dagster's tables exist" if found else "no tables yet: the first ingest creates them")

    def _row(self, statement: str, *values: str) -> tuple[Any, ...]:
        with self._cursor() as cursor:
            cursor.execute(statement, list(values) or None)
            return cursor.fetchone() or ()

    @contextmanager
    def _cursor(self) -> Iterator[psycopg2.extensions.cursor]:
        """A transaction that is always rolled back."""
        import psycopg2

        url = self._url.replace("postgresql+psycopg2://", "postgresql://", 1)
        try:
            connecting = psycopg2.connect(url, connect_timeout=max(1, math.ceil(self._timeout)))
            with closing(connecting) as connection, connection.cursor() as cursor:
                yield cursor
        except psycopg2.OperationalError as error:
            raise self._connection_error(error) from None
        except psycopg2.Error as error:
            reason = _first_line(error) if error.pgcode else type(error).__name__  # libpq may quote the URL itself
            raise ConfigurationError(f"{self._place} refuses: {reason}", RIGHTS_HINT) from None

    def _connection_error(self, error: Exception) -> Exception:
        """libpq has no error code before the login; FATAL in the message means that a server answered."""
        reason = _first_line(error)
        if "FATAL" in reason and not TRANSIENT.search(reason):
            hint = "correct user, password and database in DAGSTER_POSTGRES_URL"
            return ConfigurationError(f"{self._place} refuses the login: {reason}", hint)
        hint = "start it, or correct DAGSTER_POSTGRES_URL (when it is not set, Dagster's runs are kept in SQLite)"
        return StoreUnavailable(f"{self._place} cannot be reached: {reason}", hint)


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return re.sub(r"^connection to server .*? failed: ", "", lines[0])
