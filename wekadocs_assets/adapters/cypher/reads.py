"""Reads documents back as the `Subgraph`s that core/graph/builder.py built."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from wekadocs_assets.adapters.cypher import statements
from wekadocs_assets.adapters.cypher.batches import Row, Run, over_ids
from wekadocs_assets.core.graph.builder import Subgraph
from wekadocs_assets.core.graph.schema import DERIVED, EDGES, OF_DOCUMENT, EdgeType

HAS_SECTION = EDGES["HAS_SECTION", "Document", "Section"]
OF_SECTIONS = tuple(edge for edge in OF_DOCUMENT if edge.from_label == "Section")


def subgraphs(run: Run, document_ids: Sequence[str]) -> dict[str, Subgraph]:
    """Document id -> its part of the graph. A document that only has a ledger entry (never parsed) is absent."""
    found = over_ids(run, statements.nodes_by_id("Document"), document_ids)
    documents = {row["id"]: row for row in found if row["source_type"]}
    graphs = {key: Subgraph() for key in documents}
    for key, row in documents.items():
        graphs[key].add_node("Document", row)
    owner = _sections(run, graphs)
    for edge in OF_SECTIONS:
        _add_edges(graphs, owner, edge, over_ids(run, statements.edges_from(edge), owner), "from_id")
    for edge in DERIVED:
        _add_edges(
            graphs, owner, edge, over_ids(run, statements.edges_derived_from(edge), owner), "derived_from_section_id"
        )
    _nodes(run, graphs)
    return graphs


def _sections(run: Run, graphs: dict[str, Subgraph]) -> dict[str, str]:
    """Section id -> document id; adds the HAS_SECTION edges to the graphs."""
    found = over_ids(run, statements.edges_from(HAS_SECTION), graphs)
    _add_edges(graphs, {key: key for key in graphs}, HAS_SECTION, found, "from_id")
    return {row["to_id"]: row["from_id"] for row in found}


def _add_edges(
    graphs: dict[str, Subgraph], owner: dict[str, str], edge: EdgeType, found: Iterable[Row], by: str
) -> None:
    for row in found:
        graphs[owner[row[by]]].add_edge(edge, row)


def _nodes(run: Run, graphs: dict[str, Subgraph]) -> None:
    """Adds every node at an end of a document's edges; a shared node is read once for all documents."""
    wanted: dict[str, dict[str, list[Subgraph]]] = defaultdict(lambda: defaultdict(list))
    for graph in graphs.values():
        for label, ids in _ends(graph).items():
            for key in ids:
                wanted[label][key].append(graph)
    for label, holders in wanted.items():
        for row in over_ids(run, statements.nodes_by_id(label), holders):
            for graph in holders[row["id"]]:
                graph.add_node(label, dict(row))


def _ends(graph: Subgraph) -> dict[str, set[str]]:
    ends: dict[str, set[str]] = defaultdict(set)
    for (_, start, end), edges in graph.edges.items():
        ends[start].update(str(row["from_id"]) for row in edges.values())
        ends[end].update(str(row["to_id"]) for row in edges.values())
    ends.pop("Document", None)
    return ends
