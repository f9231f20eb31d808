"""The domain logic of ingests and searches, without Dagster, client libraries, clocks or file access.

Add code here that computes something. Packages import in one direction only (pyproject.toml has the layers). Access to
outside systems does not belong here: adapters implement it, behind a port of core/ports or core/jobs.
"""
