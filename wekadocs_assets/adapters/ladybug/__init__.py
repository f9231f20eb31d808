"""The embedded graph engine Ladybug: one database file, no server, one writing process.

Sessions, locks, errors and checks of this engine belong here; its statements are the shared ones in adapters/cypher.
"""
