"""Qdrant as vector store: its embedded engine (edge) and its server, with the schema of a point that both share, and doctor's checks.

To add what every vector store does alike: put it in core/ports/vector_rules.py. Term weights come from adapters/embedding.
"""
