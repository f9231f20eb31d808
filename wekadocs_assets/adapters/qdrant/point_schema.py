"""What vector stores have in common: how a point looks in Qdrant's engine, which versions a model has, how hits are sorted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from wekadocs_assets.core.chunking import made_by
from wekadocs_assets.core.errors import StoreBusy
from wekadocs_assets.core.ports.vectors import Hit, StoredPoint, Within

DENSE, SPARSE = "dense", "bm25"
"""Names of the two vectors of a point."""
INDEXED = ("tag", "document_id", "section_id", "source_uri", "checksum", "embedding_version", "chunk_id")
"""Payload keys with a keyword index."""


def of_model(versions: Iterable[str], model_part: str) -> list[str]:
    """Versions of this model part."""
    return [version for version in versions if made_by(model_part, version)]


def absent_version(version: str, place: str) -> StoreBusy:
    """For a write to a version that is not there: it was when the ingest began, so it is no fault of a document."""
    gone = f"no vectors of {version} in {place}: another process has dropped them, or they were never made"
    return StoreBusy(gone, "Run it again: it begins with what is there now.")


def floats(vector: Any) -> list[float]:
    return [float(x) for x in vector] if isinstance(vector, (list, tuple)) else vector.tolist()


def stored_point(record: Any) -> StoredPoint:
    """Of a record of Qdrant's engine or server."""
    import numpy

    vector = numpy.asarray(record.vector[DENSE], dtype=numpy.float32) if record.vector else None
    return StoredPoint(str(record.id), dict(record.payload or {}), vector)


def ranked(found: Iterable[tuple[Mapping[str, str], float]]) -> list[Hit]:
    """(payload, score) of each point, in any order: best first, equal ones by chunk id."""
    hits = (Hit(payload["chunk_id"], payload["section_id"], score) for payload, score in found)
    return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))


def conditions(within: Within) -> dict[str, list[str]]:
    """What is asked of payload keys: one of these values each."""
    asked = {"tag": within.tag and [within.tag], "document_id": within.document_ids, "section_id": within.section_ids}
    return {name: list(values) for name, values in asked.items() if values is not None}


def by_batches(
    document_ids: Sequence[str] | None, section_ids: Sequence[str] | None, size: int
) -> Iterator[dict[str, list[str]]]:
    """What is asked of payload keys by each of the requests for points of these documents or sections, or for all."""
    name, ids = ("document_id", document_ids) if section_ids is None else ("section_id", section_ids)
    if ids is None:
        yield {}
        return
    wanted = list(dict.fromkeys(ids))
    yield from ({name: wanted[first : first + size]} for first in range(0, len(wanted), size))
