"""A Neo4j server: as the graph store (graph.py), and as a vector store for a site without another one (vectors.py).

Everything that depends on the driver or the server belongs here: sessions, leases on collections, error messages,
indexes, checks for `doctor`. Statements that the embedded graph runs too belong in adapters/cypher.
"""
