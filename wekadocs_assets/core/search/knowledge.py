"""What the graph knows about sections and entities, composed from a reader's rows; it explains, it does not rank."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from wekadocs_assets.core.graph.schema import EDGES, EdgeType
from wekadocs_assets.core.ids import canonical_name
from wekadocs_assets.core.models import KINDS, SHARED_KINDS
from wekadocs_assets.core.ports.graph_reader import DocumentRow, GraphReader, MentionRow, SectionRow
from wekadocs_assets.core.search.answer import Neighbour, SectionEntity, Steps

HAS_SECTION = EDGES["HAS_SECTION", "Document", "Section"]
NEXT_SECTION = EDGES["NEXT_SECTION", "Section", "Section"]
CONTAINS_STEP = EDGES["CONTAINS_STEP", "Procedure", "Step"]
MENTIONS = {kind: EDGES["MENTIONS", "Section", kind] for kind in KINDS}
TOLD = tuple(kind for kind in KINDS if kind not in ("Step", "Example"))
"""Kinds that are told of a section: steps stand with their procedure, examples are in the text."""
MOST_ENTITIES, MOST_STEPS, MOST_WORDS_OF_A_NAME = 12, 30, 6
"""Told of a section; words of an entity's name that a question is searched for."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A section with what its document is called."""

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
    """By section id, in the order asked for; a section that went away meanwhile is absent."""
    sections = reader.nodes("Section", section_ids)
    documents = reader.nodes("Document", sorted({row["document_id"] for row in sections.values()}))
    known = (sections[key] for key in section_ids if key in sections)
    return {row["id"]: _passage(row, documents[row["document_id"]]) for row in known if row["document_id"] in documents}


def outline(reader: GraphReader, document_id: str) -> list[Passage]:
    """The document's sections in reading order; none where it is not known."""
    hung = reader.edges(HAS_SECTION, [document_id])
    return sorted(passages(reader, [row["to_id"] for row in hung]).values(), key=lambda passage: passage.order)


def neighbours(reader: GraphReader, found: Sequence[Passage]) -> dict[str, tuple[Neighbour | None, Neighbour | None]]:
    """Parent and next section by section id."""
    following = {row["from_id"]: row["to_id"] for row in reader.edges(NEXT_SECTION, [passage.id for passage in found])}
    wanted = {passage.parent_id for passage in found if passage.parent_id} | set(following.values())
    titles = {key: Neighbour(key, row["title"]) for key, row in reader.nodes("Section", sorted(wanted)).items()}
    return {p.id: (titles.get(p.parent_id), titles.get(following.get(p.id, ""))) for p in found}


def entities(reader: GraphReader, section_ids: Sequence[str], question: str = "") -> dict[str, list[SectionEntity]]:
    """By section: first what the question names, then what the section defines, then the rest; bounded."""
    asked = names_in(question)
    told: dict[str, dict[str, SectionEntity]] = defaultdict(dict)
    for kind in TOLD:
        for row in reader.mentions(kind, section_ids):
            _tell(told[row["section_id"]], kind, row, asked)
    return {key: sorted(found.values(), key=_first_told)[:MOST_ENTITIES] for key, found in told.items()}


def procedures(reader: GraphReader, section_ids: Sequence[str]) -> dict[str, list[Steps]]:
    """By section: its procedures with their steps in order."""
    mentioned = sorted(reader.mentions("Procedure", section_ids), key=lambda row: (row["section_id"], row["id"]))
    known = with_steps(reader, sorted({row["id"] for row in mentioned}))
    found: dict[str, list[Steps]] = defaultdict(list)
    for row in mentioned:
        if row["id"] in known:
            found[row["section_id"]].append(known[row["id"]])
    return found


def with_steps(reader: GraphReader, procedure_ids: Sequence[str]) -> dict[str, Steps]:
    """Procedures by id, each with its steps in order."""
    if not procedure_ids:
        return {}
    names = reader.nodes("Procedure", procedure_ids)
    contained = sorted(reader.edges(CONTAINS_STEP, procedure_ids), key=lambda row: row["order"])
    steps = reader.nodes("Step", sorted({row["to_id"] for row in contained}))
    told: dict[str, list[str]] = defaultdict(list)
    for row in contained:
        if row["to_id"] in steps:
            told[row["from_id"]].append(steps[row["to_id"]]["instruction"])
    return {key: Steps(key, row["name"], tuple(told[key][:MOST_STEPS])) for key, row in names.items()}


def names_in(question: str) -> set[str]:
    """Every run of words that may be the whole name of an entity, in any case; an option with and without its dashes."""
    words = [word.strip(",;:!?()'\"") for word in canonical_name(question).casefold().split()]
    runs = {" ".join(words[i : i + n]) for n in range(1, MOST_WORDS_OF_A_NAME + 1) for i in range(len(words) - n + 1)}
    plain = {run.strip("`.") for run in runs}
    return (runs | plain | {run.lstrip("-") for run in plain}) - {""}


@dataclass(frozen=True, slots=True)
class Step:
    """An edge that was gone along, and the node that it led to. out: along its direction."""

    edge: str
    out: bool
    from_id: str
    label: str
    node: Mapping[str, object]


def traverse(reader: GraphReader, label: str, node_id: str, hops: int, limit: int) -> list[Step]:
    """Nodes around this one, nearest first, each once; at most `limit`."""
    seen, frontier = {node_id}, {label: [node_id]}
    found: list[Step] = []
    for _ in range(hops):
        reached: dict[str, list[str]] = defaultdict(list)
        for start, edge, out in _ways(frontier):
            steps = _go(reader, edge, frontier[start], out, seen, limit - len(found))
            found += steps
            reached[edge.to_label if out else edge.from_label] += [str(step.node["id"]) for step in steps]
            if len(found) >= limit:
                return found
        frontier = reached
    return found


def _ways(frontier: Mapping[str, Sequence[str]]) -> Iterable[tuple[str, EdgeType, bool]]:
    for edge in EDGES.values():
        if edge.type != "HAS_CHUNK":  # a chunk says nothing that its section does not
            if frontier.get(edge.from_label):
                yield edge.from_label, edge, True
            if frontier.get(edge.to_label):
                yield edge.to_label, edge, False


def _go(reader: GraphReader, edge: EdgeType, ids: Sequence[str], out: bool, seen: set[str], room: int) -> list[Step]:
    ways: dict[str, str] = {}  # id of the node that is reached -> id of the node that it is reached from
    for row in reader.edges(edge, ids, leaving=out):
        start, end = (row["from_id"], row["to_id"]) if out else (row["to_id"], row["from_id"])
        if end not in seen and len(ways) < room:
            ways.setdefault(end, start)
    seen.update(ways)
    label = edge.to_label if out else edge.from_label
    nodes = reader.nodes(label, sorted(ways))
    return [Step(edge.type, out, ways[key], label, nodes[key]) for key in ways if key in nodes]


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


def _tell(told: dict[str, SectionEntity], kind: str, row: MentionRow, asked: set[str]) -> None:
    """Once, as defined where any mention defines it."""
    known = told.get(row["id"])
    if known is None or known.role == "uses":
        is_asked = kind in SHARED_KINDS and row["name"].casefold() in asked
        told[row["id"]] = SectionEntity(row["id"], kind, row["name"], row["role"], is_asked)


def _first_told(entity: SectionEntity) -> tuple[bool, bool, int, str, str]:
    return not entity.asked, entity.role != "defines", KINDS.index(entity.kind), entity.name, entity.id
