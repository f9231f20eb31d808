"""The graph in Cypher, without an engine: the statements, and the port `GraphStore` on top of them.

Add a statement in statements.py (writes and whole documents) or reader_statements.py (questions). To add an engine that
speaks Cypher, give it a folder of its own with a subclass of `CypherGraph` that implements `open`, `hold`, `check_held`,
`_read` and `_write`, add it to ENGINES and a fixture `fresh_<engine>` in tests/contract/conftest.py, and choose it in
app/adapter_factory.py. What one engine needs beyond that (sessions, errors, locks, indexes) does not belong here.
"""
