"""What an extractor hands to the registry: a mention with the name of its entity, before ids are made."""

from __future__ import annotations

from dataclasses import dataclass

from wekadocs_assets.core.models import Role


@dataclass(frozen=True, slots=True)
class Found:
    """A mention `text[start:end]` of an entity. ordinal, order and instruction are of placed kinds alone."""

    kind: str
    name: str
    section_id: str
    start: int
    end: int
    role: Role
    confidence: float
    ordinal: int = 0
    order: int = 0
    instruction: str = ""
