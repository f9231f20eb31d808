"""Extracts Command entities: programs that the page shows or tells the reader to run, named by program and subcommands."""

from __future__ import annotations

from wekadocs_assets.core.extractors.found import FoundMention
from wekadocs_assets.core.extractors.page_reading import CommandUse, PageReading


def commands(reading: PageReading) -> list[FoundMention]:
    """One mention for each command use of the page."""
    return [command_mention(use) for use in reading.uses]


def command_mention(use: CommandUse) -> FoundMention:
    """The mention of the command in a use."""
    return FoundMention(
        kind="Command",
        name=use.name,
        section_id=use.section.id,
        start=use.start,
        end=use.end,
        role=use.role,
        confidence=use.confidence,
    )
