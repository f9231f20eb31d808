"""Derives edges between found mentions by their place on the page: CONTAINS_STEP, EXECUTES, HAS_PARAMETER, RESOLVES."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from wekadocs_assets.core.extractors.command import command_mention
from wekadocs_assets.core.extractors.error import is_about_errors
from wekadocs_assets.core.extractors.found import FoundMention
from wekadocs_assets.core.extractors.page_reading import CommandUse, PageReading
from wekadocs_assets.core.extractors.parameter_table import ParameterRow, parameter_rows
from wekadocs_assets.core.models import Scalar

CLOSING = re.compile(r"\s*\]")
NEARBY_COMMANDS = 12
"""How many commands before a parameter table are searched for a synopsis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """An edge between the entities of two mentions, before registry makes their ids. properties: see models.Edge."""

    type: str
    source: FoundMention
    target: FoundMention
    section_id: str
    confidence: float
    properties: dict[str, Scalar] = field(default_factory=dict)


def relations(
    reading: PageReading, found: list[FoundMention], spans: dict[tuple[str, int], tuple[int, int]]
) -> list[Relation]:
    """All relations of a page. spans: (section id, start of a step) -> (start, end) of its whole item."""
    by_section: dict[str, list[FoundMention]] = defaultdict(list)
    for one in sorted(found, key=lambda f: (f.start, f.end)):
        by_section[one.section_id].append(one)
    return [
        *_steps(found, by_section, spans),
        *_command_line_parameters(reading, by_section),
        *_table_parameters(reading, by_section),
        *_resolutions(reading, by_section),
    ]


def _within(mentions: list[FoundMention], kinds: Iterable[str], start: int, end: int) -> Iterator[FoundMention]:
    """The mentions of these kinds inside start:end; mentions is sorted by start."""
    at = bisect_left(mentions, start, key=lambda f: f.start)
    while at < len(mentions) and mentions[at].start < end:
        if mentions[at].kind in kinds and mentions[at].end <= end:
            yield mentions[at]
        at += 1


def _steps(
    found: list[FoundMention], by_section: dict[str, list[FoundMention]], spans: dict[tuple[str, int], tuple[int, int]]
) -> Iterator[Relation]:
    procedure: FoundMention | None = None
    for one in found:
        if one.kind == "Procedure":
            procedure = one
        elif one.kind == "Step" and procedure is not None:
            yield Relation(
                type="CONTAINS_STEP",
                source=procedure,
                target=one,
                section_id=one.section_id,
                confidence=0.95,
                properties={"order": one.order},
            )
            start, end = spans.get((one.section_id, one.start), (one.start, one.end))
            for command in _within(by_section[one.section_id], ("Command",), start, end):
                yield Relation(
                    type="EXECUTES",
                    source=one,
                    target=command,
                    section_id=one.section_id,
                    confidence=min(0.9, command.confidence),
                )


def _command_line_parameters(reading: PageReading, by_section: dict[str, list[FoundMention]]) -> Iterator[Relation]:
    """HAS_PARAMETER for the parameters and options in a command line; in a synopsis those without brackets are required."""
    for use in reading.uses:
        command = command_mention(use)
        mentions = by_section[use.section.id]
        text, at, open_brackets = use.section.text, use.end, 0
        for one in _within(mentions, ("Parameter", "Configuration"), use.end, use.words[-1].end):
            open_brackets += text.count("[", at, one.start) - text.count("]", at, one.start)
            at = one.start
            bracketless = open_brackets <= 0 and not CLOSING.match(text, one.end, one.end + 2)
            required = use.role == "defines" and bracketless
            yield Relation(
                type="HAS_PARAMETER",
                source=command,
                target=one,
                section_id=use.section.id,
                confidence=0.85,
                properties={"required": required, "default": "", "type": ""},
            )


def _table_parameters(reading: PageReading, by_section: dict[str, list[FoundMention]]) -> Iterator[Relation]:
    """HAS_PARAMETER for the rows of parameter tables, each with the nearest command before it (_command_of)."""
    uses: dict[str, list[CommandUse]] = defaultdict(list)
    for use in reading.uses:
        if use.leaf.kind != "table_row":
            uses[use.section.id].append(use)
    order = {section.id: number for number, section in enumerate(reading.document.sections)}
    for row in parameter_rows(reading.leaves):
        owner = _command_of(row, uses, reading, order)
        if owner is None:
            continue
        for one in _within(by_section[row.leaf.section.id], ("Parameter", "Configuration"), row.start, row.end):
            yield Relation(
                type="HAS_PARAMETER",
                source=command_mention(owner),
                target=one,
                section_id=row.leaf.section.id,
                confidence=0.8,
                properties={"required": row.required, "default": row.default, "type": row.type},
            )


def _command_of(
    row: ParameterRow, uses: dict[str, list[CommandUse]], reading: PageReading, order: dict[str, int]
) -> CommandUse | None:
    """The command of a parameter row: the last synopsis before it in its section, else the last command.

    If its section has none, the same in the previous section, if that is the parent. order: section id -> position.
    """
    section = row.leaf.section
    above = bisect_left(uses[section.id], row.leaf.span.start, key=lambda use: use.end)
    before = uses[section.id][max(above - NEARBY_COMMANDS, 0) : above]
    number = order[section.id]
    if not before and number and section.parent_id and reading.document.sections[number - 1].id == section.parent_id:
        before = uses[section.parent_id][-NEARBY_COMMANDS:]
    return next((use for use in reversed(before) if use.role == "defines"), before[-1] if before else None)


def _resolutions(reading: PageReading, by_section: dict[str, list[FoundMention]]) -> Iterator[Relation]:
    """RESOLVES from each procedure to each error of a section whose headings are about errors."""
    for section in reading.document.sections:
        mentions = by_section.get(section.id, [])
        if not is_about_errors(" ".join((*section.heading_path[-2:], section.title))):
            continue
        failures = [m for m in mentions if m.kind == "Error"]
        for procedure in (m for m in mentions if m.kind == "Procedure"):
            for failure in failures:
                yield Relation(type="RESOLVES", source=procedure, target=failure, section_id=section.id, confidence=0.6)
