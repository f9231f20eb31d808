"""The schema of a point in Qdrant's engines, embedded or server: names of its vectors, indexed payload keys, stored records."""

from __future__ import annotations

from typing import Any

from wekadocs_assets.core.ports.vectors import StoredPoint

DENSE, SPARSE = "dense", "bm25"
"""Names of the two vectors of a point."""
INDEXED = ("tag", "document_id", "section_id", "source_uri", "checksum", "embedding_version", "chunk_id")
"""Payload keys with a keyword index."""


def floats(vector: Any) -> list[float]:
    return [float(x) for x in vector] if isinstance(vector, (list, tuple)) else vector.tolist()


def stored_point(record: Any) -> StoredPoint:
    """Of a record of Qdrant's engine or server."""
    import numpy

    vector = numpy.asarray(record.vector[DENSE], dtype=numpy.float32) if record.vector else None
    return StoredPoint(str(record.id), dict(record.payload or {}), vector)
