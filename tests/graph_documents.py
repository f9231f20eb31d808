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
    document = Document(
        id=document_id, tag=tag, source_uri=uri, source_type="markdown", title=title, sections=tuple(sections)
    )
    return document, Extraction(document_id, tuple(found.entities.values()), tuple(found.mentions), tuple(found.edges))


def entry(document: Document, **known) -> LedgerEntry:
    key = ids.partition_key(document.tag, document.source_uri)
    return LedgerEntry(
        document_id=document.id, tag=document.tag, source_uri=document.source_uri, partition_key=key, **known
    )


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
            self.mentions.append(
                Mention(
                    section_id=section.id,
                    entity_id=self._shared(kind, name),
                    role="uses",
                    confidence=0.5,
                    start=at,
                    end=at + 1,
                )
            )
        if part.option:
            self._edge(
                "HAS_PARAMETER",
                self._shared("Command", "run"),
                self._shared("Configuration", part.option),
                section,
                0.8,
                {"required": True, "type": "int"},
            )
        if part.steps:
            self._procedure(section, part)

    def _procedure(self, section: Section, part: Part) -> None:
        procedure = self._placed(section, "Procedure", 0)
        self.mentions.append(
            Mention(section_id=section.id, entity_id=procedure, role="defines", confidence=1.0, start=0, end=1)
        )
        for order, command in enumerate(part.steps):
            step = self._placed(section, "Step", order)
            self._edge("CONTAINS_STEP", procedure, step, section, 0.9, {"order": order})
            self._edge("EXECUTES", step, self._shared("Command", command), section, 0.9)
        if part.solves:
            self._edge("RESOLVES", procedure, self._shared("Error", part.solves), section, 0.7)

    def _edge(
        self, kind: str, start: str, end: str, section: Section, confidence: float, properties: dict | None = None
    ) -> None:
        self.edges.append(
            Edge(
                type=kind,
                from_id=start,
                to_id=end,
                derived_from_section_id=section.id,
                confidence=confidence,
                properties=properties or {},
            )
        )

    def _shared(self, kind: str, name: str) -> str:
        entity = Entity(id=ids.shared_entity_id(self.tag, kind, name), tag=self.tag, kind=kind, name=name)
        self.entities[entity.id] = entity
        return entity.id

    def _placed(self, section: Section, kind: str, order: int) -> str:
        key = ids.placed_entity_id(section.id, kind, order)
        instruction = f"do {order}" if kind == "Step" else ""
        self.entities[key] = Entity(
            id=key,
            tag=self.tag,
            kind=kind,
            name=f"{kind} {order}",
            section_id=section.id,
            order=order,
            instruction=instruction,
        )
        return key
