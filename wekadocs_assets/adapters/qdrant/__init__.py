"""Qdrant as vector store: the embedded engine (edge), the server, the point schema that both share, and the checks of `doctor`.

Add a vector or a payload index to point_schema.py. Rules for every vector store belong to core/ports/vector_rules.py, term
weights to adapters/embedding.
"""
