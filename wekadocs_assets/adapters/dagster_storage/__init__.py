"""Dagster's storage (SQLite or Postgres) without Dagster: doctor's checks, and the id that shows that it was replaced.

The storage itself is in defs/instance.py and defs/postgres_storage.py.
"""
