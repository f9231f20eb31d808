"""Documents and extractions for the graph's tests, made from a few words so that a test shows what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wekadocs_assets.core import ids
from wekadocs_assets.core.models import Document, Edge, Entity, Extraction, LedgerEntry, Link, Mention, Section

TAG = "docs"
NASTY = "it's \"quoted\" \\ back\\slash {`tick`} $tag\r\n\ttab 😀 \u200b\u00e9e\u0301 \x00 end'; MATCH (n) DETACH DELETE n //"
"""Text that breaks out of a statement which it was formatted into."""


@dataclass(frozen=True)
class Part:
    """A section: its title, text, what it mentions as (kind, name), the commands of its steps, the targets of its links."""

    title: str
    text: str = "some text"
    mentions: tuple[tuple[str, str], ...] = ()
    steps: tuple[str, ...] = ()
    option: str = ""
    solves: str = ""
    links: tuple[str, ...] = ()


def page(uri: str, parts: Sequence[Part], tag: str = TAG, title: str = "A page") -> tuple[Document, Extraction]:
    document_id = ids.document_id(tag, uri)
    sections: list[Section] = []
    found = _Found(tag)
    for order, part in enumerate(parts):
        section = _section(document_id, tag, part, order, sections[0].id if sections else "")
        sections.append(section)
        found.read(section, part)
    document = Document(document_id, tag, uri, "markdown", title, sections=tuple(sections))
    return document, Extraction(document_id, tuple(found.entities.values()), tuple(found.mentions), tuple(found.edges))


def entry(document: Document, **known) -> LedgerEntry:
    key = ids.partition_key(document.tag, document.source_uri)
    return LedgerEntry(document.id, document.tag, document.source_uri, key, **known)


def _section(document_id: str, tag: str, part: Part, order: int, first: str) -> Section:
    return Section(
        id=ids.section_id(document_id, (part.title,), 0),
        tag=tag,
        document_id=document_id,
        parent_id=first,
        level=2 if first else 1,
        title=part.title,
        heading_path=(part.title,),
        anchor=part.title.lower(),
        order=order,
        text=part.text,
        checksum=ids.digest(part.title, part.text),
        tokens=len(part.text.split()),
        links=tuple(Link(target, 0, 0) for target in part.links),
    )


class _Found:
    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.entities: dict[str, Entity] = {}
        self.mentions: list[Mention] = []
        self.edges: list[Edge] = []

    def read(self, section: Section, part: Part) -> None:
        for at, (kind, name) in enumerate(part.mentions):
            self.mentions.append(Mention(section.id, self._shared(kind, name), "uses", 0.5, at, at + 1))
        if part.option:
            ends = self._shared("Command", "run"), self._shared("Configuration", part.option)
            values = {"required": True, "type": "int"}
            self.edges.append(Edge("HAS_PARAMETER", *ends, section.id, 0.8, values))
        if part.steps:
            self._procedure(section, part)

    def _procedure(self, section: Section, part: Part) -> None:
        procedure = self._placed(section, "Procedure", 0)
        self.mentions.append(Mention(section.id, procedure, "defines", 1.0, 0, 1))
        for order, command in enumerate(part.steps):
            step = self._placed(section, "Step", order)
            self.edges.append(Edge("CONTAINS_STEP", procedure, step, section.id, 0.9, {"order": order}))
            self.edges.append(Edge("EXECUTES", step, self._shared("Command", command), section.id, 0.9))
        if part.solves:
            self.edges.append(Edge("RESOLVES", procedure, self._shared("Error", part.solves), section.id, 0.7))

    def _shared(self, kind: str, name: str) -> str:
        entity = Entity(ids.shared_entity_id(self.tag, kind, name), self.tag, kind, name)
        self.entities[entity.id] = entity
        return entity.id

    def _placed(self, section: Section, kind: str, order: int) -> str:
        key = ids.placed_entity_id(section.id, kind, order)
        instruction = f"do {order}" if kind == "Step" else ""
        self.entities[key] = Entity(key, self.tag, kind, f"{kind} {order}", section.id, order, instruction)
        return key
