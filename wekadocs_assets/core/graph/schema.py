"""The schema of the graph: all node labels, relationship types and properties, and the DDL of both dialects.

Add a label, type or property here: statements, builder and adapters read these tables. The labels of entities follow from
the kinds in core/models.py. Every node has `id` and `tag`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from wekadocs_assets.core.models import KINDS, PLACED_KINDS, SHARED_KINDS, Scalar

SCHEMA_VERSION = 3
SINGLETON = "WekadocsSchema"
SINGLETON_ID = "schema"

Dialect = Literal["neo4j", "ladybug"]
PropertyType = Literal["STRING", "INT64", "DOUBLE", "BOOL"]
Properties = dict[str, PropertyType]
ABSENT: dict[PropertyType, Scalar] = {"STRING": "", "INT64": 0, "DOUBLE": 0.0, "BOOL": False}
"""Values for unknown properties; stores hold no nulls."""


@dataclass(frozen=True, slots=True)
class NodeType:
    """A label: properties beside id and tag, and those that Neo4j indexes."""

    label: str
    properties: Properties
    indexed: tuple[str, ...] = ()

    @property
    def columns(self) -> Properties:
        return {"id": "STRING", "tag": "STRING", **self.properties}


@dataclass(frozen=True, slots=True)
class EdgeType:
    """A relationship type between two labels; `identity`: properties that tell parallel edges apart.

    Its fields may be given by position: the table of all edge types below is read by its columns.
    """

    type: str
    from_label: str
    to_label: str
    properties: Properties = field(hash=False, compare=False)
    identity: tuple[str, ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        """Properties that may change while the edge stays the same."""
        return tuple(name for name in self.properties if name not in self.identity)

    @property
    def is_derived(self) -> bool:
        """Whether it joins two entities, so that deleting a section does not delete it automatically."""
        return self.from_label in KINDS


DOCUMENT_FACTS: Properties = dict.fromkeys(
    ("source_uri", "source_type", "title", "description", "last_edited"), "STRING"
)
LEDGER: Properties = {
    "partition_key": "STRING",
    "checksum": "STRING",
    "size": "INT64",
    "mtime_ns": "INT64",
    "scanned_at": "INT64",
    "parse_fingerprint": "STRING",
    "parse_output": "STRING",
    "extract_fingerprint": "STRING",
    "extract_output": "STRING",
    "graph_fingerprint": "STRING",
    "vector_fingerprints": "STRING",
    "failure": "STRING",
}
SECTION: Properties = {
    "document_id": "STRING",
    "parent_id": "STRING",
    "level": "INT64",
    "title": "STRING",
    "heading_path": "STRING",
    "anchor": "STRING",
    "order": "INT64",
    "text": "STRING",
    "checksum": "STRING",
    "tokens": "INT64",
    "links": "STRING",
}
CHUNK: Properties = {
    "section_id": "STRING",
    "document_id": "STRING",
    "order": "INT64",
    "start": "INT64",
    "end": "INT64",
    "checksum": "STRING",
    "tokens": "INT64",
    "embedding_version": "STRING",
}
ENTITY: Properties = {"kind": "STRING", "name": "STRING"}
PLACED: dict[str, Properties] = {
    "Procedure": {**ENTITY, "section_id": "STRING"},
    "Step": {**ENTITY, "section_id": "STRING", "order": "INT64", "instruction": "STRING"},
    "Example": {**ENTITY, "section_id": "STRING"},
}
STORES: Properties = {
    "store_id": "STRING",
    "schema_version": "INT64",
    "embedding_version": "STRING",
    "embedded_by": "STRING",
}
LEASE: Properties = {"lease_owner": "STRING", "lease_token": "INT64", "lease_until": "INT64"}
"""Further properties of Collection nodes on a server. lease_until: milliseconds since the epoch, by the server's clock."""

_NODES = (
    NodeType(SINGLETON, STORES),
    NodeType("Collection", dict.fromkeys(("root", "finished_ingest_id", "started_ingest_id", "recorded_in"), "STRING")),
    NodeType("Document", {**DOCUMENT_FACTS, **LEDGER}, ("tag",)),
    NodeType("Section", SECTION, ("tag",)),
    NodeType("Chunk", CHUNK),
    *(NodeType(kind, ENTITY, ("tag", "name")) for kind in SHARED_KINDS),
    *(NodeType(kind, PLACED[kind], ("section_id",)) for kind in PLACED_KINDS),
)
NODES: dict[str, NodeType] = {node.label: node for node in _NODES}

