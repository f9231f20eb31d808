"""Finds where ledger, artifacts, graph and vectors do not say the same, and makes them whole from what the ledger vouches for.

An ingest trusts what its fingerprints say. This looks: at every artifact, node, edge and point, so it also finds what was
changed by hand, or came back from a backup. A repair makes the ledger admit what is wrong, then the stages do the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from wekadocs_assets.core import artifacts
from wekadocs_assets.core.checks.drift import Difference, Tally
from wekadocs_assets.core.checks.stored_points import compare_points, untracked_points
from wekadocs_assets.core.errors import WekadocsError
from wekadocs_assets.core.graph.builder import build
from wekadocs_assets.core.graph.diff import diff
from wekadocs_assets.core.models import Chunk, Collection, Document, Extraction, LedgerEntry
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.ports.vectors import VectorStore
from wekadocs_assets.core.recipe import EXTRACTED, PARSED, IndexId, embeddings_of
from wekadocs_assets.core.stages.points import payload_of
from wekadocs_assets.core.stages.purge_and_link import link_changes

SLICE = 250
"""Documents that are read at a time: memory stays bounded at any size."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is amiss with one document. artifacts: names of those that are gone, damaged or of another parse result.

    rows: nodes and edges of the graph that are not as the artifacts make them. chunks: Chunk nodes that are not as the
    embeddings have them, by embedding_version. points: differences by the name of the index.
    """

    entry: LedgerEntry
    artifacts: tuple[str, ...] = ()
    rows: int = 0
    chunks: dict[str, int] = field(default_factory=dict)
    points: dict[str, Difference] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.artifacts or self.rows or self.chunks or self.points)


@dataclass(frozen=True, slots=True)
class Compared:
    """One index as it was found. untracked_points: ids of points under the tag whose document the ledger does not know.

    problem: why it could not be read.
    """

    store: VectorStore
    index: IndexId
    tally: Tally
    untracked_points: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """One collection. unfinished: an ingest of it did not come to its end. orphans: ids of sections that hang on no document.

    links: edges between pages that are not as the pages have them.
    """

    tag: str
    documents: int
    unfinished: bool
    compared: tuple[Compared, ...]
    findings: tuple[Finding, ...]
    orphans: tuple[str, ...]
    links: int

    @property
    def agrees(self) -> bool:
        beyond = any(found.untracked_points or found.problem for found in self.compared)
        return not (self.findings or self.orphans or self.links or beyond)

    @property
    def drift_pct(self) -> float:
        """Of what is served, from the source of truth."""
        return self.compared[0].tally.drift_pct if self.compared else 0.0


def reconcile(pipeline: Pipeline, collection: Collection) -> Reconciliation:
    """Reads everything of the collection, changes nothing."""
    tag = collection.tag
    with pipeline.lock.reading():
        entries = pipeline.graph.ledger(tag)
        findings: dict[str, Finding] = {}
        tallies: dict[str, Tally] = {}
        problems: dict[str, str] = {}
        for start in range(0, len(entries), SLICE):
            _look_at(pipeline, entries[start : start + SLICE], findings, tallies, problems)
        compared = [
            _compared(store, index, entries, tag, tallies.get(index.name, Tally()), problems.get(index.name, ""))
            for store, index in _indexes(pipeline)
        ]
        orphans = tuple(section for sections in pipeline.graph.orphans(tag).values() for section in sections)
        changes = link_changes(pipeline, tag)
    amiss = tuple(found for found in findings.values() if found)
    links = len(changes.add) + len(changes.remove)
    return Reconciliation(tag, len(entries), collection.is_unfinished, tuple(compared), amiss, orphans, links)


def _indexes(pipeline: Pipeline) -> list[tuple[VectorStore, IndexId]]:
    """Those that are written; of a pipeline that only reads, the served version wherever it is."""
    if pipeline.indexes:
        return [(index.store, index.id) for index in pipeline.indexes]
    version = pipeline.served.embedding_version
    stores = pipeline.stores if version else ()  # nothing was ever ingested
    return [(store, IndexId(store.engine, version, "", store is not pipeline.vectors)) for store in stores]


def _look_at(
    pipeline: Pipeline,
    entries: Sequence[LedgerEntry],
    findings: dict[str, Finding],
    tallies: dict[str, Tally],
    problems: dict[str, str],
) -> None:
    """Adds one slice of the collection."""
    sources = {entry.document_id: _Source.read(pipeline, entry) for entry in entries if vouched_for(entry)}
    stored = pipeline.graph.read(list(sources))
    for entry in entries:
        source = sources.get(entry.document_id)
        lost = source.lost if source else ()
        rows = source.differing_rows(stored.get(entry.document_id)) if source else 0
        findings[entry.document_id] = Finding(entry, lost, rows)
    for version in dict.fromkeys(index.embedding_version for _, index in _indexes(pipeline)):
        chunks = pipeline.graph.chunks([entry.document_id for entry in entries], version)
        embedded = {key: s.chunks(pipeline, version) for key, s in sources.items() if _has_points(s.entry, version)}
        _compare_chunks(findings, version, chunks, embedded)
        wanted = {c: p for key, found in embedded.items() for c, p in sources[key].payloads(found or ())}
        for store, index in _indexes(pipeline):
            if index.embedding_version == version:
                _compare_points(store, index, entries, chunks, wanted, findings, tallies, problems)


def vouched_for(entry: LedgerEntry) -> bool:
    """Whether the document came through and nothing newer of it is half done or failed."""
    return bool(entry.graph_fingerprint) and entry.failure is None


def _has_points(entry: LedgerEntry, version: str) -> bool:
    return any(name.endswith(f"/{version}") and value for name, value in entry.vector_fingerprints.items())


def _compare_chunks(
    findings: dict[str, Finding],
    version: str,
    stored: dict[str, list[Chunk]],
    embedded: dict[str, tuple[Chunk, ...] | None],
) -> None:
    for key, wanted in embedded.items():
        found = findings[key]
        if wanted is None:
            findings[key] = replace(found, artifacts=(*found.artifacts, embeddings_of(version)))
        elif differing := len(set(wanted) ^ set(stored.get(key, ()))):
            findings[key] = replace(found, chunks={**found.chunks, version: differing})


def _compare_points(
    store: VectorStore,
    index: IndexId,
    entries: Sequence[LedgerEntry],
    chunks: dict[str, list[Chunk]],
    wanted: dict[str, dict[str, str]],
    findings: dict[str, Finding],
    tallies: dict[str, Tally],
    problems: dict[str, str],
) -> None:
    try:
        tally = compare_points(store, index, entries, chunks, wanted)
    except WekadocsError as error:
        if not index.mirror:
            raise
        problems[index.name] = error.message
        return
    tallies[index.name] = tallies.get(index.name, Tally()).plus(replace(tally, differences=()))
    for difference in tally.differences:
        found = findings[difference.document_id]
        findings[difference.document_id] = replace(found, points={**found.points, index.name: difference})


def _compared(
    store: VectorStore, index: IndexId, entries: Sequence[LedgerEntry], tag: str, tally: Tally, problem: str
) -> Compared:
    """With the points that no document of the ledger has; a further store that cannot be read says so."""
    if problem:
        return Compared(store, index, tally, problem=problem)
    try:
        known = {entry.document_id for entry in entries}
        found = untracked_points(store, index.embedding_version, tag, known, tally.points)
    except WekadocsError as error:
        if not index.mirror:
            raise
        return Compared(store, index, tally, problem=error.message)
    return Compared(store, index, tally.with_untracked(len(found)), tuple(found))


@dataclass(slots=True)
class _Source:
    """A document's artifacts, as far as they are there and belong to what the ledger vouches for."""

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

    def differing_rows(self, stored) -> int:
        """Nodes and edges that a write would change now; 0 where the artifacts to make them from are lost."""
        if self.document is None or self.extraction is None:
            return 0
        change = diff(stored, build(self.document, self.extraction))
        edges = (*change.create.values(), *change.update.values(), *change.remove.values())
        nodes = (*change.nodes.values(), *change.drop.values(), change.superseded)
        return sum(map(len, (*edges, *nodes)))

    def chunks(self, pipeline: Pipeline, version: str) -> tuple[Chunk, ...] | None:
        """As embedded; None where that artifact is lost."""
        body = _body(
            pipeline, embeddings_of(version), self.entry, pipeline.recipe.embed(version, self.entry.parse_output)
        )
        return artifacts.load_embeddings(body).chunks if body is not None else None

    def payloads(self, chunks: Sequence[Chunk]) -> Iterator[tuple[str, dict[str, str]]]:
        sections = {section.id: section for section in self.document.sections} if self.document else {}
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
