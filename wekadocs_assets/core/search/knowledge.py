"""Sections with their entities, procedures and neighbours, composed from the rows of a graph reader.

Add a view of the graph for answers here. Ranking belongs to hybrid.py; finding a node by its name to lookup.py.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from wekadocs_assets.core.graph.schema import EDGES, EdgeType
from wekadocs_assets.core.ids import canonical_name
from wekadocs_assets.core.models import KINDS, SHARED_KINDS
from wekadocs_assets.core.ports.graph_reader import DocumentRow, GraphReader, MentionRow, SectionRow
from wekadocs_assets.core.search.answer import Neighbour, ProcedureSteps, SectionEntity

HAS_SECTION = EDGES["HAS_SECTION", "Document", "Section"]
NEXT_SECTION = EDGES["NEXT_SECTION", "Section", "Section"]
CONTAINS_STEP = EDGES["CONTAINS_STEP", "Procedure", "Step"]
MENTIONS = {kind: EDGES["MENTIONS", "Section", kind] for kind in KINDS}
LISTED_KINDS = tuple(kind for kind in KINDS if kind not in ("Step", "Example"))
"""Kinds that are listed for a section: steps are listed with their procedure, examples are in the text."""
MOST_ENTITIES, MOST_STEPS, MOST_WORDS_OF_A_NAME = 12, 30, 6
"""Per section; per procedure; longest entity name that is looked for in a question, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A section with the names of its document."""

    id: str
    tag: str
    document_id: str
    source_uri: str
    document_title: str
    title: str
    heading_path: tuple[str, ...]
    anchor: str
    level: int
    order: int
    parent_id: str
    text: str


def passages(reader: GraphReader, section_ids: Sequence[str]) -> dict[str, Passage]:
    """By section id, in the given order; sections without a node are left out."""
    sections = reader.nodes("Section", section_ids)
    documents = reader.nodes("Document", sorted({row["document_id"] for row in sections.values()}))
    present = (sections[key] for key in section_ids if key in sections)
    return {
        row["id"]: _passage(row, documents[row["document_id"]]) for row in present if row["document_id"] in documents
    }


def outline(reader: GraphReader, document_id: str) -> list[Passage]:
    """The document's sections in reading order; empty for an unknown id."""
    edges = reader.edges(HAS_SECTION, [document_id])
    return sorted(passages(reader, [row["to_id"] for row in edges]).values(), key=lambda passage: passage.order)


def neighbours(reader: GraphReader, found: Sequence[Passage]) -> dict[str, tuple[Neighbour | None, Neighbour | None]]:
    """Parent and next section by section id."""
    following = {row["from_id"]: row["to_id"] for row in reader.edges(NEXT_SECTION, [passage.id for passage in found])}
    wanted = {passage.parent_id for passage in found if passage.parent_id} | set(following.values())
    titles = {key: Neighbour(key, row["title"]) for key, row in reader.nodes("Section", sorted(wanted)).items()}
    return {p.id: (titles.get(p.parent_id), titles.get(following.get(p.id, ""))) for p in found}


def entities(reader: GraphReader, section_ids: Sequence[str], question: str = "") -> dict[str, list[SectionEntity]]:
    """At most MOST_ENTITIES by section: first those named in the question, then those defined there, then the others."""
    asked = names_in(question)
    found: dict[str, dict[str, SectionEntity]] = defaultdict(dict)
    for kind in LISTED_KINDS:
        for row in reader.mentions(kind, section_ids):
            _add(found[row["section_id"]], kind, row, asked)
    return {key: sorted(of_section.values(), key=_listing_order)[:MOST_ENTITIES] for key, of_section in found.items()}


def procedures(reader: GraphReader, section_ids: Sequence[str]) -> dict[str, list[ProcedureSteps]]:
    """By section: its procedures with their steps in order."""
    mentioned = sorted(reader.mentions("Procedure", section_ids), key=lambda row: (row["section_id"], row["id"]))
    known = with_steps(reader, sorted({row["id"] for row in mentioned}))
    found: dict[str, list[ProcedureSteps]] = defaultdict(list)
    for row in mentioned:
        if row["id"] in known:
            found[row["section_id"]].append(known[row["id"]])
    return found


