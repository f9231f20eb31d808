"""The content of an index as seven tables in a fixed order: only content, no times, no ids of stores."""

from __future__ import annotations

import json
from collections.abc import Iterator

from wekadocs_assets.core.graph.rows import GraphRow
from wekadocs_assets.core.graph.schema import TYPES
from wekadocs_assets.core.models import KINDS, Scalar
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.ports.stores import GraphStore

COLUMNS: dict[str, tuple[str, ...]] = {
    "documents": ("id", "tag", "source_uri", "source_type", "title", "description", "last_edited", "checksum"),
    "sections": (
        "id", "tag", "document_id", "parent_id", "order", "level", "title", "heading_path",
        "anchor", "text", "checksum", "tokens", "links",
    ),
    "chunks": (
        "id", "tag", "document_id", "section_id", "order", "start", "end", "checksum", "tokens", "embedding_version",
    ),
    "entities": ("id", "tag", "kind", "name", "section_id", "order", "instruction"),
    "mentions": ("section_id", "entity_id", "kind", "role", "confidence", "start", "end"),
    "relationships": ("type", "from_label", "from", "to_label", "to", "properties"),
    "points": (
        "id", "chunk_id", "section_id", "document_id", "source_uri", "tag", "title", "heading_path",
        "checksum", "embedding_version", "vector",
    ),
}  # fmt: skip
"""Tables and their columns in the order in which they are written; rows are sorted by their first columns."""

LISTS = ("heading_path", "links")
"""Columns of sections that the graph holds as JSON text and an export as lists."""
ENDS = ("from_label", "from", "to_label", "to")


def tables(pipeline: Pipeline) -> Iterator[tuple[str, list[GraphRow]]]:
    """(name, rows) of every table; documents that never came through are left out."""
    graph = pipeline.graph
    yield "documents", _picked("documents", (r for r in graph.export("Document") if r["graph_fingerprint"]))
    yield "sections", _picked("sections", map(_with_lists, graph.export("Section")))
    active = pipeline.active.embedding_version
    chunks = [row for row in graph.export("Chunk") if row["embedding_version"] == active]
    yield "chunks", _picked("chunks", iter(chunks))
    yield "entities", _picked("entities", (row for kind in KINDS for row in graph.export(kind)))
    yield "mentions", _picked("mentions", map(_mention, graph.export("MENTIONS")))
    yield "relationships", _picked("relationships", _relationships(graph, {row["id"] for row in chunks}))
    yield "points", _picked("points", _points(pipeline))


def _picked(table: str, rows: Iterator[GraphRow]) -> list[GraphRow]:
    columns = COLUMNS[table]
    blank = {"order": 0}
    picked = [{name: row.get(name, blank.get(name, "")) for name in columns} for row in rows]
    return sorted(picked, key=lambda row: tuple(str(row[name]) for name in columns if name != "vector"))


def _with_lists(row: GraphRow) -> GraphRow:
    return {**row, **{name: json.loads(str(row[name] or "[]")) for name in LISTS}}


def _mention(row: GraphRow) -> GraphRow:
    return {**row, "section_id": row["from"], "entity_id": row["to"], "kind": row["to_label"]}


def _relationships(graph: GraphStore, active_chunks: set[Scalar]) -> Iterator[GraphRow]:
    for name in TYPES:
        for row in graph.export(name):
            if name == "HAS_CHUNK" and row["to"] not in active_chunks:
                continue
            properties = {key: value for key, value in row.items() if key not in ENDS}
            text = json.dumps(properties, sort_keys=True, ensure_ascii=False)
            yield {"type": name, "properties": text, **{end: row[end] for end in ENDS}}


def _points(pipeline: Pipeline) -> Iterator[GraphRow]:
    for point in pipeline.vectors.scan(pipeline.active.embedding_version, with_vectors=True):
        yield {"id": point.id, **point.payload, "vector": point.vector}  # type: ignore[dict-item]  # the one column that is an array
