"""Command: a program that the reader is shown or told to run, named by program and subcommands."""

from __future__ import annotations

from wekadocs_assets.core.extractors.found import Found
from wekadocs_assets.core.extractors.page_reading import PageReading


def commands(reading: PageReading) -> list[Found]:
    return [
        Found("Command", use.name, use.section.id, use.start, use.end, use.role, use.confidence) for use in reading.uses
    ]