def with_steps(reader: GraphReader, procedure_ids: Sequence[str]) -> dict[str, ProcedureSteps]:
    """Procedures by id, each with its steps in order."""
    if not procedure_ids:
        return {}
    names = reader.nodes("Procedure", procedure_ids)
    contained = sorted(reader.edges(CONTAINS_STEP, procedure_ids), key=lambda row: row["order"])
    steps = reader.nodes("Step", sorted({row["to_id"] for row in contained}))
    instructions: dict[str, list[str]] = defaultdict(list)
    for row in contained:
        if row["to_id"] in steps:
            instructions[row["from_id"]].append(steps[row["to_id"]]["instruction"])
    return {key: ProcedureSteps(key, row["name"], tuple(instructions[key][:MOST_STEPS])) for key, row in names.items()}


def names_in(question: str) -> set[str]:
    """Every run of words that may be the name of an entity, case folded; options with and without their dashes."""
    words = [word.strip(",;:!?()'\"") for word in canonical_name(question).casefold().split()]
    runs = {" ".join(words[i : i + n]) for n in range(1, MOST_WORDS_OF_A_NAME + 1) for i in range(len(words) - n + 1)}
    plain = {run.strip("`.") for run in runs}
    return (runs | plain | {run.lstrip("-") for run in plain}) - {""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """An edge that a traversal followed, and the node at its other end. out: followed in its direction."""

    edge: str
    out: bool
    from_id: str
    label: str
    node: Mapping[str, object]


def traverse(reader: GraphReader, label: str, node_id: str, hops: int, limit: int) -> list[Hop]:
    """Breadth first: at most `limit` nodes within `hops` edges of this one, nearest first, each once."""
    seen, frontier = {node_id}, {label: [node_id]}
    found: list[Hop] = []
    for _ in range(hops):
        reached: dict[str, list[str]] = defaultdict(list)
        for start, edge, out in _edge_types(frontier):
            steps = _follow(reader, edge, frontier[start], out, seen, limit - len(found))
            found += steps
            reached[edge.to_label if out else edge.from_label] += [str(step.node["id"]) for step in steps]
            if len(found) >= limit:
                return found
        frontier = reached
    return found


def _edge_types(frontier: Mapping[str, Sequence[str]]) -> Iterable[tuple[str, EdgeType, bool]]:
    for edge in EDGES.values():
        if edge.type != "HAS_CHUNK":  # a chunk repeats the text of its section
            if frontier.get(edge.from_label):
                yield edge.from_label, edge, True
            if frontier.get(edge.to_label):
                yield edge.to_label, edge, False


def _follow(reader: GraphReader, edge: EdgeType, ids: Sequence[str], out: bool, seen: set[str], room: int) -> list[Hop]:
    ways: dict[str, str] = {}  # id of the node that is reached -> id of the node that it is reached from
    for row in reader.edges(edge, ids, leaving=out):
        start, end = (row["from_id"], row["to_id"]) if out else (row["to_id"], row["from_id"])
        if end not in seen and len(ways) < room:
            ways.setdefault(end, start)
    seen.update(ways)
    label = edge.to_label if out else edge.from_label
    nodes = reader.nodes(label, sorted(ways))
    return [
        Hop(edge=edge.type, out=out, from_id=ways[key], label=label, node=nodes[key]) for key in ways if key in nodes
    ]


def _passage(row: SectionRow, document: DocumentRow) -> Passage:
    return Passage(
        id=row["id"],
        tag=row["tag"],
        document_id=row["document_id"],
        source_uri=document["source_uri"],
        document_title=document["title"],
        title=row["title"],
        heading_path=tuple(json.loads(row["heading_path"])),
        anchor=row["anchor"],
        level=row["level"],
        order=row["order"],
        parent_id=row["parent_id"],
        text=row["text"],
    )


def _add(found: dict[str, SectionEntity], kind: str, row: MentionRow, asked: set[str]) -> None:
    """Adds an entity once; the role `defines` wins over `uses`."""
    known = found.get(row["id"])
    if known is None or known.role == "uses":
        is_asked = kind in SHARED_KINDS and row["name"].casefold() in asked
        found[row["id"]] = SectionEntity(id=row["id"], kind=kind, name=row["name"], role=row["role"], asked=is_asked)


def _listing_order(entity: SectionEntity) -> tuple[bool, bool, int, str, str]:
    return not entity.asked, entity.role != "defines", KINDS.index(entity.kind), entity.name, entity.id
