"""A Neo4j server: as the graph store (graph.py), and as a vector store for a site without another one (vectors.py).

Add what depends on the driver or the server: sessions, leases on collections, error messages, indexes, checks for
`doctor`. Statements that the embedded graph runs too do not belong here, but in adapters/cypher.
"""
