"""Which Dagster storage this is, asked without Dagster: so that an ingest with nothing to do notices one that is new."""

from __future__ import annotations

from pathlib import Path

from wekadocs_assets.adapters.data_folder.store_id import kept_store_id

TABLE_ID = (
    "SELECT (SELECT oid FROM pg_database WHERE datname = current_database()) || '.' || to_regclass('event_logs')::oid"
)

NO_TABLE = "no table"


def sqlite_storage_id(folder: Path) -> str:
    """A random id in a file beside the databases: whoever deletes the folder deletes it with them."""
    return kept_store_id(folder)


def postgres_storage_id(url: str, connect_timeout: float) -> str:
    """Of the table that holds the events, which is another one once it was dropped; '' where the server is away.

    That is told by whoever has work for it; a plan with nothing to do needs none.
    """
    import psycopg2

    try:
        connection = psycopg2.connect(url, connect_timeout=max(2, round(connect_timeout)))
    except psycopg2.OperationalError:
        return ""
    try:
        with connection.cursor() as cursor:
            cursor.execute(TABLE_ID)
            return cursor.fetchone()[0] or NO_TABLE
    finally:
        connection.close()
