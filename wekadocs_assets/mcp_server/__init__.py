"""The MCP server (`ingestctl mcp`): read-only tools and resources over the index, on stdio or HTTP.

A call goes server → read_only_tools → index_access → keeper (the thread of the stores) → answers, which builds a model of
models.py. http has the probes, metrics the Prometheus metrics.

Add here: a tool (a method in read_only_tools.py, a function in answers.py, a model in models.py; tests/e2e/test_mcp.py),
a resource, a metric. Does not belong here: search and graph queries (core/search), anything that writes.
"""
