"""BM25 term weights for every vector store: the embedded engine, a server and the tests use the same."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qdrant_edge import Bm25, SparseVector

K, B, AVERAGE_LENGTH = 1.2, 0.75, 256.0
"""Qdrant's defaults. Stored weights depend on them: after a change everything must be embedded again."""


def sparse_document(text: str) -> SparseVector:
    """Term weights without IDF, which the store applies (`Modifier.Idf`) over the whole collection."""
    return _model().embed_document(text)


def sparse_query(text: str) -> SparseVector:
    """The distinct words of a question. Only stop words: an empty vector, which finds nothing."""
    return _model().embed_query(text)


@cache
def _model() -> Bm25:
    from qdrant_edge import Bm25, Bm25Config

    return Bm25(Bm25Config(k=K, b=B, avg_len=AVERAGE_LENGTH))
