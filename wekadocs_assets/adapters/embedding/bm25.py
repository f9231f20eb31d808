"""The one bm25 of every vector store: the same words and weights for the embedded engine, a server and the tests."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qdrant_edge import Bm25, SparseVector

SETTINGS = {"k": 1.2, "b": 0.75, "avg_len": 256.0}
"""Qdrant's defaults, spelled out: stored weights depend on them, so a change asks for a new embedding."""


def sparse_document(text: str) -> SparseVector:
    """Term weights without IDF: that is applied by the store (`Modifier.Idf`), over the whole collection."""
    return _model().embed_document(text)


def sparse_query(text: str) -> SparseVector:
    """The distinct words of a question; only stop words: an empty vector that finds nothing."""
    return _model().embed_query(text)


@cache
def _model() -> Bm25:
    from qdrant_edge import Bm25, Bm25Config

    return Bm25(Bm25Config(**SETTINGS))
