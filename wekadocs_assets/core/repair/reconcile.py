"""Compares ledger, artifacts, graph and vector stores by content, and reports every inconsistency.

An ingest trusts fingerprints. This module reads every artifact, node, edge and point, so it also finds changes made by hand
and stores restored from a backup. It writes nothing: repair.py removes the inconsistencies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from wekadocs_assets.core import artifacts
from wekadocs_assets.core.checks.drift import Difference, DriftCounts
from wekadocs_assets.core.checks.stored_points import compare_points, untracked_points
from wekadocs_assets.core.errors import WekadocsError
from wekadocs_assets.core.graph.builder import Subgraph, build
from wekadocs_assets.core.graph.diff import diff
from wekadocs_assets.core.models import Chunk, Collection, Document, Extraction, LedgerEntry
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.ports.vectors import VectorStore
from wekadocs_assets.core.recipe import EXTRACTED, PARSED, IndexId, embeddings_of
from wekadocs_assets.core.stages.points import payload_of
from wekadocs_assets.core.stages.purge_and_link import link_changes

SLICE = 250
"""Documents read at a time, which bounds memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inconsistency:
    """The inconsistencies of one document. artifacts: names of missing, damaged or stale artifacts.

    rows: number of nodes and edges that differ from those built from the artifacts. chunks: number of Chunk nodes that
    differ from the embeddings, by embedding_version. points: differences by index name.
    """

    entry: LedgerEntry
    artifacts: tuple[str, ...] = ()
    rows: int = 0
    chunks: dict[str, int] = field(default_factory=dict)
    points: dict[str, Difference] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.artifacts or self.rows or self.chunks or self.points)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexComparison:
    """The comparison of one index with the graph.

    untracked_points: ids of points with the collection's tag whose document is not in the ledger. problem: why the index could
    not be read, '' if it was.
    """

    store: VectorStore
    index: IndexId
    counts: DriftCounts
    untracked_points: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """The result for one collection.

    unfinished: its last ingest did not finish. orphans: ids of sections without a Document node. links: number of LINKS_TO
    edges to add or remove.
    """

    tag: str
    documents: int
    unfinished: bool
    compared: tuple[IndexComparison, ...]
    inconsistencies: tuple[Inconsistency, ...]
    orphans: tuple[str, ...]
    links: int

    @property
    def agrees(self) -> bool:
        indexes_differ = any(found.untracked_points or found.problem for found in self.compared)
        return not (self.inconsistencies or self.orphans or self.links or indexes_differ)

    @property
    def drift_pct(self) -> float:
        """Drift of the active index in the primary store, in percent."""
        return self.compared[0].counts.drift_pct if self.compared else 0.0


def reconcile(pipeline: Pipeline, collection: Collection) -> Reconciliation:
    """Compares everything of the collection under a read hold; changes nothing."""
    tag = collection.tag
    with pipeline.lock.reading():
        entries = pipeline.graph.ledger(tag)
        results = _Results()
        for start in range(0, len(entries), SLICE):
            _compare_slice(pipeline, entries[start : start + SLICE], results)
        compared = [_index_comparison(store, index, entries, tag, results) for store, index in _indexes(pipeline)]
        orphans = tuple(section for sections in pipeline.graph.orphans(tag).values() for section in sections)
        changes = link_changes(pipeline, tag)
    inconsistent = tuple(found for found in results.inconsistencies.values() if found)
    links = len(changes.add) + len(changes.remove)
    return Reconciliation(
        tag=tag,
        documents=len(entries),
        unfinished=collection.is_unfinished,
        compared=tuple(compared),
        inconsistencies=inconsistent,
        orphans=orphans,
        links=links,
    )


def _indexes(pipeline: Pipeline) -> list[tuple[VectorStore, IndexId]]:
    """The indexes that ingests write; for a read-only pipeline, the active version in every store."""
    if pipeline.indexes:
        return [(index.store, index.id) for index in pipeline.indexes]
    version = pipeline.active.embedding_version
    stores = pipeline.stores if version else ()  # '' before the first ingest
    return [(store, IndexId(store.engine, version, "", store is not pipeline.vectors)) for store in stores]


@dataclass(frozen=True, slots=True)
class _Results:
    """The results of the slices so far. inconsistencies: by document id; false for a document that agrees.

    counts, problems: by index name; see IndexComparison.
    """

    inconsistencies: dict[str, Inconsistency] = field(default_factory=dict)
    counts: dict[str, DriftCounts] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def add_chunks(self, document: str, version: str, differing: int) -> None:
        found = self.inconsistencies[document]
        self.inconsistencies[document] = replace(found, chunks={**found.chunks, version: differing})

    def add_lost_artifact(self, document: str, asset: str) -> None:
        found = self.inconsistencies[document]
        self.inconsistencies[document] = replace(found, artifacts=(*found.artifacts, asset))

    def add_points(self, index: str, counts: DriftCounts) -> None:
        total = self.counts.get(index, DriftCounts())
        self.counts[index] = total.plus(replace(counts, differences=()))
        for difference in counts.differences:
            found = self.inconsistencies[difference.document_id]
            points = {**found.points, index: difference}
            self.inconsistencies[difference.document_id] = replace(found, points=points)


