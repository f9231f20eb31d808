"""The graph: schema, rows, the subgraph of a document, the difference of two subgraphs, and link resolution. All functions are pure.

Add a label, type or property to schema.py first. Statements and clients belong to adapters.
"""
