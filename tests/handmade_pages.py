"""Hand-made pages for the extractor tests: blocks in, a document or the names found in it out."""

from __future__ import annotations

import re

from wekadocs_assets.core.extractors.registry import extract
from wekadocs_assets.core.models import Document, Entity, Extraction, Vocabulary
from wekadocs_assets.core.parsers import page as blocks
from wekadocs_assets.core.parsers import section_tree

Block = blocks.Block
CODE = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*")


def inline(text: str) -> blocks.Inline:
    """Text whose `code` and **bold** become marks."""
    out, marks, at, length = [], [], 0, 0
    for match in CODE.finditer(text):
        out.append(text[at : match.start()])
        length += match.start() - at
        piece = match[1] or match[2]
        marks.append(blocks.Mark("inline_code" if match[1] else "strong", length, length + len(piece)))
        out.append(piece)
        length += len(piece)
        at = match.end()
    return blocks.Inline("".join([*out, text[at:]]), tuple(marks))


def heading(text: str, level: int = 2) -> list[Block]:
    return [blocks.Heading(level, inline(text))]


def paragraph(text: str) -> list[Block]:
    return [blocks.Leaf("paragraph", inline(text))]


def code(text: str, language: str = "") -> list[Block]:
    return [blocks.Leaf("code", blocks.Inline(text), language)]


def numbered(*items: str | list[Block], first: int = 1) -> list[Block]:
    return _list("ordered_list", items, first)


def bullets(*items: str | list[Block]) -> list[Block]:
    return _list("bullet_list", items, 0)


def _list(kind: str, items: tuple[str | list[Block], ...], first: int) -> list[Block]:
    made: list[Block] = [blocks.Open(kind, str(first) if first else "")]
    for number, item in enumerate(items, first):
        content = paragraph(item) if isinstance(item, str) else item
        made += [blocks.Open("list_item", str(number) if first else ""), *content, blocks.Close()]
    return [*made, blocks.Close()]


def details(summary: str, *content: list[Block]) -> list[Block]:
    leaf = blocks.Leaf("summary", blocks.Inline(summary))
    return [blocks.Open("details", summary), leaf, *(b for part in content for b in part), blocks.Close()]


def table(headers: list[str], *rows: list[str]) -> list[Block]:
    head = blocks.table_row([inline(h) for h in headers], headers, header=True)
    body = [blocks.table_row([inline(c) for c in row], headers) for row in rows]
    return [blocks.Open("table"), head, *body, blocks.Close()]


def terms(*pairs: tuple[str, str]) -> list[Block]:
    made: list[Block] = [blocks.Open("definition_list")]
    for term, definition in pairs:
        made += [blocks.Leaf("term", inline(term)), blocks.Leaf("definition", inline(definition))]
    return [*made, blocks.Close()]


def document(*parts: list[Block]) -> Document:
    made = [block for part in parts for block in part]
    return section_tree.build(blocks.Page(blocks=made, visible=""), "docs", "page.md", "markdown")


def extracted(*parts: list[Block], vocabulary: Vocabulary | None = None) -> Extraction:
    return extract(document(*parts), vocabulary or Vocabulary())


def entities(extraction: Extraction, kind: str) -> list[Entity]:
    return [entity for entity in extraction.entities if entity.kind == kind]


def names(kind: str, *parts: list[Block], vocabulary: Vocabulary | None = None) -> set[str]:
    return {entity.name for entity in entities(extracted(*parts, vocabulary=vocabulary), kind)}


def procedures(*parts: list[Block]) -> list[tuple[str, int]]:
    """(title, number of steps) in reading order of the page."""
    made = document(*parts)
    found = extract(made, Vocabulary())
    place = {section.id: section.order for section in made.sections}
    starts = {m.entity_id: (place[m.section_id], m.start) for m in found.mentions}
    counted = [(starts[e.id], e.name, sum(1 for x in found.edges if x.type == "CONTAINS_STEP" and x.from_id == e.id))
               for e in entities(found, "Procedure")]  # fmt: skip
    return [(title, steps) for _, title, steps in sorted(counted)]
