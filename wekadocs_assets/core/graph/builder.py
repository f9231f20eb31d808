"""Builds the subgraph of one document from its parse result and its extraction. The same input always gives the same subgraph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from wekadocs_assets.core.errors import BadDocument
from wekadocs_assets.core.graph.rows import GraphRow, document_row, edge_key, edge_row, entity_row, section_row
from wekadocs_assets.core.graph.schema import EDGES, EdgeType
from wekadocs_assets.core.models import Document, Entity, Extraction, Scalar, Section

EdgeKey = tuple[Scalar, ...]
T = TypeVar("T")


@dataclass(slots=True)
class Subgraph:
    """Rows of one document: nodes by label and id, edges by (type, from_label, to_label) and identity; no empty groups."""

    nodes: dict[str, dict[str, GraphRow]] = field(default_factory=dict)
    edges: dict[tuple[str, str, str], dict[EdgeKey, GraphRow]] = field(default_factory=dict)

    def add_node(self, label: str, row: GraphRow) -> None:
        self.nodes.setdefault(label, {})[str(row["id"])] = row

    def add_edge(self, edge: EdgeType, row: GraphRow) -> None:
        self.edges.setdefault((edge.type, edge.from_label, edge.to_label), {})[edge_key(edge, row)] = row

    def all_edges(self) -> list[tuple[EdgeType, EdgeKey, GraphRow]]:
        return [(EDGES[name], key, row) for name, rows in self.edges.items() for key, row in rows.items()]


def build(document: Document, extraction: Extraction) -> Subgraph:
    """The document, its sections, mentions and derived edges, and the entities at the ends of these edges.

    Raises ValueError when the extraction refers to an unknown section or entity (an error in an extractor), and BadDocument
    for text that is not valid Unicode.
    """
    graph = Subgraph()
    graph.add_node("Document", document_row(document))
    for section in document.sections:
        graph.add_node("Section", section_row(section))
    _structure(graph, document)
    entities = {entity.id: entity for entity in extraction.entities}
    sections = {section.id: section for section in document.sections}
    _mentions(graph, extraction, sections, entities)
    _derived(graph, extraction, sections, entities)
    _refuse_unstorable(graph, document.source_uri)
    return graph


def _structure(graph: Subgraph, document: Document) -> None:
    previous: Section | None = None
    for section in document.sections:
        _join(graph, ("HAS_SECTION", "Document", "Section"), document.id, section.id, {"order": section.order})
        if section.parent_id:
            _join(graph, ("HAS_SUBSECTION", "Section", "Section"), section.parent_id, section.id, {})
        if previous:
            _join(graph, ("NEXT_SECTION", "Section", "Section"), previous.id, section.id, {})
        previous = section


def _mentions(
    graph: Subgraph, extraction: Extraction, sections: Mapping[str, Section], entities: Mapping[str, Entity]
) -> None:
    # add_edge keeps the last row: of two mentions at one place, a definition wins over a use, then the higher confidence.
    ranked = sorted(extraction.mentions, key=lambda m: (m.role == "defines", m.confidence, m.end))
    for mention in ranked:
        entity = _known(mention.entity_id, entities)
        section = _known(mention.section_id, sections)
        values: dict[str, Scalar] = {
            "start": mention.start,
            "end": mention.end,
            "role": mention.role,
            "source_section_id": section.id,
            "confidence": mention.confidence,
        }
        graph.add_node(entity.kind, entity_row(entity))
        _join(graph, ("MENTIONS", "Section", entity.kind), section.id, entity.id, values)


def _derived(
    graph: Subgraph, extraction: Extraction, sections: Mapping[str, Section], entities: Mapping[str, Entity]
) -> None:
    ranked = sorted(extraction.edges, key=lambda e: (e.confidence, sorted(e.properties.items(), key=repr)))
    for edge in ranked:
        start, end = _known(edge.from_id, entities), _known(edge.to_id, entities)
        origin = _known(edge.derived_from_section_id, sections)
        values = {**edge.properties, "derived_from_section_id": origin.id, "confidence": edge.confidence}
        for entity in (start, end):
            graph.add_node(entity.kind, entity_row(entity))
        _join(graph, (edge.type, start.kind, end.kind), start.id, end.id, values)


def _join(graph: Subgraph, name: tuple[str, str, str], start: str, end: str, values: Mapping[str, Scalar]) -> None:
    if name not in EDGES:
        raise ValueError(f"not in the graph's schema: {name[0]} from {name[1]} to {name[2]}")
    graph.add_edge(EDGES[name], edge_row(EDGES[name], start, end, values))


def _known(key: str, items: Mapping[str, T]) -> T:
    if key not in items:
        raise ValueError(
            f"the extraction names {key}, which is neither among its entities nor a section of the document"
        )
    return items[key]


def _refuse_unstorable(graph: Subgraph, source_uri: str) -> None:
    """Raises BadDocument for lone surrogates (broken escapes), which no store accepts, so that only this document fails."""
    rows = [row for group in graph.nodes.values() for row in group.values()]
    rows += [row for edge, _, row in graph.all_edges() if edge.type == "HAS_PARAMETER"]
    try:
        "".join(value for row in rows for value in row.values() if isinstance(value, str)).encode()
    except UnicodeEncodeError as error:
        hint = "Replace the broken character escape in the source and ingest again."
        raise BadDocument(f"{source_uri}: text that is not valid Unicode ({error.reason})", hint) from error