_ORIGIN: Properties = {"derived_from_section_id": "STRING", "confidence": "DOUBLE"}
_BY_ORIGIN = ("derived_from_section_id",)
_MENTION: Properties = {
    "start": "INT64",
    "end": "INT64",
    "role": "STRING",
    "source_section_id": "STRING",
    "confidence": "DOUBLE",
}
_PARAMETER: Properties = {**_ORIGIN, "required": "BOOL", "default": "STRING", "type": "STRING"}

_EDGES = (
    EdgeType("HAS_SECTION", "Document", "Section", {"order": "INT64"}),
    EdgeType("HAS_SUBSECTION", "Section", "Section", {}),
    EdgeType("NEXT_SECTION", "Section", "Section", {}),
    EdgeType("HAS_CHUNK", "Section", "Chunk", {"order": "INT64"}),
    EdgeType("LINKS_TO", "Section", "Document", {"anchor": "STRING", **_ORIGIN}, ("anchor",)),
    *(EdgeType("MENTIONS", "Section", kind, _MENTION, ("start",)) for kind in KINDS),
    EdgeType("CONTAINS_STEP", "Procedure", "Step", {"order": "INT64", **_ORIGIN}, _BY_ORIGIN),
    EdgeType("EXECUTES", "Step", "Command", _ORIGIN, _BY_ORIGIN),
    EdgeType("HAS_PARAMETER", "Command", "Parameter", _PARAMETER, _BY_ORIGIN),
    EdgeType("HAS_PARAMETER", "Command", "Configuration", _PARAMETER, _BY_ORIGIN),
    EdgeType("RESOLVES", "Procedure", "Error", _ORIGIN, _BY_ORIGIN),
)
EDGES: dict[tuple[str, str, str], EdgeType] = {(e.type, e.from_label, e.to_label): e for e in _EDGES}
TYPES: tuple[str, ...] = tuple(dict.fromkeys(edge.type for edge in _EDGES))
DERIVED: tuple[EdgeType, ...] = tuple(edge for edge in _EDGES if edge.is_derived)
OF_DOCUMENT: tuple[EdgeType, ...] = tuple(e for e in _EDGES if e.type not in ("HAS_CHUNK", "LINKS_TO"))
"""Edges that a document's Subgraph holds; HAS_CHUNK and LINKS_TO are written separately."""


def edges_of(edge_type: str) -> list[EdgeType]:
    """The edge types of this name, one for each pair of labels."""
    return [edge for edge in _EDGES if edge.type == edge_type]


def edges_at(label: str) -> list[tuple[EdgeType, bool]]:
    """(edge type, whether it starts at the label) for every edge type with this label at one end."""
    leaving = [(edge, True) for edge in _EDGES if edge.from_label == label]
    return leaving + [(edge, False) for edge in _EDGES if edge.to_label == label]


def ddl(dialect: Dialect) -> Iterator[str]:
    """Statements that create what is absent; running them again changes nothing."""
    return _neo4j() if dialect == "neo4j" else _ladybug()


def _neo4j() -> Iterator[str]:
    for label, node in NODES.items():  # IF NOT EXISTS compares names only, so the name has label and property
        yield f"CREATE CONSTRAINT wekadocs_{label.lower()}_id IF NOT EXISTS FOR (n:{label}) REQUIRE n.`id` IS UNIQUE"
        for name in node.indexed:
            yield f"CREATE INDEX wekadocs_{label.lower()}_{name} IF NOT EXISTS FOR (n:{label}) ON (n.`{name}`)"
    for name in dict.fromkeys(edge.type for edge in DERIVED):
        index = f"wekadocs_{name.lower()}_derived_from_section_id"
        yield f"CREATE INDEX {index} IF NOT EXISTS FOR ()-[r:{name}]-() ON (r.`derived_from_section_id`)"


def _ladybug() -> Iterator[str]:
    for label, node in NODES.items():
        yield f"CREATE NODE TABLE IF NOT EXISTS {label}({_columns(node.columns)}, PRIMARY KEY(`id`))"
    for name in TYPES:
        pairs = edges_of(name)
        ends = ", ".join(f"FROM {edge.from_label} TO {edge.to_label}" for edge in pairs)
        columns = _columns(pairs[0].properties)
        yield f"CREATE REL TABLE IF NOT EXISTS {name}({ends}{', ' if columns else ''}{columns})"


def _columns(properties: Properties) -> str:
    return ", ".join(f"`{name}` {kind}" for name, kind in properties.items())
