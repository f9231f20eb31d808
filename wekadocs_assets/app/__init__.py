"""The composition root: turns settings into opened stores, pipelines, searchers and checks.

Entry points (defs, cli, mcp_server) call this package and import no adapter. Add a function here when an entry point needs
something opened; the adapter is chosen in adapter_factory.py. Rules about documents and plans belong in core.
"""
