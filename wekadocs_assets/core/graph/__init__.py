"""The graph: its schema, rows, a document's subgraph, the difference of two subgraphs, and resolved links. All pure.

Add a label, type or property to schema.py first. Statements and clients belong to adapters.
"""
