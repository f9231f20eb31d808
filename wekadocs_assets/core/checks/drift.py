"""Compares the graph's Chunk nodes with the points of a vector store, document by document, and computes the drift.

This module reads no store: stored_points.py passes in the points.

drift = 100 * |G △ V| / max(|G ∪ V|, 1) over sets of (chunk id, chunk checksum) of one embedding_version; of a document
without a current vector fingerprint, all chunks count as different.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from wekadocs_assets.core import ids
from wekadocs_assets.core.models import Chunk
from wekadocs_assets.core.ports.vectors import StoredPoint

Payload = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The differences between the points and the Chunk nodes of one document. False if there are none.

    missing: ids of chunks without a point. stale: ids of chunks whose point has another checksum or payload. foreign:
    ids of points without a chunk. unfinished: number of chunks if the vector fingerprint is not current, else 0.
    """

    document_id: str
    missing: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    unfinished: int = 0

    def __bool__(self) -> bool:
        return bool(self.missing or self.stale or self.foreign or self.unfinished)


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftCounts:
    """Counts of a comparison, and the documents that differ. union and different: the sizes of G ∪ V and of G △ V."""

    chunks: int = 0
    points: int = 0
    union: int = 0
    different: int = 0
    differences: tuple[Difference, ...] = ()

    @property
    def drift_pct(self) -> float:
        return round(100 * self.different / max(self.union, 1), 4)

    def plus(self, other: DriftCounts) -> DriftCounts:
        return DriftCounts(
            chunks=self.chunks + other.chunks,
            points=self.points + other.points,
            union=self.union + other.union,
            different=self.different + other.different,
            differences=self.differences + other.differences,
        )

    def with_untracked(self, points: int) -> DriftCounts:
        """Adds untracked points, which all count as different."""
        return self.plus(DriftCounts(points=points, union=points, different=points))


def compare(
    chunks: Mapping[str, Sequence[Chunk]],
    points: Iterable[StoredPoint],
    vouched: Collection[str],
    wanted: Mapping[str, Payload] | None = None,
) -> DriftCounts:
    """Compares chunks with points. chunks: Chunk nodes by document id. points: those of the same documents.

    vouched: ids of documents with a current vector fingerprint. wanted: the expected payload of a point by chunk id;
    for chunks that are not in it, only the checksum is compared.
    """
    by_document: dict[str, list[StoredPoint]] = {}
    for point in points:
        by_document.setdefault(point.payload.get("document_id", ""), []).append(point)
    total = DriftCounts()
    for document in sorted(chunks.keys() | by_document.keys()):
        held = by_document.get(document, [])
        total = total.plus(_document(document, chunks.get(document, ()), held, document in vouched, wanted or {}))
    return total


def _document(
    document: str, chunks: Sequence[Chunk], held: Sequence[StoredPoint], vouched: bool, wanted: Mapping[str, Payload]
) -> DriftCounts:
    known = {ids.point_id(chunk.id): chunk for chunk in chunks}
    there = {point.id: point for point in held}
    missing = tuple(chunk.id for key, chunk in known.items() if key not in there)
    foreign = tuple(sorted(there.keys() - known.keys()))
    placed = [(chunk, there[key].payload) for key, chunk in known.items() if key in there]
    other = [chunk.id for chunk, payload in placed if payload.get("checksum") != chunk.checksum]
    stale = [
        chunk.id for chunk, payload in placed if payload != wanted.get(chunk.id, payload)
    ]  # includes points of which only the labels differ
    alike = len(placed) - len(other) if vouched else 0
    union = len(known) + len(foreign) + len(other)
    unfinished = 0 if vouched else len(known)
    difference = Difference(
        document_id=document,
        missing=missing,
        stale=tuple(dict.fromkeys(other + stale)),
        foreign=foreign,
        unfinished=unfinished,
    )
    return DriftCounts(
        chunks=len(known),
        points=len(there),
        union=union,
        different=union - alike,
        differences=(difference,) if difference else (),
    )
