"""Embedding models: text to dense vectors (sentence-transformers, word hashes) and to BM25 term weights, with doctor's checks.

To add a kind of model: implement Embedder and select it in app/adapter_factory.py. Nothing here writes to a vector store.
"""