def _compare_slice(pipeline: Pipeline, entries: Sequence[LedgerEntry], results: _Results) -> None:
    """Compares one slice of the collection and adds its results."""
    sources = {entry.document_id: _Source.read(pipeline, entry) for entry in entries if vouched_for(entry)}
    stored = pipeline.graph.read(list(sources))
    for entry in entries:
        source = sources.get(entry.document_id)
        lost = source.lost if source else ()
        rows = source.differing_rows(stored.get(entry.document_id)) if source else 0
        results.inconsistencies[entry.document_id] = Inconsistency(entry=entry, artifacts=lost, rows=rows)
    for version in dict.fromkeys(index.embedding_version for _, index in _indexes(pipeline)):
        chunks = pipeline.graph.chunks([entry.document_id for entry in entries], version)
        embedded = {key: s.chunks(pipeline, version) for key, s in sources.items() if _has_points(s.entry, version)}
        _compare_chunks(version, chunks, embedded, results)
        wanted = {c: p for key, found in embedded.items() for c, p in sources[key].payloads(found or ())}
        for store, index in _indexes(pipeline):
            if index.embedding_version == version:
                compare = partial(compare_points, store, index, entries, chunks, wanted)
                _add_points(index, compare, results)


def vouched_for(entry: LedgerEntry) -> bool:
    """Whether the document is in the graph and has no recorded failure."""
    return bool(entry.graph_fingerprint) and entry.failure is None


def _has_points(entry: LedgerEntry, version: str) -> bool:
    return any(name.endswith(f"/{version}") and value for name, value in entry.vector_fingerprints.items())


def _compare_chunks(
    version: str,
    stored: dict[str, list[Chunk]],
    embedded: dict[str, tuple[Chunk, ...] | None],
    results: _Results,
) -> None:
    for key, wanted in embedded.items():
        if wanted is None:
            results.add_lost_artifact(key, embeddings_of(version))
        elif differing := len(set(wanted) ^ set(stored.get(key, ()))):
            results.add_chunks(key, version, differing)


def _add_points(index: IndexId, compare: Callable[[], DriftCounts], results: _Results) -> None:
    """Adds compare(). A replica store that cannot be read becomes a problem, the primary store raises."""
    try:
        counts = compare()
    except WekadocsError as error:
        if not index.replica:
            raise
        results.problems[index.name] = error.message
    else:
        results.add_points(index.name, counts)


def _index_comparison(
    store: VectorStore, index: IndexId, entries: Sequence[LedgerEntry], tag: str, results: _Results
) -> IndexComparison:
    """Adds the untracked points; a replica store that cannot be read becomes a problem, the primary store raises."""
    counts, problem = results.counts.get(index.name, DriftCounts()), results.problems.get(index.name, "")
    if problem:
        return IndexComparison(store=store, index=index, counts=counts, problem=problem)
    try:
        known = {entry.document_id for entry in entries}
        found = untracked_points(store, index.embedding_version, tag, known, counts.points)
    except WekadocsError as error:
        if not index.replica:
            raise
        return IndexComparison(store=store, index=index, counts=counts, problem=error.message)
    return IndexComparison(
        store=store, index=index, counts=counts.with_untracked(len(found)), untracked_points=tuple(found)
    )


@dataclass(slots=True)
class _Source:
    """The artifacts of a document that exist and match its ledger entry. lost: names of the others."""

    entry: LedgerEntry
    lost: tuple[str, ...]
    document: Document | None
    extraction: Extraction | None

    @classmethod
    def read(cls, pipeline: Pipeline, entry: LedgerEntry) -> _Source:
        parsed = _body(pipeline, PARSED, entry, entry.parse_fingerprint)
        extracted = _body(pipeline, EXTRACTED, entry, entry.extract_fingerprint)
        lost = tuple(name for name, body in ((PARSED, parsed), (EXTRACTED, extracted)) if body is None)
        document = artifacts.load_document(parsed) if parsed is not None else None
        return cls(entry, lost, document, artifacts.load_extraction(extracted) if extracted is not None else None)

    def differing_rows(self, stored: Subgraph | None) -> int:
        """Number of nodes and edges that a write would change; 0 when an artifact is lost."""
        if self.document is None or self.extraction is None:
            return 0
        change = diff(stored, build(self.document, self.extraction))
        edges = (*change.create.values(), *change.update.values(), *change.removed_edges.values())
        written, removed = sum(map(len, change.nodes.values())), sum(map(len, change.removed_nodes.values()))
        return sum(map(len, edges)) + written + removed + len(change.stale_sections)

    def chunks(self, pipeline: Pipeline, version: str) -> tuple[Chunk, ...] | None:
        """The embedded chunks; None when that artifact is lost."""
        body = _body(
            pipeline, embeddings_of(version), self.entry, pipeline.recipe.embed(version, self.entry.parse_output)
        )
        return artifacts.load_embeddings(body).chunks if body is not None else None

    def payloads(self, chunks: Sequence[Chunk]) -> Iterator[tuple[str, dict[str, str]]]:
        if self.document is None:
            return
        sections = {section.id: section for section in self.document.sections}
        for chunk in chunks:
            if chunk.section_id in sections:
                yield chunk.id, payload_of(self.document, sections[chunk.section_id], chunk)


def _body(pipeline: Pipeline, asset: str, entry: LedgerEntry, fingerprint: str) -> bytes | None:
    key = entry.partition_key
    header = pipeline.artifacts.headers(asset, [key]).get(key)
    if header is None or header.fingerprint != fingerprint:
        return None
    try:
        return pipeline.artifacts.read(asset, key)
    except KeyError:
        return None
