"""The id of Dagster's storage, read without Dagster, so that an ingest with nothing to do notices a new storage."""

from __future__ import annotations

from pathlib import Path

from wekadocs_assets.adapters.data_folder.store_id import kept_store_id

TABLE_ID = (
    "SELECT (SELECT oid FROM pg_database WHERE datname = current_database()) || '.' || to_regclass('event_logs')::oid"
)

NO_TABLE = "no table"


def sqlite_storage_id(folder: Path) -> str:
    """A random id in a file beside the databases; deleting the folder deletes it too."""
    return kept_store_id(folder)


def postgres_storage_id(url: str, connect_timeout: float) -> str:
    """The database's and the event table's object ids, which change when the table is created again.

    '' when the server cannot be reached: an ingest with work to do reports that, a plan with nothing to do needs no server.
    """
    import psycopg2

    try:
        connection = psycopg2.connect(url, connect_timeout=max(2, round(connect_timeout)))
    except psycopg2.OperationalError:
        return ""
    try:
        with connection.cursor() as cursor:
            cursor.execute(TABLE_ID)
            (found,) = cursor.fetchone() or (None,)
            return found or NO_TABLE
    finally:
        connection.close()
