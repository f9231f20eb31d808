"""Checks of the stores: before an ingest (findings), after it (verify, readiness), and for `doctor` (diagnosis).

Add a check here that compares stores or judges their content. Repairs do not belong here: they are in core/repair.
"""
