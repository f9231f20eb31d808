"""The difference between the stored and the new subgraph of a document: the smallest change to write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from wekadocs_assets.core.graph.builder import Subgraph
from wekadocs_assets.core.graph.rows import GraphRow, edge_row, typed
from wekadocs_assets.core.graph.schema import DOCUMENT_FACTS, EDGES, EdgeType
from wekadocs_assets.core.models import PLACED_KINDS, SHARED_KINDS

K = TypeVar("K")
Edges = dict[EdgeType, list[GraphRow]]
ADOPTED = "unknown"
"""source_type of a Document node between its adoption of sections and the write that follows."""


@dataclass(slots=True, kw_only=True)
class GraphChange:
    """One document's change, exact for the stored Subgraph that it was made from.

    nodes: rows to upsert, by label. create: edges that are not stored. update: stored edges with other properties.
    removed_edges: stored edges to delete. removed_nodes: ids of placed entities to delete, by label: their section
    remains but no longer holds them. stale_sections: sections that the document no longer has. They stay, with their edges
    and placed entities, until `GraphStore.delete_sections` is called, so that a search never finds a vector without its
    section.
    """

    document_id: str
    tag: str
    nodes: dict[str, list[GraphRow]] = field(default_factory=dict)
    create: Edges = field(default_factory=dict)
    update: Edges = field(default_factory=dict)
    removed_edges: Edges = field(default_factory=dict)
    removed_nodes: dict[str, list[str]] = field(default_factory=dict)
    stale_sections: tuple[str, ...] = ()
    nodes_added: int = 0

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write now. Stale sections may still be waiting for their deletion."""
        return not (self.nodes or self.create or self.update or self.removed_edges or self.removed_nodes)

    @property
    def edges_added(self) -> int:
        return sum(map(len, self.create.values()))

    @property
    def loosened(self) -> dict[str, set[str]]:
        """Label -> ids of the shared entities that lose an edge by this change, perhaps their last one."""
        ends: dict[str, set[str]] = {}
        for edge, rows in self.removed_edges.items():
            for label, end in ((edge.from_label, "from_id"), (edge.to_label, "to_id")):
                if label in SHARED_KINDS:
                    ends.setdefault(label, set()).update(str(row[end]) for row in rows)
        return ends


def diff(old: Subgraph | None, new: Subgraph) -> GraphChange:
    """The change from `old` to `new`, two subgraphs of one document. old: the stored one, None if the document is not stored."""
    old = old or Subgraph()
    (document,) = new.nodes["Document"].values()
    change = GraphChange(document_id=str(document["id"]), tag=str(document["tag"]))
    change.stale_sections = tuple(sorted(old.nodes.get("Section", {}).keys() - new.nodes.get("Section", {}).keys()))
    _nodes(change, old, new)
    _edges(change, old, new, _frozen(old, set(change.stale_sections)))
    return change


def adoption(tag: str, document_id: str, source_uri: str, section_ids: Sequence[str]) -> GraphChange:
    """Creates a Document node for sections without one. Its source_type is never a real one, so that the next diff rewrites it."""
    change = GraphChange(document_id=document_id, tag=tag)
    facts = {"id": document_id, "tag": tag, "source_uri": source_uri, "source_type": ADOPTED}
    change.nodes["Document"] = [typed({"id": "STRING", "tag": "STRING", **DOCUMENT_FACTS}, facts)]
    edge = EDGES["HAS_SECTION", "Document", "Section"]
    change.create[edge] = [edge_row(edge, document_id, section, {"order": 0}) for section in section_ids]
    return change


def _nodes(change: GraphChange, old: Subgraph, new: Subgraph) -> None:
    for label, rows in new.nodes.items():
        known = old.nodes.get(label, {})
        if written := [row for key, row in rows.items() if known.get(key) != row]:
            change.nodes[label] = written
        change.nodes_added += len(rows.keys() - known.keys())
    for label in PLACED_KINDS:
        gone = _absent(old.nodes.get(label, {}), new.nodes.get(label, {}))
        if dropped := sorted(str(row["id"]) for row in gone if row["section_id"] not in change.stale_sections):
            change.removed_nodes[label] = dropped


def _edges(change: GraphChange, old: Subgraph, new: Subgraph, frozen: set[str]) -> None:
    for name in dict.fromkeys((*old.edges, *new.edges)):
        before, after, edge = old.edges.get(name, {}), new.edges.get(name, {}), EDGES[name]
        kept = [(row, before[key]) for key, row in after.items() if key in before]
        _put(change.create, edge, _absent(after, before))
        _put(change.update, edge, [row for row, was in kept if row != was])
        _put(change.removed_edges, edge, [row for row in _absent(before, after) if not _hangs(row, frozen)])


def _absent(rows: Mapping[K, GraphRow], others: Mapping[K, GraphRow]) -> list[GraphRow]:
    return [row for key, row in rows.items() if key not in others]


def _put(edges: Edges, edge: EdgeType, rows: list[GraphRow]) -> None:
    if rows:
        edges[edge] = rows


def _frozen(old: Subgraph, stale: set[str]) -> set[str]:
    """Stale sections and what is placed in them."""
    placed = (row for label in PLACED_KINDS for row in old.nodes.get(label, {}).values())
    return stale | {str(row["id"]) for row in placed if row["section_id"] in stale}


def _hangs(row: GraphRow, frozen: set[str]) -> bool:
    return any(row.get(end) in frozen for end in ("from_id", "to_id", "derived_from_section_id"))
