"""Checks of the stores: before an ingest (findings), after it (verify, query_checks, readiness), and for `doctor` (diagnosis).

Add a check here that compares stores or judges their content. A check must not write to a store: repairs belong to core/repair.
"""
