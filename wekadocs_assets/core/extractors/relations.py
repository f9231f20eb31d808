"""Edges between found things: CONTAINS_STEP, EXECUTES, HAS_PARAMETER, RESOLVES (by place on the page, not by meaning)."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from wekadocs_assets.core.extractors.error import is_about_errors
from wekadocs_assets.core.extractors.found import Found
from wekadocs_assets.core.extractors.page_reading import CommandUse, PageReading
from wekadocs_assets.core.extractors.parameter_table import ParameterRow, parameter_rows
from wekadocs_assets.core.models import Scalar

CLOSING = re.compile(r"\s*\]")
NEAR = 12
"""How many commands above a table are asked for a synopsis."""


@dataclass(frozen=True, slots=True)
class Relation:
    """An edge between two found things, before ids are made."""

    type: str
    source: Found
    target: Found
    section_id: str
    confidence: float
    properties: dict[str, Scalar] = field(default_factory=dict)


def relations(
    reading: PageReading, found: list[Found], spans: dict[tuple[str, int], tuple[int, int]]
) -> list[Relation]:
    """spans: (section id, start of a step) -> where the whole item lies."""
    by_section: dict[str, list[Found]] = defaultdict(list)
    for one in sorted(found, key=lambda f: (f.start, f.end)):
        by_section[one.section_id].append(one)
    return [
        *_steps(found, by_section, spans),
        *_options(reading, by_section),
        *_table_rows(reading, by_section),
        *_resolutions(reading, by_section),
    ]


def _within(mentions: list[Found], kinds: Iterable[str], start: int, end: int) -> Iterator[Found]:
    """The mentions (sorted by start) of these kinds inside start:end."""
    at = bisect_left(mentions, start, key=lambda f: f.start)
    while at < len(mentions) and mentions[at].start < end:
        if mentions[at].kind in kinds and mentions[at].end <= end:
            yield mentions[at]
        at += 1


def _steps(
    found: list[Found], by_section: dict[str, list[Found]], spans: dict[tuple[str, int], tuple[int, int]]
) -> Iterator[Relation]:
    procedure: Found | None = None
    for one in found:
        if one.kind == "Procedure":
            procedure = one
        elif one.kind == "Step" and procedure is not None:
            yield Relation("CONTAINS_STEP", procedure, one, one.section_id, 0.95, {"order": one.order})
            start, end = spans.get((one.section_id, one.start), (one.start, one.end))
            for command in _within(by_section[one.section_id], ("Command",), start, end):
                yield Relation("EXECUTES", one, command, one.section_id, min(0.9, command.confidence))


def _options(reading: PageReading, by_section: dict[str, list[Found]]) -> Iterator[Relation]:
    """What stands in the command's own line; in a synopsis what has no brackets is required."""
    for use in reading.uses:
        command = _command(use)
        mentions = by_section[use.section.id]
        text, at, open_brackets = use.section.text, use.end, 0
        for one in _within(mentions, ("Parameter", "Configuration"), use.end, use.words[-1].end):
            open_brackets += text.count("[", at, one.start) - text.count("]", at, one.start)
            at = one.start
            bracketless = open_brackets <= 0 and not CLOSING.match(text, one.end, one.end + 2)
            required = use.role == "defines" and bracketless
            yield Relation(
                "HAS_PARAMETER", command, one, use.section.id, 0.85, {"required": required, "default": "", "type": ""}
            )


def _command(use: CommandUse) -> Found:
    return Found("Command", use.name, use.section.id, use.start, use.end, use.role, use.confidence)


def _table_rows(reading: PageReading, by_section: dict[str, list[Found]]) -> Iterator[Relation]:
    """A parameter table belongs to the nearest command before it: in its section, else in the section before."""
    uses: dict[str, list[CommandUse]] = defaultdict(list)
    for use in reading.uses:
        if use.leaf.kind != "table_row":
            uses[use.section.id].append(use)
    order = {section.id: number for number, section in enumerate(reading.document.sections)}
    for row in parameter_rows(reading.leaves):
        use = _owner(row, uses, reading, order)
        for one in (
            _within(by_section[row.leaf.section.id], ("Parameter", "Configuration"), row.start, row.end) if use else ()
        ):
            properties: dict[str, Scalar] = {"required": row.required, "default": row.default, "type": row.type}
            yield Relation("HAS_PARAMETER", _command(use), one, row.leaf.section.id, 0.8, properties)


def _owner(
    row: ParameterRow, uses: dict[str, list[CommandUse]], reading: PageReading, order: dict[str, int]
) -> CommandUse | None:
    """The last synopsis before the row, else the last use; a table under its own heading looks into the section above."""
    section = row.leaf.section
    above = bisect_left(uses[section.id], row.leaf.span.start, key=lambda use: use.end)
    before = uses[section.id][max(above - NEAR, 0) : above]
    number = order[section.id]
    if not before and number and section.parent_id and reading.document.sections[number - 1].id == section.parent_id:
        before = uses[section.parent_id][-NEAR:]
    return next((use for use in reversed(before) if use.role == "defines"), before[-1] if before else None)


def _resolutions(reading: PageReading, by_section: dict[str, list[Found]]) -> Iterator[Relation]:
    """A procedure resolves the errors of its section, when that section is about an error."""
    for section in reading.document.sections:
        mentions = by_section.get(section.id, [])
        if not is_about_errors(" ".join((*section.heading_path[-2:], section.title))):
            continue
        failures = [m for m in mentions if m.kind == "Error"]
        for procedure in (m for m in mentions if m.kind == "Procedure"):
            for failure in failures:
                yield Relation("RESOLVES", procedure, failure, section.id, 0.6)
