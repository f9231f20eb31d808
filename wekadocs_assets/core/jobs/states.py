"""Stages, their weights and the events that tell of them; percent never falls, whatever order the branches run in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from wekadocs_assets.core.models import Scalar
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
TERMINAL = frozenset({"DONE", "ERROR", "CANCELLED"})
"""Statuses after which no event of the attempt comes."""
GO_ON = "ingest again: it goes on from here"
AFTER_THE_ASSETS = ("POSTCHECKS", "REPORTING")
SCHEMA_VERSION = 1
LONGEST_WAIT = 2.0
"""Seconds for one blocking read: less than a client waits for an answer."""
FROM_THE_BEGINNING = "0"
"""The entry of a stream that all others are after."""


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


_percent = lru_cache(64)(percent)
"""Many jobs have completed the same stages."""


@dataclass(frozen=True, slots=True)
class JobState:
    """A job: one version of a document (its id is made of tag, source_uri and checksum), and how far its last attempt is.

    attempt: counted from 1; 0 until the streams have counted it. Times are seconds since the epoch, UTC. stats:
    milliseconds by stage. error: {"stage", "reason", "hint"}, empty where there is none.
    """

    job_id: str
    source_uri: str
    checksum: str
    tag: str
    ingest_id: str
    created_at: float
    status: str = "PENDING"
    attempt: int = 0
    stages_completed: tuple[str, ...] = ()
    started_at: float = 0.0
    updated_at: float = 0.0
    completed_at: float = 0.0
    stats: Mapping[str, float] = field(default_factory=dict)
    error: Mapping[str, str] = field(default_factory=dict)
    schema_version: int = SCHEMA_VERSION

    @property
    def percent(self) -> int:
        return _percent(self.stages_completed)

    @property
    def is_terminal(self) -> bool:
        return self.status in TERMINAL

    @property
    def is_queued(self) -> bool:
        """It waits for an ingest to take it."""
        return self.status == "PENDING" and not self.ingest_id


@dataclass(frozen=True, slots=True)
class JobEvent:
    """News of a job, or of a whole ingest (job_id is then the ingest's id). percent never falls within an attempt."""

    job_id: str
    attempt: int
    stage: str
    percent: int
    message: str
    timestamp: float
    error: str = ""
    details: Mapping[str, Scalar] = field(default_factory=dict)

    @property
    def is_terminal(self) -> bool:
        return self.stage in TERMINAL


def ended(
    states: Iterable[JobState], status: str, reason: str, hint: str, now: float
) -> tuple[list[JobState], list[JobEvent]]:
    """Of those that have not come to their end: states and events of the end that somebody else saw."""
    left = [state for state in states if not state.is_terminal]
    error = {"stage": "", "reason": reason, "hint": hint} if status == "ERROR" else {}
    told = error.get("reason", "")
    ends = [
        replace(
            state,
            status=status,
            updated_at=now,
            completed_at=now,
            error={**error, "stage": state.status} if error else {},
        )
        for state in left
    ]
    return ends, [JobEvent(e.job_id, e.attempt, status, e.percent, reason, now, told) for e in ends]
