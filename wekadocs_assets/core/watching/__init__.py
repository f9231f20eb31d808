"""Watching: decides when a changed file is complete, and how many documents may be ingested now.

Pure decisions from observed state. Reading folders, cursors of sensors and starting ingests belong to app and defs.
"""
