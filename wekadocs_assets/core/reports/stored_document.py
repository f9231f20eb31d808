"""What the stores contain for one document: `ingestctl show`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.graph.builder import Subgraph
from wekadocs_assets.core.graph.rows import GraphRow
from wekadocs_assets.core.models import KINDS, LedgerEntry
from wekadocs_assets.core.pipeline import Pipeline

MOST_SUGGESTED = 5


def find(pipeline: Pipeline, name: str, tag: str) -> LedgerEntry:
    """The one document whose source_uri is `name`, or ends with it; none or several: ConfigurationError."""
    ledger = pipeline.graph.ledger(tag or None)
    wanted = ids.normalised_uri(name)
    exact = [entry for entry in ledger if wanted in (entry.source_uri, entry.document_id, entry.partition_key)]
    found = exact or [entry for entry in ledger if entry.source_uri.endswith(f"/{wanted}")]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(f"{e.tag}: {e.source_uri}" for e in found[:MOST_SUGGESTED])
        raise ConfigurationError(f"'{name}' is {len(found)} documents: {names}", "say which: --tag, or a longer path")
    near = [entry.source_uri for entry in ledger if wanted.casefold() in entry.source_uri.casefold()]
    hint = f"perhaps {', '.join(near[:MOST_SUGGESTED])}" if near else "`ingestctl export` lists all documents"
    raise ConfigurationError(f"no document '{name}' is known", hint)


def inspect(pipeline: Pipeline, entry: LedgerEntry) -> dict[str, Any]:
    """document, sections with text, chunks, entities, mentions, edges, and the ledger's entry."""
    graph = pipeline.graph.read([entry.document_id]).get(entry.document_id) or Subgraph()
    chunks = pipeline.graph.chunks([entry.document_id], pipeline.active.embedding_version)
    edges = [(edge.type, row) for edge, _, row in graph.all_edges()]
    return {
        "document": next(iter(graph.nodes.get("Document", {}).values()), None),
        "sections": sorted(map(_section, graph.nodes.get("Section", {}).values()), key=lambda row: row["order"]),
        "chunks": [asdict(chunk) for chunk in chunks.get(entry.document_id, [])],
        "entities": _entities(graph, edges),
        "mentions": [_mention(row) for name, row in edges if name == "MENTIONS"],
        "edges": [{"type": name, **row} for name, row in edges if name != "MENTIONS"],
        "ledger": asdict(entry),
    }


def _section(row: GraphRow) -> GraphRow:
    return {**row, "heading_path": json.loads(str(row["heading_path"])), "links": json.loads(str(row["links"]))}


def _entities(graph: Subgraph, edges: list[tuple[str, GraphRow]]) -> list[GraphRow]:
    """Steps name the procedure that contains them."""
    procedures = {row["to_id"]: row["from_id"] for name, row in edges if name == "CONTAINS_STEP"}
    rows = [row for kind in KINDS for row in graph.nodes.get(kind, {}).values()]
    return [{**row, "procedure_id": procedures[row["id"]]} if row["id"] in procedures else dict(row) for row in rows]


def _mention(row: GraphRow) -> GraphRow:
    return {
        "section_id": row["from_id"],
        "entity_id": row["to_id"],
        **{k: row[k] for k in ("role", "confidence", "start", "end")},
    }
