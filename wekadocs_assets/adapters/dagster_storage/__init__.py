"""Dagster's storage (SQLite or Postgres) without Dagster: doctor's checks, and the id that shows that it was replaced.

Add a check or an id of another kind of storage here, and choose it in app/adapter_factory.py. What imports Dagster does not
belong here: the storage itself is in defs/instance.py and defs/postgres_storage.py.
"""
