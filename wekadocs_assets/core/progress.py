"""Stages, their weights and the events that tell of them; percent never falls, whatever order the branches run in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from wekadocs_assets.core import ids
from wekadocs_assets.core.models import Scalar
from wekadocs_assets.core.recipe import EMBEDDED, EXTRACTED, GRAPH, PARSED, POINTS

if TYPE_CHECKING:
    from wekadocs_assets.core.progress_ports import ProgressStreams, ProgressWriter

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


class ProgressTracker:
    """Makes states and events out of what happens to the jobs of one ingest, and hands them on in batches.

    Each method takes many jobs, for a batch of documents costs one trip. clock: seconds since the epoch.
    """

    def __init__(self, streams: ProgressWriter, ingest_id: str, clock: Callable[[], float]) -> None:
        self._streams, self._ingest_id, self._clock = streams, ingest_id, clock
        self._jobs: dict[str, JobState] = {}
        self._sum, self._highest = 0, 0

    @property
    def jobs(self) -> Collection[str]:
        """Those that were begun here."""
        return self._jobs.keys()

    def begin(self, documents: Iterable[tuple[str, str, str]]) -> None:
        """A new attempt of each (tag, source_uri, checksum): state and stream begin anew, with PENDING."""
        now = self._clock()
        begun = [
            JobState(ids.job_id(*document), document[1], document[2], document[0], self._ingest_id, now, updated_at=now)
            for document in documents
        ]
        self._jobs |= {state.job_id: state for state in begun}
        self._streams.begin([(state, self._event(state, "PENDING", "waits for its turn")) for state in begun])

    def emit(self, job_ids: Iterable[str], stage: str, message: str) -> None:
        """The stage began for these jobs."""
        now = self._clock()
        self._write(
            (state, {"status": stage, "started_at": state.started_at or now}, message) for state in self._open(job_ids)
        )

    def advance(self, job_ids: Iterable[str], stage: str, message: str, ms: Mapping[str, float] | None = None) -> None:
        """The stage is done for these jobs. ms: what it took, by job."""
        took = ms or {}
        self._write(
            (
                state,
                {
                    "status": stage,
                    "stages_completed": tuple(dict.fromkeys((*state.stages_completed, stage))),
                    "stats": {**state.stats, stage: round(took.get(state.job_id, 0.0), 1)},
                },
                message,
            )
            for state in self._open(job_ids)
        )

    def error(self, reasons: Mapping[str, tuple[str, str, str]]) -> None:
        """Each of these jobs ends; by job: stage, reason, hint."""
        ended = {"status": "ERROR", "completed_at": self._clock()}
        self._write(
            (
                state,
                ended | {"error": dict(zip(("stage", "reason", "hint"), reasons[state.job_id], strict=True))},
                f"{reasons[state.job_id][0]}: {reasons[state.job_id][1]}",
            )
            for state in self._open(reasons)
        )

    def error_of_all(self, stage: str, reason: str, hint: str) -> None:
        """Every job that has not come to its end."""
        self.error(dict.fromkeys(self._jobs, (stage, reason, hint)))

    def cancel(self, job_ids: Iterable[str], reason: str = "cancelled") -> None:
        ended = {"status": "CANCELLED", "completed_at": self._clock()}
        self._write((state, ended, reason) for state in self._open(job_ids))

    def complete(self, job_ids: Iterable[str]) -> None:
        """What remains after the assets is done too, and with it the jobs."""
        whole = (*STAGE_OF.values(), *AFTER_THE_ASSETS, "DONE")
        ended = {"status": "DONE", "completed_at": self._clock(), "stages_completed": whole}
        self._write((state, ended, "done") for state in self._open(job_ids))

    def tell(self, stage: str, message: str, done: int = 0, total: int = 0, *, error: str = "") -> None:
        """News of the whole ingest. done of total: documents that a stage in hand has behind it."""
        mean = self._sum / max(len(self._jobs), 1)
        within = WEIGHTS.get(stage, 0) * done / total if total else 0
        self._highest = 100 if stage == "DONE" else max(self._highest, min(int(mean + within), 99))
        details: dict[str, Scalar] = {"done": done, "total": total} if total else {}
        event = JobEvent(self._ingest_id, 1, stage, self._highest, message, self._clock(), error, details)
        self._streams.write([], [event])

    def _open(self, job_ids: Iterable[str]) -> list[JobState]:
        """Of jobs that were begun here and have not come to their end."""
        known = (self._jobs[job] for job in job_ids if job in self._jobs)
        return [state for state in known if not state.is_terminal]

    def _write(self, news: Iterable[tuple[JobState, Mapping[str, Any], str]]) -> None:
        """Each: a state, its fields that change, and the words of the event."""
        now = self._clock()
        states: list[JobState] = []
        events: list[JobEvent] = []
        for state, changes, message in news:
            changed = replace(state, updated_at=now, **changes)
            states.append(changed)
            events.append(self._event(changed, changed.status, message))
            self._sum += events[-1].percent - state.percent
            self._jobs[state.job_id] = changed
        self._streams.write(states, events)

    def _event(self, state: JobState, stage: str, message: str) -> JobEvent:
        error = state.error.get("reason", "")
        return JobEvent(state.job_id, state.attempt, stage, state.percent, message, state.updated_at, error)


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


class ProgressReader:
    """What other programs do with plain Redis commands, for ours. clock: seconds, for time-outs alone."""

    def __init__(self, streams: ProgressStreams, clock: Callable[[], float]) -> None:
        self._streams, self._clock = streams, clock

    def read_events(
        self, stream: str, after: str = FROM_THE_BEGINNING, wait: float = 0.0
    ) -> list[tuple[str, JobEvent]]:
        """(entry id, event) after that entry. wait: seconds to wait where there is none yet; 0: not at all.

        stream: a job's id or an ingest's.
        """
        return self._streams.events(stream, after, wait)

    def get_latest(self, job_id: str) -> JobState | None:
        return self._streams.state(job_id)

    def wait_for_completion(self, stream: str, timeout: float) -> JobEvent | None:
        """The terminal event of the attempt in hand, or None when it has not come after so many seconds."""
        until, after = self._clock() + timeout, FROM_THE_BEGINNING
        while True:
            for entry, event in self.read_events(stream, after, max(0.0, min(until - self._clock(), LONGEST_WAIT))):
                after = entry
                if event.is_terminal:
                    return event
            if self._clock() >= until:
                return None
