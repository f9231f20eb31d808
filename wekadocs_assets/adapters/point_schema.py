"""What vector stores have in common: how a point looks in Qdrant's engine, which versions a model has, how hits are sorted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from wekadocs_assets.core.errors import StoreBusy

DENSE, SPARSE = "dense", "bm25"
"""Names of the two vectors of a point."""
INDEXED = ("tag", "document_id", "source_uri", "checksum", "embedding_version", "chunk_id")
"""Payload keys with a keyword index."""


def of_model(versions: Iterable[str], model_part: str) -> list[str]:
    """Versions of this model part: it ends there, or its last word does (`hash-64` does not begin `hash-640`)."""
    begins = re.compile(re.escape(model_part) + r"(?![a-z0-9])")
    return [version for version in versions if begins.match(version)]


def absent_version(version: str, place: str) -> StoreBusy:
    """For a write to a version that is not there: it was when the ingest began, so it is no fault of a document."""
    gone = f"no vectors of {version} in {place}: another process has dropped them, or they were never made"
    return StoreBusy(gone, "Run it again: it begins with what is there now.")


def floats(vector: Any) -> list[float]:
    return [float(x) for x in vector] if isinstance(vector, (list, tuple)) else vector.tolist()


def best_first(hit: tuple[str, float]) -> tuple[float, str]:
    """Sort key of (id, score)."""
    return -hit[1], hit[0]
