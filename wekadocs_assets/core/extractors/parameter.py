"""Extracts Parameter entities: positional arguments, placeholders and short options of commands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wekadocs_assets.core.extractors.command_line import Word
from wekadocs_assets.core.extractors.found import FoundMention
from wekadocs_assets.core.extractors.page_reading import CommandUse, PageReading
from wekadocs_assets.core.extractors.parameter_table import ParameterRow, parameter_rows
from wekadocs_assets.core.models import Role

PLACEHOLDER = re.compile(r"<(?P<name>[A-Za-z][\w .\-/]{0,60})>")
OPTIONAL = re.compile(r"\[(?P<name>[A-Za-z][\w-]*)(?:\.\.\.|…)?\]?(?:\.\.\.|…)?")
SHORT = re.compile(r"[\[|({]*-(?P<name>[A-Za-z])\]?")


def parameters(reading: PageReading) -> list[FoundMention]:
    """The parameters in command lines, and in parameter tables the short options and names that a command line has."""
    found = [f for use in reading.uses for f in arguments(use)]
    positional = {f.name for f in found}
    rows = [
        _from_row(row)
        for row in parameter_rows(reading.leaves)
        if (row.dashes == 1 and len(row.name) == 1) or (not row.dashes and row.name in positional)
    ]
    return [*found, *rows]


def _from_row(row: ParameterRow) -> FoundMention:
    return _mention(row.name, row.leaf.section.id, row.start, "defines", 0.9)


def arguments(use: CommandUse) -> Iterator[FoundMention]:
    """The parameters after a command's name: `<path>`, `[fs-name]`, `-f`. A placeholder after an option is its value."""
    previous = ""
    for word in use.words[use.name_words :]:
        yield from _argument(use, word, previous)
        previous = word.text


def _argument(use: CommandUse, word: Word, previous: str) -> Iterator[FoundMention]:
    short = SHORT.fullmatch(word.text)
    if short:
        yield _in_word(use, word, short, "uses" if word.text.startswith("-") else "defines")
    elif not re.match(r"[\[({|]*-", previous) or previous.endswith("]"):
        match = PLACEHOLDER.search(word.text) if "=" not in word.text else None
        match = match or OPTIONAL.fullmatch(word.text)
        if match:
            yield _in_word(use, word, match, "defines")


def _in_word(use: CommandUse, word: Word, match: re.Match[str], role: Role) -> FoundMention:
    return _mention(match["name"], use.section.id, word.start + match.start("name"), role, 0.8)


def _mention(name: str, section_id: str, start: int, role: Role, confidence: float) -> FoundMention:
    return FoundMention(
        kind="Parameter",
        name=name,
        section_id=section_id,
        start=start,
        end=start + len(name),
        role=role,
        confidence=confidence,
    )
