"""Stages with their weights, job states and events. Percent never decreases, whatever the order of the stages."""

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
"""Statuses after which an attempt has no further events."""
NEXT_INGEST = "finished work is kept; the next ingest continues"
AFTER_THE_ASSETS = ("POSTCHECKS", "REPORTING")
SCHEMA_VERSION = 1
LONGEST_WAIT = 2.0
"""Seconds of one blocking read; shorter than the client's time-out."""
FROM_THE_BEGINNING = "0"
"""The entry id before all entries of a stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressEvent:
    """The end of a stage for one document. done, total: documents of this run that the stage has processed, and all."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
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
        """Whether it waits for an ingest."""
        return self.status == "PENDING" and not self.ingest_id


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEvent:
    """An event of a job, or of an ingest (job_id is its id). percent: 0..100, never decreases within an attempt."""

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
    """States and terminal events for the jobs that are not terminal yet. now: epoch seconds."""
    left = [state for state in states if not state.is_terminal]
    error = {"stage": "", "reason": reason, "hint": hint} if status == "ERROR" else {}
    text = error.get("reason", "")
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
    return ends, [
        JobEvent(
            job_id=e.job_id,
            attempt=e.attempt,
            stage=status,
            percent=e.percent,
            message=reason,
            timestamp=now,
            error=text,
        )
        for e in ends
    ]
