"""Reports of ingests and documents: what is in them, how they are made, written, found and shown; also the export.

Add a field in model.py and fill it in build.py. Reading stores for a report belongs to core/checks.
"""
