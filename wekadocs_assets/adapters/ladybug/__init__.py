"""The embedded graph engine Ladybug: one database file, no server, one writing process.

Add what only this engine needs: sessions, locks, errors, checks for `doctor`. Statements do not belong here: the engine
runs the shared ones in adapters/cypher.
"""
