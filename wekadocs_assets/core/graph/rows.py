"""Converts models to rows and back. A row has a typed, flat value for every property, in the order of the schema.

Every row of a statement is made here, because Ladybug binds the fields by position and no store may hold a null.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from wekadocs_assets.core.graph.schema import (
    ABSENT,
    EDGES,
    LEDGER,
    NODES,
    SINGLETON,
    SINGLETON_ID,
    EdgeType,
    Properties,
    PropertyType,
)
from wekadocs_assets.core.ids import canonical_name
from wekadocs_assets.core.models import (
    SHARED_KINDS,
    Chunk,
    Collection,
    Document,
    Entity,
    Failure,
    GraphInfo,
    LedgerEntry,
    Scalar,
    Section,
)

GraphRow = dict[str, Scalar]
"""The properties of one node or edge by name, as they are written."""
StoredRow = Mapping[str, Any]
"""The same as a store returns it; the schema is what guarantees the types of its values."""
_PYTHON: dict[PropertyType, type] = {"STRING": str, "INT64": int, "DOUBLE": float, "BOOL": bool}


def typed(properties: Properties, values: Mapping[str, Scalar]) -> GraphRow:
    """A value for every property, ABSENT where none is given. Raises ValueError for an unknown name or a value of another type."""
    if surplus := values.keys() - properties.keys():
        raise ValueError(f"not in the graph's schema: {', '.join(sorted(surplus))}")
    return {name: _typed(name, kind, values.get(name, ABSENT[kind])) for name, kind in properties.items()}


def _typed(name: str, kind: PropertyType, value: Scalar) -> Scalar:
    wanted = _PYTHON[kind]
    if type(value) is wanted:
        return value
    if wanted is float and type(value) is int:
        return float(value)
    raise ValueError(f"{name} is {type(value).__name__}, the graph's schema wants {kind}")


def document_row(document: Document) -> GraphRow:
    return {
        "id": document.id,
        "tag": document.tag,
        "source_uri": document.source_uri,
        "source_type": document.source_type,
        "title": document.title,
        "description": document.description,
        "last_edited": document.last_edited,
    }


def section_row(section: Section) -> GraphRow:
    return typed(
        NODES["Section"].columns,
        {
            "id": section.id,
            "tag": section.tag,
            "document_id": section.document_id,
            "parent_id": section.parent_id,
            "level": section.level,
            "title": section.title,
            "heading_path": as_json(list(section.heading_path)),
            "anchor": section.anchor,
            "order": section.order,
            "text": section.text,
            "checksum": section.checksum,
            "tokens": section.tokens,
            "links": as_json(list(dict.fromkeys(link.target for link in section.links))),
        },
    )


def entity_row(entity: Entity) -> GraphRow:
    """Shared kinds have id, tag, kind and name only; what a page says about them is stored on the edges."""
    columns = NODES[entity.kind].columns
    values = {field.name: getattr(entity, field.name) for field in fields(entity)}
    if entity.kind in SHARED_KINDS:  # another spelling would depend on the order of documents
        values["name"] = canonical_name(entity.name)
    return typed(columns, {name: value for name, value in values.items() if name in columns})


def chunk_row(chunk: Chunk, section: GraphRow) -> GraphRow:
    """section: the tag and document_id of the stored section."""
    known = {"tag": section["tag"], "document_id": section["document_id"]}
    return typed(NODES["Chunk"].columns, {**asdict(chunk), **known})


def chunk(row: StoredRow) -> Chunk:
    return Chunk(**{field.name: row[field.name] for field in fields(Chunk)})


def collection_row(collection: Collection) -> GraphRow:
    return {"id": collection.tag, **asdict(collection)}


def collection(row: StoredRow) -> Collection:
    return Collection(**{field.name: row[field.name] for field in fields(Collection)})


def singleton_row(info: GraphInfo) -> GraphRow:
    return typed(NODES[SINGLETON].columns, {"id": SINGLETON_ID, **asdict(info)})


_LEDGER_COLUMNS: Properties = {"id": "STRING", "tag": "STRING", "source_uri": "STRING", **LEDGER}
_AS_JSON = ("vector_fingerprints", "failure")
_PLAIN = tuple(name for name in LEDGER if name not in _AS_JSON)
if {"document_id", "tag", "source_uri", *LEDGER} != {field.name for field in fields(LedgerEntry)}:
    raise TypeError("the ledger's columns differ from the fields of LedgerEntry")


def ledger_row(entry: LedgerEntry) -> GraphRow:
    """Vector fingerprints and failure are one JSON string each, '' for none, because a node has flat values only."""
    values: GraphRow = {name: getattr(entry, name) for name in _PLAIN}
    values["vector_fingerprints"] = as_json(entry.vector_fingerprints) if entry.vector_fingerprints else ""
    values["failure"] = as_json(asdict(entry.failure)) if entry.failure else ""
    ids = {"id": entry.document_id, "tag": entry.tag, "source_uri": entry.source_uri}
    return typed(_LEDGER_COLUMNS, {**ids, **values})


def ledger_entry(row: StoredRow) -> LedgerEntry:
    return LedgerEntry(
        document_id=row["id"],
        tag=row["tag"],
        source_uri=row["source_uri"],
        **{name: row[name] for name in _PLAIN},
        vector_fingerprints=json.loads(row["vector_fingerprints"]) if row["vector_fingerprints"] else {},
        failure=Failure(**json.loads(row["failure"])) if row["failure"] else None,
    )


def edge_row(edge: EdgeType, from_id: str, to_id: str, values: Mapping[str, Scalar]) -> GraphRow:
    return {"from_id": from_id, "to_id": to_id, **typed(edge.properties, values)}


def edge_key(edge: EdgeType, row: Mapping[str, Scalar]) -> tuple[Scalar, ...]:
    """The identity of the edge among those of its type and labels: both ends and the properties in `identity`."""
    return (row["from_id"], row["to_id"], *(row[name] for name in edge.identity))


LINKS_TO = EDGES["LINKS_TO", "Section", "Document"]
CERTAIN = 1.0
"""Confidence of a link, which is written in the page."""


def link_row(section_id: str, document_id: str, anchor: str) -> GraphRow:
    values: GraphRow = {"anchor": anchor, "derived_from_section_id": section_id, "confidence": CERTAIN}
    return edge_row(LINKS_TO, section_id, document_id, values)


def export_edges(edge: EdgeType, found: Iterable[GraphRow]) -> list[GraphRow]:
    """Sorted by key, with the labels of both ends."""
    return [
        {
            "from_label": edge.from_label,
            "from": row["from_id"],
            "to_label": edge.to_label,
            "to": row["to_id"],
            **{name: row[name] for name in edge.properties},
        }
        for row in sorted(found, key=lambda row: edge_key(edge, row))
    ]


def as_json(value: Sequence[str] | Mapping[str, Scalar]) -> str:
    """Canonical: an equal value gives an equal string."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
