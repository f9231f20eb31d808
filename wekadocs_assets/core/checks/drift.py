"""Compares the graph's Chunk nodes with the points of a vector store, document by document: pure, and the one place of drift.

drift = 100 * |G △ V| / max(|G ∪ V|, 1) over sets of (chunk id, chunk checksum) of one embedding_version; documents
whose vector fingerprint is not current count with all their chunks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from wekadocs_assets.core import ids
from wekadocs_assets.core.models import Chunk
from wekadocs_assets.core.ports.vectors import StoredPoint

Payload = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the points of one document are not as its Chunk nodes say.

    missing: ids of chunks without a point. stale: ids of chunks whose point says something else. foreign: ids of points
    that belong to no chunk, or to one that has another point. unfinished: chunks that the ledger does not vouch for.
    """

    document_id: str
    missing: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    unfinished: int = 0

    def __bool__(self) -> bool:
        return bool(self.missing or self.stale or self.foreign or self.unfinished)


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted, and the documents that differ. union and different: sizes of G ∪ V and of G △ V."""

    chunks: int = 0
    points: int = 0
    union: int = 0
    different: int = 0
    differences: tuple[Difference, ...] = ()

    @property
    def drift_pct(self) -> float:
        return round(100 * self.different / max(self.union, 1), 4)

    def plus(self, other: Tally) -> Tally:
        return Tally(
            self.chunks + other.chunks,
            self.points + other.points,
            self.union + other.union,
            self.different + other.different,
            self.differences + other.differences,
        )

    def with_untracked(self, points: int) -> Tally:
        """Points of documents that the ledger does not know: foreign all of them."""
        return self.plus(Tally(points=points, union=points, different=points))


def compare(
    chunks: Mapping[str, Sequence[Chunk]],
    points: Iterable[StoredPoint],
    vouched: Collection[str],
    wanted: Mapping[str, Payload] | None = None,
) -> Tally:
    """chunks: by document id, in the graph; points: of the same documents. vouched: documents with a current fingerprint.

    wanted: what the point of a chunk is to say, by chunk id, where that is known; else its checksum alone is looked at.
    """
    by_document: dict[str, list[StoredPoint]] = {}
    for point in points:
        by_document.setdefault(point.payload.get("document_id", ""), []).append(point)
    total = Tally()
    for document in sorted(chunks.keys() | by_document.keys()):
        held = by_document.get(document, [])
        total = total.plus(_document(document, chunks.get(document, ()), held, document in vouched, wanted or {}))
    return total


def _document(
    document: str, chunks: Sequence[Chunk], held: Sequence[StoredPoint], vouched: bool, wanted: Mapping[str, Payload]
) -> Tally:
    known = {ids.point_id(chunk.id): chunk for chunk in chunks}
    there = {point.id: point for point in held}
    missing = tuple(chunk.id for key, chunk in known.items() if key not in there)
    foreign = tuple(sorted(there.keys() - known.keys()))
    placed = [(chunk, there[key].payload) for key, chunk in known.items() if key in there]
    other = [chunk.id for chunk, payload in placed if payload.get("checksum") != chunk.checksum]
    stale = [
        chunk.id for chunk, payload in placed if payload != wanted.get(chunk.id, payload)
    ]  # its labels alone may be
    alike = len(placed) - len(other) if vouched else 0
    union = len(known) + len(foreign) + len(other)
    unfinished = 0 if vouched else len(known)
    difference = Difference(document, missing, tuple(dict.fromkeys(other + stale)), foreign, unfinished)
    return Tally(len(known), len(there), union, union - alike, (difference,) if difference else ())
