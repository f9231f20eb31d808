"""The data classes that all packages share, frozen: documents, sections, entities, chunks, ledger entries, scans.

Add a class here if several packages exchange it. Behaviour does not belong here, except derived properties.
"""

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
else:  # importing numpy takes longer than an ingest without changes
    Vector = Matrix = Any

Scalar = str | int | float | bool
"""The value of a property in a store."""

SourceType = Literal["markdown", "html", "notion"]
Role = Literal["defines", "uses"]

SHARED_KINDS = ("Command", "Configuration", "Error", "Concept", "Parameter", "Component")
"""Entity kinds that the documents of a collection share, keyed by tag, kind and canonical name."""
PLACED_KINDS = ("Procedure", "Step", "Example")
"""Entity kinds that belong to one section, keyed by section, kind and ordinal."""
KINDS = SHARED_KINDS + PLACED_KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The syntax of a part of a section's text, `text[start:end]`. Spans nest; an outer span precedes its inner ones.

    Containers: ordered_list (info = first number), bullet_list, list_item (info = its number, '' for a bullet),
    quote, details (info = summary), tab (info = label), admonition (info = its type), table, definition_list.
    Leaves: paragraph, code (info = language), table_row (info = 'header' or ''), term, definition, summary, caption,
    image. Inside a leaf: table_cell (info = the column's header), inline_code, strong, emphasis, link (info = target).
    depth: nesting depth among containers of the same family (lists, details, ...), 1 for the outermost.
    continued: the container began in the section before, because a heading is inside it.
    """

    kind: str
    start: int
    end: int
    info: str = ""
    depth: int = 1
    continued: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a page: the unresolved target, and the offsets of the link's text in the section."""

    target: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Repair:
    """A correction of damaged input by a parser. line: in the source, from 1; 0 if the format has no lines."""

    what: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The text under one heading, up to the next heading of any level. tokens: number of words and signs."""

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
    """One parsed source document. It has no checksum of the file, so that equal parse results are equal."""

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
    """A thing that sections mention. section_id, order and instruction are set only for PLACED_KINDS."""

    id: str
    tag: str
    kind: str
    name: str
    section_id: str = ""
    order: int = 0
    instruction: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """An occurrence of an entity in a section, as `section.text[start:end]`. confidence: above 0, at most 1."""

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
    """The sorted result of all extractors for one document. It depends only on the document and the vocabulary."""

    document_id: str
    entities: tuple[Entity, ...] = ()
    mentions: tuple[Mention, ...] = ()
    edges: tuple[Edge, ...] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names of programs and components that the settings give to the extractors."""

    programs: frozenset[str] = frozenset()
    components: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A span of a section that is embedded as one vector, after a context of title and headings.

    checksum: of the encoded string, `context` + newline + `section.text[start:end]`. tokens: of that string.
    """

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
    """A tag and its root. If the ids of its last ingests differ, the next ingest continues the unfinished one.

    recorded_in: id of the Dagster storage with the events of its documents (as of the last finished full ingest), a
    blank, and the embedding_version that an ingest wrote last, finished or not (`several` after a partial one).
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
    """The last failure of a document, with the checksum of its file and the digest of the recipe at that time."""

    stage: str
    error: str
    hint: str
    permanent: bool
    checksum: str
    recipe: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """The ledger properties of a Document node: the state of the file, a fingerprint per asset, the last failure.

    size: bytes; mtime_ns: nanoseconds since the epoch; scanned_at: start of the scan that recorded both, in seconds
    since the epoch. An empty fingerprint means that the asset has no current result. vector_fingerprints: by name of
    the index, because there may be several (two embedding_versions during a switch, two stores). A document that was
    never ingested successfully has an entry with a failure and without fingerprints.
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
    """A file that a scan found. path: relative to the root, as the file system spells it. size: bytes."""

    source_uri: str
    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file or folder that cannot be read, and the reason. It is never treated as deleted."""

    source_uri: str
    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """The files of a source, sorted by source_uri. complete: the whole root was read.

    marked, parts: source URIs of documents with a `.ready` or `.part` file. postponed: source URIs of documents,
    existing or deleted, whose change is left to a later plan.
    """

    files: tuple[SourceFile, ...]
    unreadable: tuple[Unreadable, ...] = ()
    complete: bool = True
    marked: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    postponed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class GraphInfo:
    """The schema singleton: the graph's random id, and the active embedding_version ('' before the first ingest).

    embedded_by: the embedding settings of that version, as JSON, so that it can still be updated during a switch.
    """

    store_id: str
    schema_version: int
    embedding_version: str = ""
    embedded_by: str = ""
