"""The reports as classes: the report of an ingest and the report of one document, as they are written to disk.

A field's name and place are those of the JSON; the JSON Schemas in core/schemas are generated from these classes. A new
field makes reports without it unreadable, so it is a change of schema_version. How a report is filled belongs to build.py.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from wekadocs_assets.core.checks.query_results import Count, DerivedQueries, SampleQuery

Percent = Annotated[float, Field(ge=0, le=100)]
Milliseconds = Annotated[float, Field(ge=0)]
UtcTime = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
Checksum = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
JobId = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentError:
    """Why a document is not up to date: the stage that failed, the error, and what to do (empty where nothing is known)."""

    tag: str
    source_uri: str
    stage: str
    error: Annotated[str, Field(min_length=1)]
    hint: str


@dataclass(frozen=True, slots=True)
class ReportWarning:
    """source_uri: empty where the warning is about a collection."""

    tag: str
    source_uri: str
    warning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionResult:
    """One collection of an ingest. plan: documents by change. ready_for_queries: this collection's own verdict."""

    tag: str
    root: str
    partial: bool
    plan: dict[str, Count]
    ready_for_queries: bool | None
    ready_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentCounts:
    """Documents by outcome. ingested: processed and now up to date. blocked: an earlier stage failed."""

    ingested: Count
    unchanged: Count
    renamed: Count
    deleted: Count
    failed: Count
    blocked: Count


@dataclass(frozen=True, slots=True)
class ChunkCounts:
    """Chunks that were encoded, and chunks whose vector was reused."""

    embedded: Count
    reused: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentWork:
    """What was read and written for documents; core/planning/work.py defines each count."""

    documents_parsed: Count
    documents_extracted: Count
    nodes_written: Count
    edges_written: Count
    nodes_deleted: Count
    edges_deleted: Count
    chunks_embedded: Count
    chunks_reused: Count
    chunk_nodes_written: Count
    chunk_nodes_deleted: Count
    points_upserted: Count
    points_deleted: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestWork(DocumentWork):
    """The work of a whole ingest: that of its documents, and the links between them."""

    links_added: Count
    links_removed: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphTotals:
    """What the graph holds now. links: by result of their resolution. orphans: unreached entities, by kind.

    empty_documents: the first source URIs of documents without a section.
    """

    documents: Count
    nodes: dict[str, Count]
    relationships: dict[str, Count]
    links: dict[str, Count]
    orphans: dict[str, Count]
    empty_documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SwitchState:
    """A target index that is not complete. first: the first documents that it lacks, as 'tag: source URI'."""

    to: str
    waits_for: Count
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaState:
    """A replica store compared with the graph. problem: why it could not be compared, else empty."""

    store: str
    points: Count
    missing: Count
    stale: Count
    foreign: Count
    problem: str

    @property
    def is_behind(self) -> bool:
        return bool(self.problem or self.missing or self.stale or self.foreign)


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorTotals:
    """What the primary store `sot` holds now, compared with the graph's chunks.

    missing: chunks without a point. stale: chunks whose point has another text. foreign: points without a chunk.
    differing: the first source URIs of documents with such points. switch: None unless a target index is being filled.
    """

    sot: str
    points: Count
    chunks: Count
    missing: Count
    stale: Count
    foreign: Count
    differing: tuple[str, ...]
    embedding_version: str
    switch: SwitchState | None
    mirrors: tuple[ReplicaState, ...]


@dataclass(frozen=True, slots=True)
class StageTime:
    """Milliseconds of a stage over all runs of the ingest."""

    wall: Count
    cpu: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """The report of an ingest. Counts of the stores are taken after it; the other counts are what it did.

    findings: what was wrong with the stores before. repairs: corrections made by parsers, by name. waiting: documents that
    the deletions wait for. timings_ms: by stage. progress: why progress was not published, else empty. asked_by: digest of
    the settings that ready_for_queries depends on.
    """

    schema_version: Literal[1]
    ingest_id: str
    timestamp_utc: UtcTime
    started_utc: UtcTime
    collections: tuple[CollectionResult, ...]
    documents: DocumentCounts
    chunks: ChunkCounts
    work: IngestWork
    graph: GraphTotals
    vector: VectorTotals
    drift_pct: Percent
    findings: tuple[str, ...]
    repairs: dict[str, Count]
    warnings: tuple[ReportWarning, ...]
    errors: tuple[DocumentError, ...]
    waiting: tuple[str, ...]
    sample_queries: tuple[SampleQuery, ...]
    derived_queries: tuple[DerivedQueries, ...]
    timings_ms: dict[str, StageTime]
    progress: str
    asked_by: str
    ready_for_queries: bool
    ready_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSummary:
    """The document that a report is about. sections: how many it has."""

    source_uri: str
    checksum: Checksum
    title: str
    sections: Count


@dataclass(frozen=True, slots=True)
class GraphAdditions:
    """Nodes and relationships that the document added, and its sections in the graph."""

    nodes_added: Count
    rels_added: Count
    sections_total: Count


@dataclass(frozen=True, slots=True)
class VectorAdditions:
    """Points that were written for the document to the primary store `sot`."""

    sot: str
    points: Count
    embedding_version: str


@dataclass(frozen=True, slots=True)
class SectionChanges:
    """Sections by how they differ from the version before."""

    added: Count
    modified: Count
    removed: Count
    unchanged: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentReport:
    """The report of one document that an ingest processed.

    drift_pct: of its collection. sample_queries: those with evidence in this document. timings_ms: by stage, its share of
    the batches it was in. memoized: assets that skipped it. ready_for_queries: whether searches find a version of it.
    """

    schema_version: Literal[1]
    job_id: JobId
    ingest_id: str
    tag: str
    timestamp_utc: UtcTime
    doc: DocumentSummary
    graph: GraphAdditions
    vector: VectorAdditions
    diff: SectionChanges
    work: DocumentWork
    drift_pct: Percent
    sample_queries: tuple[SampleQuery, ...]
    timings_ms: dict[str, Milliseconds]
    memoized: tuple[str, ...]
    ready_for_queries: bool
    errors: tuple[DocumentError, ...]


Report = IngestReport | DocumentReport


def as_data(report: Report) -> dict[str, Any]:
    """The report as plain data, with the keys in the order in which they are written."""
    return asdict(report)
