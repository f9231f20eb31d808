"""What a format parser hands to section_tree: a flat stream of blocks in reading order (no sections, no ids yet)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from wekadocs_assets.core.models import Repair

CELL_SEPARATOR = " | "


@dataclass(frozen=True, slots=True)
class Mark:
    """Inline markup over `Inline.text[start:end]`: inline_code, strong, emphasis, link or image (info = target), table_cell."""

    kind: str
    start: int
    end: int
    info: str = ""


@dataclass(frozen=True, slots=True)
class Inline:
    """Visible text with its marks; markup signs are gone, entities decoded."""

    text: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """level 1..; anchor: the element id that the site gives, '' to have a slug made."""

    level: int
    inline: Inline
    anchor: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Open:
    """A container begins: ordered_list, bullet_list, list_item, quote, details, tab, admonition, table, definition_list.

    info as models.Span says. A heading inside it is fine: the section tree closes and continues it.
    """

    kind: str
    info: str = ""


@dataclass(frozen=True, slots=True)
class Close:
    """The innermost container ends."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """Text of one kind: paragraph, code, table_row, term, definition, summary, caption, image."""

    kind: str
    inline: Inline
    info: str = ""


Block = Heading | Open | Close | Leaf


@dataclass(slots=True)
class Page:
    """A parsed page before its sections are cut.

    front_title: title of the front matter or of the Notion page; html_title: `<title>`. visible: the page's visible
    text read by a second, cruder way, to check that no word was lost. last_edited: ISO 8601, '' when unknown.
    """

    blocks: list[Block]
    visible: str
    front_title: str = ""
    html_title: str = ""
    description: str = ""
    last_edited: str = ""
    repairs: list[Repair] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def joined(parts: Iterable[Inline], separator: str = "") -> Inline:
    """Inlines one after the other, marks shifted to their new places."""
    text: list[str] = []
    marks: list[Mark] = []
    at = 0
    for number, part in enumerate(parts):
        if number and separator:
            text.append(separator)
            at += len(separator)
        marks.extend(Mark(m.kind, at + m.start, at + m.end, m.info) for m in part.marks)
        text.append(part.text)
        at += len(part.text)
    return Inline("".join(text), tuple(marks))


def table_row(cells: Sequence[Inline], headers: Sequence[str] = (), *, header: bool = False) -> Leaf:
    """A row as `a | b | c`, each cell marked with its column's header ('' beyond the last header)."""
    marked = [
        Inline(cell.text, (Mark("table_cell", 0, len(cell.text), headers[i] if i < len(headers) else ""), *cell.marks))
        for i, cell in enumerate(cells)
    ]
    return Leaf("table_row", joined(marked, CELL_SEPARATOR), "header" if header else "")


def stripped(inline: Inline) -> Inline:
    """Without white space at both ends; marks cut to what remains, empty ones dropped."""
    left = len(inline.text) - len(inline.text.lstrip())
    text = inline.text.strip()
    marks = (Mark(m.kind, max(m.start - left, 0), min(m.end - left, len(text)), m.info) for m in inline.marks)
    return Inline(text, tuple(m for m in marks if m.start < m.end or (m.kind == "table_cell" and m.start == m.end)))
