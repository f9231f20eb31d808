"""Verifies the stores after an ingest: counts, drift, unreached entities, empty documents, results of the queries.

Add a figure here that a report shows. Judging the figures belongs to readiness.py, repairs to core/repair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from wekadocs_assets.core.checks.drift import DriftCounts
from wekadocs_assets.core.checks.query_results import QueryResults
from wekadocs_assets.core.checks.stored_points import compare_points, count_untracked
from wekadocs_assets.core.errors import WekadocsError
from wekadocs_assets.core.models import KINDS, LedgerEntry
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.ports.vectors import VectorStore
from wekadocs_assets.core.recipe import IndexId, has_points

Ask = Callable[[str], QueryResults]
"""Runs the queries of the collection with this tag."""
SLICE = 1_000
"""Number of documents that are compared at a time, which limits the memory use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One vector store compared with the graph's Chunk nodes. problem: why it could not be compared, else ''.

    missing: number of chunks without a point; stale: of chunks whose point has another checksum; foreign: of points
    without a chunk. documents: source URIs of the documents that differ.
    """

    store: str
    points: int = 0
    chunks: int = 0
    missing: int = 0
    stale: int = 0
    foreign: int = 0
    drift_pct: float = 0.0
    documents: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What the stores contain of one collection. The figures about vectors are of the primary store.

    replicas: comparisons of the replica stores. differing: source URIs of documents whose points differ. failures:
    ledger entries with a failure. found: source URIs of documents of which searches find a version, current or stale.
    orphans: number of unreached entities, by kind. empty: source URIs of documents without a section.
    answers: the results of the queries (query_checks.py).
    """

    tag: str
    documents: int
    nodes: dict[str, int]
    relationships: dict[str, int]
    points: int
    chunks: int
    drift_pct: float
    missing_points: int
    stale_points: int
    foreign_points: int
    differing: tuple[str, ...]
    failures: tuple[LedgerEntry, ...]
    replicas: tuple[Comparison, ...] = ()
    found: frozenset[str] = frozenset()
    orphans: Mapping[str, int] = field(default_factory=dict)
    empty: tuple[str, ...] = ()
    answers: QueryResults = field(default_factory=QueryResults)


def verify(pipeline: Pipeline, active: IndexId, tag: str, ask: Ask = lambda tag: QueryResults()) -> Verification:
    """Compares the active version in the primary store, and the points of each replica store, with the graph.

    ask: runs the queries of a collection; without it there are none.
    """
    reader = pipeline.graph.reader()
    entries = pipeline.graph.ledger(tag)
    counts = pipeline.graph.counts(tag)
    compared = _compare(pipeline, pipeline.vectors, active, tag, entries)
    return Verification(
        tag=tag,
        documents=sum(1 for entry in entries if entry.graph_fingerprint),
        nodes=counts["nodes"],
        relationships=counts["relationships"],
        points=compared.points,
        chunks=compared.chunks,
        drift_pct=compared.drift_pct,
        missing_points=compared.missing,
        stale_points=compared.stale,
        foreign_points=compared.foreign,
        differing=compared.documents,
        failures=tuple(entry for entry in entries if entry.failure),
        replicas=tuple(_replicas(pipeline, tag, entries)),
        found=frozenset(entry.source_uri for entry in entries if has_points(active, entry)),
        orphans={kind: n for kind in KINDS if (n := reader.unreached(kind, tag))},
        empty=tuple(reader.empty_documents(tag)),
        answers=ask(tag),
    )


def _replicas(pipeline: Pipeline, tag: str, entries: Sequence[LedgerEntry]) -> Iterator[Comparison]:
    for index in pipeline.indexes:
        if index.id.replica:
            try:
                yield _compare(pipeline, index.store, index.id, tag, entries)
            except WekadocsError as error:
                yield Comparison(store=index.id.store, problem=error.message)
    for store, reason in pipeline.absent.items():
        yield Comparison(store=store, problem=reason)


def _compare(
    pipeline: Pipeline, store: VectorStore, index: IndexId, tag: str, entries: Sequence[LedgerEntry]
) -> Comparison:
    version, counts = index.embedding_version, DriftCounts()
    for start in range(0, len(entries), SLICE):
        part = entries[start : start + SLICE]
        chunks = pipeline.graph.chunks([entry.document_id for entry in part], version)
        counts = counts.plus(compare_points(store, index, part, chunks))
    untracked = count_untracked(store, version, tag, counts.points)
    return _comparison(index.store, counts, untracked, {entry.document_id: entry.source_uri for entry in entries})


def _comparison(store: str, counts: DriftCounts, untracked: int, names: dict[str, str]) -> Comparison:
    total = counts.with_untracked(untracked)
    return Comparison(
        store=store,
        points=total.points,
        chunks=total.chunks,
        missing=sum(len(found.missing) for found in counts.differences),
        stale=sum(len(found.stale) for found in counts.differences),
        foreign=untracked + sum(len(found.foreign) for found in counts.differences),
        drift_pct=total.drift_pct,
        documents=tuple(sorted(names[found.document_id] for found in counts.differences)),
    )
