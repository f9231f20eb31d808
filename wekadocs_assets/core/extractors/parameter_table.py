"""Recognizes parameter tables and reads their rows: name, whether required, default value, type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wekadocs_assets.core.extractors.leaves import Leaf
from wekadocs_assets.core.models import Section, Span

SETTING_HEADER = re.compile(
    r"(?:(?:cli|command|mount|kernel|module|terraform|configuration|config|environment|input|required|optional|custom|new|current|helm) )*"
    r"(?:parameters?|options?|variables?|propert(?:y|ies)|settings?|keys?|arguments?|flags?|switch(?:es)?|attributes?|tunables?|inputs?)(?: names?)?",
    re.IGNORECASE,
)
LABEL = re.compile(
    r"\b(?:parameters?|options?|variables?|propert(?:y|ies)|settings?|arguments?|flags?|attributes?|tunables?|configurations?)\b",
    re.IGNORECASE,
)
NAME_HEADER = re.compile(r"names?|field|fields|yaml path|path", re.IGNORECASE)
VALUE_HEADER = re.compile(
    r"values?|defaults?(?: values?)?|type|required|mandatory|limitations|possible values|valid values", re.IGNORECASE
)
NAME = re.compile(r"(?P<dash>-{1,2}|–|—)?(?P<name>[A-Za-z_][\w.\-/@]*[\w@]|[A-Za-z])(?:\[\])?(?P<star>[ ]?\*)?")
NOT_NAMES = frozenset(
    "n/a none or and name parameter option property field variable setting key argument flag value".split()
)
PIECE = re.compile(r"[^\s,|]+?(?:[ ]?\*)?(?=[\s,|]|/-|$)")
DEFAULT_IN_TEXT = re.compile(r"\bdefault(?:s to| value)?(?: is)?[:= ]+[\"'`]?([\w.+-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterRow:
    """A name in a row of a parameter table (a row may have several).

    start, end: offsets of the name without dashes; dashes: number of dashes before it; default, type: '' if not given.
    """

    leaf: Leaf
    name: str
    start: int
    end: int
    dashes: int
    required: bool
    default: str
    type: str


def parameter_rows(all_leaves: list[Leaf]) -> Iterator[ParameterRow]:
    """The rows of all parameter tables of a page, in reading order."""
    table: tuple[str, int] | None = None
    label, is_parameters = "", False
    for leaf in all_leaves:
        if leaf.kind != "table_row":
            table, label = None, _label(leaf, label)
            continue
        place = next(
            ((leaf.section.id, c.start) for c in reversed(leaf.containers) if c.kind == "table"), (leaf.section.id, -1)
        )
        cells = leaf.marks_of("table_cell")
        if place != table:
            table, is_parameters = place, _is_parameter_table(leaf.section, leaf, cells, label)
        if is_parameters and leaf.span.info != "header" and cells:
            yield from _row(leaf, cells)


def _label(leaf: Leaf, before: str) -> str:
    """Section id and end of the nearest paragraph, summary or caption up to this leaf; before: the result so far."""
    return f"{leaf.section.id} {leaf.text[-200:]}" if leaf.kind in ("paragraph", "summary", "caption") else before


def _is_parameter_table(section: Section, leaf: Leaf, cells: list[Span], label: str) -> bool:
    headers = [c.info.strip() for c in cells]
    if leaf.span.info == "header":
        headers = [section.quote(c).strip() for c in cells]
    if not headers or len(headers) < 2:
        return False
    if SETTING_HEADER.fullmatch(headers[0]):
        return True
    near = section.title + " " + (label.split(" ", 1)[-1] if label.startswith(section.id) else "")
    if not NAME_HEADER.fullmatch(headers[0]):
        return False
    return any(VALUE_HEADER.fullmatch(h) for h in headers[1:]) or LABEL.search(near) is not None


def _row(leaf: Leaf, cells: list[Span]) -> Iterator[ParameterRow]:
    section, first = leaf.section, cells[0]
    described = {cell.info.strip().lower(): section.quote(cell).strip() for cell in cells[1:]}
    required = described.get("required", described.get("mandatory", "")).lower() in ("yes", "true", "required")
    default, type_ = _default(described), _type(described)
    for start, end in _name_ranges(section, first):
        match = NAME.fullmatch(section.text, start, end)
        if match and match["name"].lower() not in NOT_NAMES:
            yield ParameterRow(
                leaf=leaf,
                name=match["name"],
                start=match.start("name"),
                end=match.end("name"),
                dashes=len(match["dash"] or ""),
                required=bool(match["star"]) or required,
                default=default,
                type=type_,
            )


def _name_ranges(section: Section, cell: Span) -> Iterator[tuple[int, int]]:
    """(start, end) of each name in a cell: two in `-h, --help`; none if the cell is a description of several words."""
    text = section.quote(cell)
    pieces = [m for m in PIECE.finditer(text) if m.group() != "or"]
    dashed = [m for m in pieces if m.group().startswith("-")]
    separated = re.search(r"[,/|\n]", text) is not None
    chosen = dashed or (
        pieces if len(pieces) == 1 or (separated and all(NAME.fullmatch(m.group()) for m in pieces)) else []
    )
    if not dashed and separated and any(" " in part.strip().replace(" *", "") for part in re.split(r"[,/|\n]", text)):
        return
    for match in chosen:
        yield cell.start + match.start(), cell.start + match.start() + len(re.split(r"[=:<\[]", match.group())[0])


def _default(described: dict[str, str]) -> str:
    for header in ("default", "default value", "defaults"):
        if header in described:
            return described[header].strip("​ ")
    match = DEFAULT_IN_TEXT.search(" ".join(described.values()))
    return match[1].rstrip(".") if match else ""


def _type(described: dict[str, str]) -> str:
    return next((described[h] for h in ("type", "value type", "data type") if h in described), "")
