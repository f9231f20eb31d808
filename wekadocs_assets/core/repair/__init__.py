"""Reconcile and repair: compares the content of all stores with the ledger, and removes the differences.

Add a comparison here when a store can differ from the ledger unnoticed by fingerprints. Checks at the end of an ingest belong
to core/checks.
"""
