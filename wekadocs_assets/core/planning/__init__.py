"""Planning: what an ingest is going to do, and the record of what it did.

plan compares a source with the ledger; ingest holds the plans of several collections under one id. outcome is the
result of a stage for one document, record keeps the outcomes of a step, work and work_totals count what was written.

Add here: a kind of change that a plan can find, or a figure that a stage reports. A new count belongs in work.py.

Does not belong here: access to stores (core/stages, adapters). Plans and ingests are saved and loaded through the
ArtifactStore port only.
"""
