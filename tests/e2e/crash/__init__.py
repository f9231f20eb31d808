"""Proof that an ingest may be killed anywhere: random histories of edits and kills against a clean run."""
