"""The schema of a point in Qdrant's engines, embedded or server: names of its vectors, indexed payload keys, stored records."""

from __future__ import annotations

from typing import Any

from wekadocs_assets.core.models import Vector
from wekadocs_assets.core.ports.vectors import StoredPoint

DENSE, SPARSE = "dense", "bm25"
"""Names of the two vectors of a point."""
INDEXED = ("tag", "document_id", "section_id", "source_uri", "checksum", "embedding_version", "chunk_id")
"""Payload keys with a keyword index."""


def floats(vector: Vector) -> list[float]:
    """The vector as plain numbers, which Qdrant's clients need."""
    return [float(number) for number in vector]


def stored_point(record: Any) -> StoredPoint:
    """The stored point of a record of the embedded engine or the server."""
    import numpy

    vector = numpy.asarray(record.vector[DENSE], dtype=numpy.float32) if record.vector else None
    return StoredPoint(str(record.id), dict(record.payload or {}), vector)
