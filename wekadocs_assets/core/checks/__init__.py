"""Checks of the stores: before an ingest (findings), after it (verify, query_checks, readiness), and for `doctor` (diagnosis).

Add a check that compares stores or judges their content. Checks never write: repairing belongs to core/repair.
"""
