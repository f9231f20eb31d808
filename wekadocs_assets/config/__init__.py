"""Settings of a process, and the documentation page generated from them.

Add a setting in `settings.py`. Code that uses a setting gets its value as an argument and does not import this package,
except for the entry points in `cli`, `defs`, `mcp_server` and the composition root `app`.
"""
