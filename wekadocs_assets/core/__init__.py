"""The core: what an ingest and a search compute, without Dagster, clients, clocks or files.

Rooms import inward only (pyproject.toml has the layers). Add domain logic here. Access to outside systems belongs to adapters,
behind a port of core/ports or core/jobs.
"""
