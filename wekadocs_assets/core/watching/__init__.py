"""Watching: decides when a changed file is complete, and how many documents may be ingested now.

Add a rule here that decides from observed state. What reads folders, stores the cursors of sensors or starts ingests does not
belong here: it is in app and defs.
"""
