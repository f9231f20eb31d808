"""Reads the points of an index, compares them with Chunk nodes and finds untracked points.

The comparison without a store is in drift.py. Deleting points belongs to core/repair and core/stages.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from wekadocs_assets.core.checks.drift import DriftCounts, Payload, compare
from wekadocs_assets.core.models import Chunk, LedgerEntry
from wekadocs_assets.core.ports.vectors import VectorStore
from wekadocs_assets.core.recipe import IndexId, has_points


def compare_points(
    store: VectorStore,
    index: IndexId,
    entries: Sequence[LedgerEntry],
    chunks: Mapping[str, Sequence[Chunk]],
    wanted: Mapping[str, Payload] | None = None,
) -> DriftCounts:
    """Compares the points of the documents of `entries` with their Chunk nodes.

    chunks: by document id. wanted: expected payloads by chunk id.
    """
    counted = {entry.document_id for entry in entries if has_points(index, entry)}
    points = store.scan(index.embedding_version, [entry.document_id for entry in entries])
    return compare(chunks, points, counted, wanted)


def count_untracked(store: VectorStore, version: str, tag: str, tracked: int) -> int:
    """Number of untracked points of the tag. tracked: number of points of documents that are in the ledger."""
    return max(store.count(version, tag) - tracked, 0)


def untracked_points(store: VectorStore, version: str, tag: str, known: Collection[str], tracked: int) -> list[str]:
    """Ids of untracked points: points of the tag whose document is not in the ledger, as after the graph was emptied.

    known: ids of the documents in the ledger. tracked: number of their points; the store's points are read only if the
    store has another number.
    """
    if store.count(version, tag) == tracked:
        return []
    payloads = ((point.id, point.payload) for point in store.scan(version))
    return sorted(key for key, p in payloads if p.get("tag") == tag and p.get("document_id") not in known)
