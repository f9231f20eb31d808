"""The output of a format parser: a flat stream of blocks in reading order, the input of section_tree.

Sections, ids and the layout of the text do not belong here; section_tree makes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from wekadocs_assets.core.models import Repair

CELL_SEPARATOR = " | "


@dataclass(frozen=True, slots=True)
class Mark:
    """Inline markup of `Inline.text[start:end]`.

    kind: inline_code, strong, emphasis, link or image (info = target), table_cell (info = the column's header).
    """

    kind: str
    start: int
    end: int
    info: str = ""


@dataclass(frozen=True, slots=True)
class Inline:
    """Visible text with its marks: markup characters are removed, character references decoded."""

    text: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading. level: 1 is the outermost; anchor: the element id on the site, '' if section_tree is to make a slug.

    line: 1-based line in the source, 0 when unknown.
    """

    level: int
    inline: Inline
    anchor: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Open:
    """Start of a container: ordered_list, bullet_list, list_item, quote, details, tab, admonition, table, definition_list.

    info: see models.Span. A heading inside a container is allowed: section_tree ends the container before the heading
    and continues it in the new section.
    """

    kind: str
    info: str = ""


@dataclass(frozen=True, slots=True)
class Close:
    """End of the innermost open container."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One block of text. kind: paragraph, code, table_row, term, definition, summary, caption or image; info: see models.Span."""

    kind: str
    inline: Inline
    info: str = ""


Block = Heading | Open | Close | Leaf


@dataclass(slots=True, kw_only=True)
class Page:
    """A parsed page before it is cut into sections.

    visible: the page's visible text, read by a second, simpler method; section_tree compares its words with the
    sections to detect lost text. front_title: title in the front matter or of the Notion page; html_title: `<title>`.
    last_edited: ISO 8601, '' when unknown.
    """

    blocks: list[Block]
    visible: str
    front_title: str = ""
    html_title: str = ""
    description: str = ""
    last_edited: str = ""
    repairs: list[Repair] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def join_inlines(parts: Iterable[Inline], separator: str = "") -> Inline:
    """Concatenates inlines and shifts their marks to the new offsets."""
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
    """A table_row leaf with the text `a | b | c`; each cell is a table_cell mark with its column's header ('' if it has none)."""
    marked = [
        Inline(cell.text, (Mark("table_cell", 0, len(cell.text), headers[i] if i < len(headers) else ""), *cell.marks))
        for i, cell in enumerate(cells)
    ]
    return Leaf("table_row", join_inlines(marked, CELL_SEPARATOR), "header" if header else "")


def strip_inline(inline: Inline) -> Inline:
    """Strips white space at both ends. Marks are clipped to the remaining text; empty ones are dropped, except table cells."""
    left = len(inline.text) - len(inline.text.lstrip())
    text = inline.text.strip()
    marks = (Mark(m.kind, max(m.start - left, 0), min(m.end - left, len(text)), m.info) for m in inline.marks)
    return Inline(text, tuple(m for m in marks if m.start < m.end or (m.kind == "table_cell" and m.start == m.end)))
