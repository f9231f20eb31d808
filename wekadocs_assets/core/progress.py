"""Stages, their weights and the events that tell of them; percent never falls, whatever order the branches run in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wekadocs_assets.core.recipe import EMBEDDED, EXTRACTED, GRAPH, PARSED, POINTS

WEIGHTS = {
    "PENDING": 0,
    "PARSING": 10,
    "EXTRACTING": 15,
    "GRAPHING": 25,
    "EMBEDDING": 20,
    "VECTORS": 15,
    "POSTCHECKS": 5,
    "REPORTING": 5,
    "DONE": 5,
}
STAGE_OF = {PARSED: "PARSING", EXTRACTED: "EXTRACTING", GRAPH: "GRAPHING", EMBEDDED: "EMBEDDING", POINTS: "VECTORS"}


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """A document's news at the end of a stage. done of total: documents of this run that the stage has behind it."""

    ingest_id: str
    tag: str
    source_uri: str
    stage: str
    checksum: str
    done: int
    total: int
    status: str = ""
    error: str = ""


def percent(completed: Iterable[str]) -> int:
    """Sum of the weights of the completed stages, memoized ones included: 0..100."""
    return sum(WEIGHTS[stage] for stage in set(completed))
