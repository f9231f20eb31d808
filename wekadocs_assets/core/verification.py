"""Compares ledger, graph and vectors after an ingest: counts from the stores themselves, and drift as defined once.

drift = 100 * |G △ V| / max(|G ∪ V|, 1) over sets of (chunk id, chunk checksum) of the active embedding_version;
documents whose vector fingerprint is missing count with all their chunks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wekadocs_assets.core.models import LedgerEntry
from wekadocs_assets.core.stages.pipeline import Pipeline

Key = tuple[str, str]
MOST_DRIFT_PCT = 0.5
"""More than this is an error: the index does not say what the documents say."""
SLICE = 1_000
"""Documents whose chunks are compared at a time: memory stays bounded at any size."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What the stores hold of one collection. failures: documents whose last failure stands in the ledger."""

    tag: str
    documents: int
    nodes: dict[str, int]
    relationships: dict[str, int]
    points: int
    chunks: int
    drift_pct: float
    missing_points: int
    foreign_points: int
    failures: tuple[LedgerEntry, ...]
    stale: tuple[str, ...]


def verify(pipeline: Pipeline, tag: str) -> Verification:
    """Reads, never repairs. stale: source_uris served in an older version, or not at all, though they did not fail."""
    entries = pipeline.graph.ledger(tag)
    counts = pipeline.graph.counts(tag)
    version = pipeline.recipe.embedding_version
    union = different = missing = foreign = chunks = points = 0
    for start in range(0, len(entries), SLICE):
        graph, vectors, unfinished = _keys(pipeline, entries[start : start + SLICE])
        graph_only, vectors_only = (graph - vectors) | unfinished, vectors - graph
        union += len(graph | vectors)
        different += len(graph_only | vectors_only)
        missing, foreign = missing + len(graph - vectors), foreign + len(vectors_only)
        chunks, points = chunks + len(graph), points + len(vectors)
    strangers = pipeline.vectors.count(version, tag) - points  # points of documents that the ledger does not know
    union, different, foreign = union + strangers, different + strangers, foreign + strangers
    return Verification(
        tag=tag,
        documents=sum(1 for entry in entries if entry.graph_fingerprint),
        nodes=counts["nodes"],
        relationships=counts["relationships"],
        points=points + strangers,
        chunks=chunks,
        drift_pct=round(100 * different / max(union, 1), 4),
        missing_points=missing,
        foreign_points=foreign,
        failures=tuple(entry for entry in entries if entry.failure),
        stale=tuple(entry.source_uri for entry in entries if not entry.failure and not _is_served(pipeline, entry)),
    )


def _is_served(pipeline: Pipeline, entry: LedgerEntry) -> bool:
    return bool(entry.checksum) and pipeline.recipe.is_current(entry, entry.checksum)


def _keys(pipeline: Pipeline, entries: Sequence[LedgerEntry]) -> tuple[set[Key], set[Key], set[Key]]:
    """(chunk id, checksum) in the graph, in the vectors, and of documents without a current vector fingerprint."""
    documents = [entry.document_id for entry in entries]
    version = pipeline.recipe.embedding_version
    stored = pipeline.graph.chunks(documents, version)
    graph = {(chunk.id, chunk.checksum) for chunks in stored.values() for chunk in chunks}
    vectors = {(p.payload["chunk_id"], p.payload["checksum"]) for p in pipeline.vectors.scan(version, documents)}
    unfinished = {
        (chunk.id, chunk.checksum)
        for entry in entries
        if not pipeline.recipe.points_kept(entry)
        for chunk in stored.get(entry.document_id, [])
    }
    return graph, vectors, unfinished
