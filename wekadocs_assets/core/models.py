"""The nouns of the system: frozen values that the rooms hand to each other (no behaviour beyond derived views)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Vector: TypeAlias = NDArray[numpy.float32]
    """One embedding: float32, unit length, shape (dimensions,)."""
    Matrix: TypeAlias = NDArray[numpy.float32]
    """Several embeddings, one a row: float32, shape (n, dimensions)."""
else:  # importing numpy costs more than an ingest that finds nothing to do
    Vector = Matrix = Any

Scalar = str | int | float | bool
"""A property's value in a store."""

SourceType = Literal["markdown", "html", "notion"]
Role = Literal["defines", "uses"]

SHARED_KINDS = ("Command", "Configuration", "Error", "Concept", "Parameter", "Component")
"""Entity kinds that the documents of a collection share, keyed by tag, kind and canonical name."""
PLACED_KINDS = ("Procedure", "Step", "Example")
"""Entity kinds that belong to one section, keyed by place."""
KINDS = SHARED_KINDS + PLACED_KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A marked stretch of a section's text, `text[start:end]`; spans nest, outer before inner.

    Containers: ordered_list (info = first number), bullet_list, list_item (info = its number, '' for a bullet),
    quote, details (info = summary), tab (info = label), admonition (info = its type), table, definition_list.
    Leaves: paragraph, code (info = language), table_row (info = 'header' or ''), term, definition, summary, caption, image.
    Inside a leaf: table_cell (info = the column's header), inline_code, strong, emphasis, link (info = target).
    depth: how many containers of the same family (lists, details, ...) enclose it, outermost 1.
    continued: the container was already open in the section before (a heading stood inside it).
    """

    kind: str
    start: int
    end: int
    info: str = ""
    depth: int = 1
    continued: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A link as the page writes it: the raw target and the offset of its text in the section."""

    target: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Repair:
    """A correction of damaged input by a parser: what was done and the 1-based source line (0 when the format has no lines)."""

    what: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The text under one heading, up to the next heading of any level. `tokens` counts words and signs, model-free."""

    id: str
    tag: str
    document_id: str
    parent_id: str
    level: int
    title: str
    heading_path: tuple[str, ...]
    anchor: str
    order: int
    text: str
    checksum: str
    tokens: int
    spans: tuple[Span, ...] = ()
    links: tuple[Link, ...] = ()

    def spans_of(self, *kinds: str) -> list[Span]:
        """The spans of these kinds, in reading order."""
        return [span for span in self.spans if span.kind in kinds]

    def quote(self, span: Span | Mention | Link) -> str:
        """The text that a span, mention or link covers."""
        return self.text[span.start : span.end]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One parsed source document. The raw file's checksum is not here: equal parse results must compare equal."""

    id: str
    tag: str
    source_uri: str
    source_type: SourceType
    title: str
    description: str = ""
    last_edited: str = ""
    sections: tuple[Section, ...] = ()
    repairs: tuple[Repair, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A thing that sections mention. section_id, order and instruction are set for placed kinds only."""

    id: str
    tag: str
    kind: str
    name: str
    section_id: str = ""
    order: int = 0
    instruction: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Where a section speaks of an entity: `section.text[start:end]` is the mention; confidence in (0, 1]."""

    section_id: str
    entity_id: str
    role: Role
    confidence: float
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A derived edge between two entities: CONTAINS_STEP, EXECUTES, HAS_PARAMETER or RESOLVES.

    properties: order of CONTAINS_STEP; required, default, type of HAS_PARAMETER.
    """

    type: str
    from_id: str
    to_id: str
    derived_from_section_id: str
    confidence: float
    properties: dict[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Extraction:
    """All that the extractors found in one document, sorted: a function of the document and the vocabulary only."""

    document_id: str
    entities: tuple[Entity, ...] = ()
    mentions: tuple[Mention, ...] = ()
    edges: tuple[Edge, ...] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a collection tells the extractors beforehand: names of its programs and of its components."""

    programs: frozenset[str] = frozenset()
    components: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """What is embedded: `context` + newline + `section.text[start:end]`; checksum is of that exact string."""

    id: str
    section_id: str
    order: int
    start: int
    end: int
    checksum: str
    tokens: int
    embedding_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A root of documents under a tag; one root a tag. An ingest that started and did not finish is made up for.

    recorded_in: id of the Dagster storage that holds the events of its documents, as of the last finished full ingest, and
        the embedding_version that an ingest wrote last, finished or not: the newest events may be of that one.
    """

    tag: str
    root: str
    finished_ingest_id: str = ""
    started_ingest_id: str = ""
    recorded_in: str = ""

    @property
    def is_unfinished(self) -> bool:
        return self.started_ingest_id != self.finished_ingest_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The last failure of a document: remembered with the checksum and recipe that it happened under."""

    stage: str
    error: str
    hint: str
    permanent: bool
    checksum: str
    recipe: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """What the Document node knows of a source document: file facts, one fingerprint an asset, the last failure.

    size in bytes, mtime_ns in nanoseconds since the epoch, scanned_at in seconds since the epoch (when the scan that
    recorded size and mtime began). An empty fingerprint: that asset has no current effect. vector_fingerprints: by the
    name of an index, for there may be several (two embedding_versions during a switch, two stores). A document that never
    came through has a ledger row of its own with a failure and no fingerprints.
    """

    document_id: str
    tag: str
    source_uri: str
    partition_key: str
    checksum: str = ""
    size: int = 0
    mtime_ns: int = 0
    scanned_at: int = 0
    parse_fingerprint: str = ""
    parse_output: str = ""
    extract_fingerprint: str = ""
    extract_output: str = ""
    graph_fingerprint: str = ""
    vector_fingerprints: dict[str, str] = field(default_factory=dict)
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that a scan saw. path: how to open it, relative to the root, as the file system spells it."""

    source_uri: str
    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something in the folder that cannot be taken in, and why; never treated as absent."""

    source_uri: str
    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What a source holds: documents by source_uri, sorted. complete: the whole root was read (deletions may follow).

    marked, parts: documents with a `.ready` or `.part` file beside them. waiting: documents that are not
    planned now, existing or deleted.
    """

    files: tuple[SourceFile, ...]
    unreadable: tuple[Unreadable, ...] = ()
    complete: bool = True
    marked: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class GraphInfo:
    """The schema singleton: which store this is, and the active embedding_version ('' before the first ingest).

    embedded_by: the settings that make vectors of that version, as JSON, so that edits can still reach it in a switch.
    """

    store_id: str
    schema_version: int
    embedding_version: str = ""
    embedded_by: str = ""
