"""Compares ledger, graph and vectors after an ingest: counts from the stores themselves, and drift as defined once.

drift = 100 * |G △ V| / max(|G ∪ V|, 1) over sets of (chunk id, chunk checksum) of the active embedding_version;
documents whose vector fingerprint is missing count with all their chunks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wekadocs_assets.core.errors import WekadocsError
from wekadocs_assets.core.models import LedgerEntry
from wekadocs_assets.core.ports import VectorStore
from wekadocs_assets.core.recipe import IndexId, points_kept
from wekadocs_assets.core.stages.pipeline import Pipeline

Key = tuple[str, str]
MOST_DRIFT_PCT = 0.5
"""More than this is an error: the index does not say what the documents say."""
SLICE = 1_000
"""Documents whose chunks are compared at a time: memory stays bounded at any size."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One vector store against the graph's Chunk nodes. problem: why it could not be compared, '' when it was."""

    store: str
    points: int = 0
    chunks: int = 0
    missing: int = 0
    foreign: int = 0
    drift_pct: float = 0.0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """What the stores hold of one collection, vectors as the source of truth has them; mirrors: the further stores.

    failures: documents whose last failure stands in the ledger.
    """

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
    mirrors: tuple[Comparison, ...] = ()


def verify(pipeline: Pipeline, served: IndexId, tag: str) -> Verification:
    """Reads, never repairs: the served version in the source of truth, and each further store beside it."""
    entries = pipeline.graph.ledger(tag)
    counts = pipeline.graph.counts(tag)
    compared = _compare(pipeline, pipeline.vectors, served, tag, entries)
    return Verification(
        tag=tag,
        documents=sum(1 for entry in entries if entry.graph_fingerprint),
        nodes=counts["nodes"],
        relationships=counts["relationships"],
        points=compared.points,
        chunks=compared.chunks,
        drift_pct=compared.drift_pct,
        missing_points=compared.missing,
        foreign_points=compared.foreign,
        failures=tuple(entry for entry in entries if entry.failure),
        mirrors=tuple(_mirrors(pipeline, tag, entries)),
    )


def _mirrors(pipeline: Pipeline, tag: str, entries: Sequence[LedgerEntry]) -> Iterator[Comparison]:
    for index in pipeline.indexes:
        if index.id.mirror:
            try:
                yield _compare(pipeline, index.store, index.id, tag, entries)
            except WekadocsError as error:
                yield Comparison(index.id.store, problem=error.message)
    for store, reason in pipeline.absent.items():
        yield Comparison(store, problem=reason)


def _compare(
    pipeline: Pipeline, store: VectorStore, index: IndexId, tag: str, entries: Sequence[LedgerEntry]
) -> Comparison:
    union = different = missing = foreign = chunks = points = 0
    for start in range(0, len(entries), SLICE):
        graph, vectors, unfinished = _keys(pipeline, store, index, entries[start : start + SLICE])
        graph_only, vectors_only = (graph - vectors) | unfinished, vectors - graph
        union += len(graph | vectors)
        different += len(graph_only | vectors_only)
        missing, foreign = missing + len(graph - vectors), foreign + len(vectors_only)
        chunks, points = chunks + len(graph), points + len(vectors)
    strangers = store.count(index.embedding_version, tag) - points  # points of documents that the ledger does not know
    union, different, foreign = union + strangers, different + strangers, foreign + strangers
    drift = round(100 * different / max(union, 1), 4)
    return Comparison(index.store, points + strangers, chunks, missing, foreign, drift)


def _keys(
    pipeline: Pipeline, store: VectorStore, index: IndexId, entries: Sequence[LedgerEntry]
) -> tuple[set[Key], set[Key], set[Key]]:
    """(chunk id, checksum) in the graph, in the vectors, and of documents without a current vector fingerprint."""
    documents, version = [entry.document_id for entry in entries], index.embedding_version
    stored = pipeline.graph.chunks(documents, version)
    graph = {(chunk.id, chunk.checksum) for chunks in stored.values() for chunk in chunks}
    vectors = {(p.payload["chunk_id"], p.payload["checksum"]) for p in store.scan(version, documents)}
    unfinished = {
        (chunk.id, chunk.checksum)
        for entry in entries
        if not points_kept(index, entry)
        for chunk in stored.get(entry.document_id, [])
    }
    return graph, vectors, unfinished
