"""Reads the stores and builds the answers of the tools. Every function runs in the keeper's thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from wekadocs_assets.app.bootstrap import Stores
from wekadocs_assets.core.ports.graph_reader import EntityRow, GraphReader
from wekadocs_assets.core.search import knowledge, lookup
from wekadocs_assets.core.search.answer import Answer, ProcedureSteps, as_json
from wekadocs_assets.core.search.searcher import section_facts
from wekadocs_assets.mcp_server import models
from wekadocs_assets.mcp_server.resources import document_uri

LONGEST_NAME = 300


def search_answer(answer: Answer) -> models.SearchAnswer:
    """The answer of search_documentation."""
    return models.SearchAnswer.model_validate(as_json(answer))


def section_answer(stores: Stores, section_id: str, base_urls: Mapping[str, str]) -> models.SectionAnswer:
    """The answer of get_section. base_urls: by tag. ConfigurationError if there is no such section."""
    reader = stores.graph.reader()
    passage = lookup.section(reader, section_id)
    parent, following = knowledge.neighbours(reader, [passage])[section_id]
    previous, below = lookup.around(reader, section_id)
    facts = {
        **section_facts(passage, base_urls),
        "level": passage.level,
        "text": passage.text,
        "entities": [asdict(one) for one in knowledge.entities(reader, [section_id]).get(section_id, ())],
        "procedures": [asdict(one) for one in knowledge.procedures(reader, [section_id]).get(section_id, ())],
        "parent": asdict(parent) if parent else None,
        "previous": asdict(previous) if previous else None,
        "next": asdict(following) if following else None,
        "subsections": [asdict(one) for one in below],
    }
    return models.SectionAnswer.model_validate(facts)


def outline_answer(stores: Stores, document: str, tag: str, offset: int, limit: int) -> models.OutlineAnswer:
    """The answer of get_document_outline. ConfigurationError if no document, or more than one, has this name."""
    lookup.check_tag(stores.graph.collections(), tag)
    reader = stores.graph.reader()
    row = lookup.document(reader, document, tag)
    sections = knowledge.outline(reader, row["id"])
    return models.OutlineAnswer(
        document_id=row["id"],
        tag=row["tag"],
        source_uri=row["source_uri"],
        source_type=row["source_type"],
        title=row["title"],
        description=row["description"],
        last_edited=row["last_edited"],
        resource=document_uri(row),
        sections_total=len(sections),
        offset=offset,
        sections=[_outline_entry(passage) for passage in sections[offset : offset + limit]],
    )


def _outline_entry(passage: knowledge.Passage) -> models.OutlineEntry:
    return models.OutlineEntry(
        section_id=passage.id,
        level=passage.level,
        title=passage.title,
        anchor=passage.anchor,
        characters=len(passage.text),
    )


def entity_answer(
    stores: Stores, name: str, kind: str, tag: str, limit: int, base_urls: Mapping[str, str]
) -> models.EntityAnswer:
    """The answer of find_entity. Without a match it has a reason; ConfigurationError only for an unknown tag."""
    lookup.check_tag(stores.graph.collections(), tag)
    reader = stores.graph.reader()
    match, rows = lookup.entities(reader, name, kind, tag, limit)
    what = f"{kind or 'entity'} is named '{name}'"
    reason = "" if rows else f"no {what} or has a name that contains it; search_documentation finds sections"
    entities = [_entity_facts(reader, row, base_urls) for row in rows]
    return models.EntityAnswer(match=match, entities=entities, reason=reason)


def _entity_facts(reader: GraphReader, row: EntityRow, base_urls: Mapping[str, str]) -> models.EntityFacts:
    key, kind = str(row["id"]), str(row["kind"])
    total, shown = lookup.mentions(reader, kind, key)
    is_command, is_parameter = kind == "Command", kind in lookup.HAS_PARAMETER
    return models.EntityFacts(
        id=key,
        kind=kind,
        tag=row["tag"],
        name=row["name"],
        parameters=_parameters(reader, key) if is_command else [],
        commands=[graph_node("Command", one) for one in lookup.commands_with(reader, kind, key)]
        if is_parameter
        else [],
        executed_by=_steps(lookup.executed_by(reader, key)) if is_command else [],
        resolved_by=_steps(lookup.resolved_by(reader, key)) if kind == "Error" else [],
        mentions_total=total,
        mentions=[models.EntityMention(**section_facts(passage, base_urls), role=role) for passage, role in shown],
    )


def _parameters(reader: GraphReader, command_id: str) -> list[models.Parameter]:
    return [models.Parameter.model_validate(asdict(use)) for use in lookup.parameters(reader, command_id)]


def traverse_answer(stores: Stores, node_id: str, label: str, hops: int, limit: int) -> models.TraverseAnswer:
    """The answer of traverse. ConfigurationError if there is no such node."""
    reader = stores.graph.reader()
    found_label, row = lookup.node(reader, node_id, label)
    steps = knowledge.traverse(reader, found_label, node_id, hops, limit + 1)
    distance = {node_id: 0}
    nodes = []
    for step in steps[:limit]:
        reached = graph_node(step.label, step.node)
        distance[reached.id] = distance[step.from_id] + 1
        nodes.append(
            models.TraversedNode(
                **reached.model_dump(),
                hops=distance[reached.id],
                edge=step.edge,
                direction="out" if step.out else "in",
                from_id=step.from_id,
            )
        )
    return models.TraverseAnswer(start=graph_node(found_label, row), nodes=nodes, complete=len(steps) <= limit)


def graph_node(label: str, row: Mapping[str, object]) -> models.GraphNode:
    """A node in an answer: its name is its title, instruction or name, cut to LONGEST_NAME characters."""
    name = row.get("title") or row.get("instruction") or row.get("name") or ""
    uri = str(row.get("source_uri", ""))
    return models.GraphNode(
        id=str(row["id"]), label=label, name=str(name)[:LONGEST_NAME], tag=str(row["tag"]), source_uri=uri
    )


def _steps(found: Sequence[ProcedureSteps]) -> list[models.Steps]:
    return [models.Steps.model_validate(asdict(one)) for one in found]
