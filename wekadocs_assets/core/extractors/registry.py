"""Runs all extractors on a document and merges their mentions into an Extraction: ids, duplicates, order.

A new extractor is added to EXTRACTORS.
"""

from __future__ import annotations

from functools import lru_cache

from wekadocs_assets.core import ids
from wekadocs_assets.core.extractors.command import commands
from wekadocs_assets.core.extractors.component import components
from wekadocs_assets.core.extractors.concept import concepts
from wekadocs_assets.core.extractors.configuration import configurations
from wekadocs_assets.core.extractors.error import errors
from wekadocs_assets.core.extractors.example import examples
from wekadocs_assets.core.extractors.found import FoundMention
from wekadocs_assets.core.extractors.page_reading import read_page
from wekadocs_assets.core.extractors.parameter import parameters
from wekadocs_assets.core.extractors.procedure import procedures, read_procedures
from wekadocs_assets.core.extractors.relations import Relation, relations
from wekadocs_assets.core.models import PLACED_KINDS, Document, Edge, Entity, Extraction, Mention, Vocabulary

EXTRACTORS = (commands, configurations, parameters, errors, concepts, components, examples)


def extract(document: Document, vocabulary: Vocabulary) -> Extraction:
    """All entities, mentions and derived edges of a document, sorted, so that equal input gives equal output."""
    reading = read_page(document, vocabulary)
    found = [one for extractor in EXTRACTORS for one in extractor(reading)]
    sequences = read_procedures(reading)
    found = _unique([*found, *procedures(sequences)])
    spans = {(item.section_id, item.start): item.extent for sequence in sequences for item in sequence.steps}
    keep = {entity_id(document.tag, one) for one in found}
    edges = [_edge(document.tag, one) for one in relations(reading, found, spans)]
    return Extraction(
        document.id,
        tuple(sorted(_entities(document.tag, found), key=lambda e: (e.kind, e.name, e.id))),
        tuple(
            sorted(
                (_mention(document.tag, f) for f in found), key=lambda m: (m.section_id, m.start, m.end, m.entity_id)
            )
        ),
        _merge_edges([edge for edge in edges if edge.from_id in keep and edge.to_id in keep]),
    )


def entity_id(tag: str, found: FoundMention) -> str:
    """The id of the mention's entity: by place for placed kinds, else by kind and canonical name."""
    if found.kind in PLACED_KINDS:
        return ids.placed_entity_id(found.section_id, found.kind, found.ordinal)
    return _shared_id(tag, found.kind, found.name)


@lru_cache(maxsize=1024)
def _shared_id(tag: str, kind: str, name: str) -> str:
    """Cached: a page mentions the same few entities many times."""
    return ids.shared_entity_id(tag, kind, name)


def _unique(found: list[FoundMention]) -> list[FoundMention]:
    """One mention per entity and start offset: a definition before a use, then the highest confidence. Keeps the order."""
    best: dict[tuple[str, str, str, int, int], FoundMention] = {}
    for one in found:
        name = ids.canonical_name(one.name)
        if not name or one.start >= one.end:
            continue
        key = (one.section_id, one.kind, name, one.ordinal, one.start)
        known = best.get(key)
        if known is None or (one.role == "defines", one.confidence, one.end) > (
            known.role == "defines",
            known.confidence,
            known.end,
        ):
            best[key] = one
    return list(best.values())


def _entities(tag: str, found: list[FoundMention]) -> list[Entity]:
    entities: dict[str, Entity] = {}
    for one in found:
        key = entity_id(tag, one)
        placed = one.kind in PLACED_KINDS
        entities.setdefault(
            key,
            Entity(
                id=key,
                tag=tag,
                kind=one.kind,
                name=ids.canonical_name(one.name),
                section_id=one.section_id if placed else "",
                order=one.order,
                instruction=one.instruction,
            ),
        )
    return list(entities.values())


def _mention(tag: str, one: FoundMention) -> Mention:
    return Mention(
        section_id=one.section_id,
        entity_id=entity_id(tag, one),
        role=one.role,
        confidence=one.confidence,
        start=one.start,
        end=one.end,
    )


def _edge(tag: str, one: Relation) -> Edge:
    return Edge(
        type=one.type,
        from_id=entity_id(tag, one.source),
        to_id=entity_id(tag, one.target),
        derived_from_section_id=one.section_id,
        confidence=one.confidence,
        properties=one.properties,
    )


def _merge_edges(edges: list[Edge]) -> tuple[Edge, ...]:
    """One edge for each (type, from, to, section): the one with the most properties, then the highest confidence."""
    best: dict[tuple[str, str, str, str], Edge] = {}
    for edge in edges:
        key = (edge.type, edge.from_id, edge.to_id, edge.derived_from_section_id)
        if key not in best or _edge_rank(edge) > _edge_rank(best[key]):
            best[key] = edge
    return tuple(best[key] for key in sorted(best))


def _edge_rank(edge: Edge) -> tuple[bool, bool, float]:
    properties = edge.properties
    return bool(properties.get("default") or properties.get("type")), bool(properties.get("required")), edge.confidence
