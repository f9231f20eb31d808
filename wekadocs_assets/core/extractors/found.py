"""The result of an extractor: a mention together with its entity, before registry makes their ids."""

from __future__ import annotations

from dataclasses import dataclass

from wekadocs_assets.core.models import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMention:
    """A mention of an entity: start and end are offsets in the section's text; confidence is in (0, 1].

    Only for placed kinds (Procedure, Step, Example): ordinal, the number among the entities of its kind in the section,
    from 0. Only for Step: order in its procedure, from 1, and instruction, the whole text.
    """

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
