"""Finds documents, sections, entities and nodes by id or name, and their relations; unknown names: ConfigurationError.

Add a lookup by name here. Composed views of sections belong to knowledge.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.graph.schema import EDGES
from wekadocs_assets.core.ids import canonical_name, normalised_uri
from wekadocs_assets.core.models import KINDS, Collection, Role
from wekadocs_assets.core.ports.graph_reader import AnyRow, DocumentRow, EdgeRow, EntityRow, GraphReader
from wekadocs_assets.core.search.answer import Neighbour, ProcedureSteps
from wekadocs_assets.core.search.knowledge import CONTAINS_STEP, MENTIONS, NEXT_SECTION, Passage, passages, with_steps
from wekadocs_assets.core.search.question import replace_lone_surrogates

LABELS = ("Document", "Section", *KINDS)
"""Labels that can be looked up; chunks, collections and the schema node have no documentation content."""
HAS_SUBSECTION = EDGES["HAS_SUBSECTION", "Section", "Section"]
EXECUTES = EDGES["EXECUTES", "Step", "Command"]
RESOLVES = EDGES["RESOLVES", "Procedure", "Error"]
HAS_PARAMETER = {kind: EDGES["HAS_PARAMETER", "Command", kind] for kind in ("Parameter", "Configuration")}
MOST_MENTIONS, MOST_RELATED, MOST_SUGGESTED = 20, 50, 5
Match = Literal["exact", "contains", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterUse:
    """A parameter of a command as one section describes it; default and type are '' where the section has none."""

    id: str
    kind: str
    name: str
    required: bool
    default: str
    type: str
    section_id: str


def check_tag(collections: Iterable[Collection], tag: str) -> None:
    """Raises ConfigurationError, with the known tags, when the tag is not '' and no collection has it."""
    known = sorted(collection.tag for collection in collections)
    if tag and tag not in known:
        raise ConfigurationError(f"there is no collection '{tag}'", f"known: {', '.join(known) or 'none yet'}")


def document(reader: GraphReader, name: str, tag: str = "") -> DocumentRow:
    """The one document with this id or source_uri, or whose source_uri ends with `/name`; none or several: ConfigurationError."""
    wanted = normalised_uri(replace_lone_surrogates(name))
    exact = [row for row in reader.documents(tag, wanted) if row["source_uri"] == wanted]
    by_id = [row for row in reader.nodes("Document", [wanted]).values() if tag in ("", row["tag"])]
    if found := exact or by_id:
        return _only(found, name)
    known = reader.documents(tag)
    if found := [row for row in known if row["source_uri"].endswith(f"/{wanted}")]:
        return _only(found, name)
    near = [row["source_uri"] for row in known if wanted.casefold() in row["source_uri"].casefold()]
    hint = f"perhaps {', '.join(near[:MOST_SUGGESTED])}" if near else "search_documentation reports source_uri and ids"
    raise ConfigurationError(f"no document '{name}' is in the index", hint)


def section(reader: GraphReader, section_id: str) -> Passage:
    """Unknown id: ConfigurationError."""
    section_id = replace_lone_surrogates(section_id)
    found = passages(reader, [section_id])
    if not found:
        hint = "take the section_id of a search result or an outline; one that was removed from its page is gone"
        raise ConfigurationError(f"no section has the id '{section_id}'", hint)
    return found[section_id]


def node(reader: GraphReader, node_id: str, label: str = "") -> tuple[str, AnyRow]:
    """(label, row). label '': any of LABELS. Unknown id: ConfigurationError."""
    node_id = replace_lone_surrogates(node_id)
    for one in [label] if label else LABELS:
        if found := reader.nodes(one, [node_id]):
            return one, found[node_id]
    what = f"{label} node" if label else "node"
    hint = "take an id out of another answer: a section_id, a document_id, or the id of an entity or procedure"
    raise ConfigurationError(f"no {what} has the id '{node_id}'", hint)


def around(reader: GraphReader, section_id: str) -> tuple[Neighbour | None, list[Neighbour]]:
    """The previous section, and the direct subsections in reading order."""
    before = [row["from_id"] for row in reader.edges(NEXT_SECTION, [section_id], leaving=False)]
    below = [row["to_id"] for row in reader.edges(HAS_SUBSECTION, [section_id])]
    rows = reader.nodes("Section", [*before, *below])
    children = sorted((rows[key] for key in below if key in rows), key=lambda row: row["order"])
    named = [Neighbour(row["id"], row["title"]) for row in children]
    previous = next((Neighbour(key, rows[key]["title"]) for key in before if key in rows), None)
    return previous, named


def entities(reader: GraphReader, name: str, kind: str, tag: str, limit: int) -> tuple[Match, list[EntityRow]]:
    """Entities with exactly this name, options with or without dashes; if there are none, entities whose name contains it."""
    kinds, wanted = [kind] if kind else list(KINDS), canonical_name(replace_lone_surrogates(name))
    bare = wanted.lstrip("-") or wanted
    if exact := [row for one in kinds for row in reader.named(one, [wanted, bare], tag)]:
        return "exact", exact[:limit]
    containing = [row for one in kinds for row in reader.like(one, bare, tag, limit)]
    return ("contains" if containing else "none"), sorted(containing, key=lambda row: len(row["name"]))[:limit]


def parameters(reader: GraphReader, command_id: str) -> list[ParameterUse]:
    """Parameters of a command, sorted by name; one entry for each section that describes the parameter."""
    found: list[ParameterUse] = []
    for kind, edge in HAS_PARAMETER.items():
        edges = reader.edges(edge, [command_id])
        names = reader.nodes(kind, sorted({row["to_id"] for row in edges}))
        found += [_use(kind, names[row["to_id"]]["name"], row) for row in edges if row["to_id"] in names]
    return sorted(found, key=lambda use: (use.name, use.section_id))


def _use(kind: str, name: object, edge: EdgeRow) -> ParameterUse:
    return ParameterUse(
        id=edge["to_id"],
        kind=kind,
        name=str(name),
        required=edge["required"],
        default=edge["default"],
        type=edge["type"],
        section_id=edge["derived_from_section_id"],
    )


def commands_with(reader: GraphReader, kind: str, parameter_id: str) -> list[EntityRow]:
    """Commands that take this parameter, sorted by name, at most MOST_RELATED."""
    ids = {row["from_id"] for row in reader.edges(HAS_PARAMETER[kind], [parameter_id], leaving=False)}
    return sorted(reader.nodes("Command", sorted(ids)).values(), key=lambda row: row["name"])[:MOST_RELATED]


def executed_by(reader: GraphReader, command_id: str) -> list[ProcedureSteps]:
    """Procedures with a step that executes the command."""
    steps = {row["from_id"] for row in reader.edges(EXECUTES, [command_id], leaving=False)}
    return _procedures(reader, reader.edges(CONTAINS_STEP, sorted(steps), leaving=False))


def resolved_by(reader: GraphReader, error_id: str) -> list[ProcedureSteps]:
    """Procedures that resolve the error."""
    return _procedures(reader, reader.edges(RESOLVES, [error_id], leaving=False))


def mentions(reader: GraphReader, kind: str, entity_id: str) -> tuple[int, list[tuple[Passage, Role]]]:
    """Number of sections that mention the entity, and the first MOST_MENTIONS with their role, defining ones first."""
    roles: dict[str, Role] = {}
    for row in reader.edges(MENTIONS[kind], [entity_id], leaving=False):
        if roles.get(row["from_id"]) != "defines":
            roles[row["from_id"]] = row["role"]
    order = sorted(roles, key=lambda key: (roles[key] != "defines", key))
    shown = passages(reader, order[:MOST_MENTIONS])
    return len(roles), [(passage, roles[key]) for key, passage in shown.items()]


def _procedures(reader: GraphReader, edges: Sequence[EdgeRow]) -> list[ProcedureSteps]:
    ids = sorted({row["from_id"] for row in edges})[:MOST_RELATED]
    return sorted(with_steps(reader, ids).values(), key=lambda steps: (steps.name, steps.id))


def _only(found: Sequence[DocumentRow], name: str) -> DocumentRow:
    if len(found) == 1:
        return found[0]
    names = ", ".join(f"{row['tag']}: {row['source_uri']}" for row in found[:MOST_SUGGESTED])
    raise ConfigurationError(f"'{name}' is {len(found)} documents: {names}", "say which: a tag, or a longer path")
