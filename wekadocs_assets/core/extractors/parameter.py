"""Parameter: a positional argument, placeholder or short option of a command."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wekadocs_assets.core.extractors.command_line import Word
from wekadocs_assets.core.extractors.found import Found
from wekadocs_assets.core.extractors.page_reading import CommandUse, PageReading
from wekadocs_assets.core.extractors.parameter_table import ParameterRow, parameter_rows

PLACEHOLDER = re.compile(r"<(?P<name>[A-Za-z][\w .\-/]{0,60})>")
OPTIONAL = re.compile(r"\[(?P<name>[A-Za-z][\w-]*)(?:\.\.\.|…)?\]?(?:\.\.\.|…)?")
SHORT = re.compile(r"[\[|({]*-(?P<name>[A-Za-z])\]?")


def parameters(reading: PageReading) -> list[Found]:
    found = [f for use in reading.uses for f in arguments(use)]
    positional = {f.name for f in found}
    rows = [
        _from_row(row)
        for row in parameter_rows(reading.leaves)
        if (row.dashes == 1 and len(row.name) == 1) or (not row.dashes and row.name in positional)
    ]
    return [*found, *rows]


def _from_row(row: ParameterRow) -> Found:
    return Found("Parameter", row.name, row.leaf.section.id, row.start, row.end, "defines", 0.9)


def arguments(use: CommandUse) -> Iterator[Found]:
    """What follows a command's name: `<path>`, `[fs-name]`, `-f`; an option's own placeholder is its value."""
    previous = ""
    for word in use.words[use.taken :]:
        yield from _argument(use, word, previous)
        previous = word.text


def _argument(use: CommandUse, word: Word, previous: str) -> Iterator[Found]:
    short = SHORT.fullmatch(word.text)
    if short:
        yield _make(use, word, short, "uses" if word.text.startswith("-") else "defines")
    elif not re.match(r"[\[({|]*-", previous) or previous.endswith("]"):
        match = PLACEHOLDER.search(word.text) if "=" not in word.text else None
        match = match or OPTIONAL.fullmatch(word.text)
        if match:
            yield _make(use, word, match, "defines")


def _make(use: CommandUse, word: Word, match: re.Match[str], role: str) -> Found:
    start = word.start + match.start("name")
    return Found("Parameter", match["name"], use.section.id, start, start + len(match["name"]), role, 0.8)  # type: ignore[arg-type]
