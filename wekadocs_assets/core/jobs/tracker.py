"""Writes and reads the progress of jobs: states and events over the ports of this room."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from wekadocs_assets.core import ids
from wekadocs_assets.core.jobs.ports import ProgressStreams, ProgressWriter
from wekadocs_assets.core.jobs.states import (
    AFTER_THE_ASSETS,
    FROM_THE_BEGINNING,
    LONGEST_WAIT,
    STAGE_OF,
    TERMINAL,
    WEIGHTS,
    JobEvent,
    JobState,
)
from wekadocs_assets.core.models import Scalar


class ProgressTracker:
    """Turns the progress of one ingest's jobs into states and events, written in batches.

    Each method takes many jobs, because a batch costs one round trip. clock: seconds since the epoch.
    """

    def __init__(self, streams: ProgressWriter, ingest_id: str, clock: Callable[[], float]) -> None:
        self._streams, self._ingest_id, self._clock = streams, ingest_id, clock
        self._jobs: dict[str, JobState] = {}
        self._sum, self._highest, self._is_over = 0, 0, False

    @property
    def jobs(self) -> Collection[str]:
        """Ids of the jobs that were begun here."""
        return self._jobs.keys()

    def begin(self, documents: Iterable[tuple[str, str, str]]) -> None:
        """Starts a new attempt of each (tag, source_uri, checksum), with the status PENDING."""
        now = self._clock()
        begun = [
            JobState(
                job_id=ids.job_id(*document),
                source_uri=document[1],
                checksum=document[2],
                tag=document[0],
                ingest_id=self._ingest_id,
                created_at=now,
                updated_at=now,
            )
            for document in documents
        ]
        self._jobs |= {state.job_id: state for state in begun}
        self._streams.begin([(state, self._event(state, "PENDING", "waits for its turn")) for state in begun])

    def name_run(self, run_id: str) -> None:
        """Writes a stream named by the run id that refers to the ingest, so that the ingest can be found by its run."""
        if run_id != self._ingest_id:
            message = f"a run of ingest {self._ingest_id}"
            event = JobEvent(
                job_id=run_id,
                attempt=1,
                stage="PENDING",
                percent=0,
                message=message,
                timestamp=self._clock(),
                details={"ingest_id": self._ingest_id},
            )
            self._streams.write([], [event])

    def emit(self, job_ids: Iterable[str], stage: str, message: str) -> None:
        """The stage began for these jobs."""
        now = self._clock()
        self._write(
            (state, {"status": stage, "started_at": state.started_at or now}, message) for state in self._open(job_ids)
        )

    def advance(self, job_ids: Iterable[str], stage: str, message: str, ms: Mapping[str, float] | None = None) -> None:
        """The stage is done for these jobs. ms: duration by job id."""
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
        """Ends jobs as failed. reasons: (stage, reason, hint) by job id."""
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
        """Ends all open jobs as failed."""
        self.error(dict.fromkeys(self._jobs, (stage, reason, hint)))

    def cancel(self, job_ids: Iterable[str], reason: str = "cancelled") -> None:
        ended = {"status": "CANCELLED", "completed_at": self._clock()}
        self._write((state, ended, reason) for state in self._open(job_ids))

    def complete(self, job_ids: Iterable[str]) -> None:
        """Completes all remaining stages and ends the jobs as DONE."""
        whole = (*STAGE_OF.values(), *AFTER_THE_ASSETS, "DONE")
        ended = {"status": "DONE", "completed_at": self._clock(), "stages_completed": whole}
        self._write((state, ended, "done") for state in self._open(job_ids))

    def tell(self, stage: str, message: str, done: int = 0, total: int = 0, *, error: str = "") -> None:
        """An event of the ingest; ignored after its terminal event. done, total: documents of the current stage."""
        if self._is_over:
            return
        self._is_over = stage in TERMINAL
        mean = self._sum / max(len(self._jobs), 1)
        within = WEIGHTS.get(stage, 0) * done / total if total else 0
        self._highest = 100 if stage == "DONE" else max(self._highest, min(int(mean + within), 99))
        details: dict[str, Scalar] = {"done": done, "total": total} if total else {}
        event = JobEvent(
            job_id=self._ingest_id,
            attempt=1,
            stage=stage,
            percent=self._highest,
            message=message,
            timestamp=self._clock(),
            error=error,
            details=details,
        )
        self._streams.write([], [event])

    def _open(self, job_ids: Iterable[str]) -> list[JobState]:
        """States of the jobs that were begun here and are not terminal."""
        known = (self._jobs[job] for job in job_ids if job in self._jobs)
        return [state for state in known if not state.is_terminal]

    def _write(self, news: Iterable[tuple[JobState, Mapping[str, Any], str]]) -> None:
        """news: (state, changed fields, message of the event)."""
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
        return JobEvent(
            job_id=state.job_id,
            attempt=state.attempt,
            stage=stage,
            percent=state.percent,
            message=message,
            timestamp=state.updated_at,
            error=error,
        )


class ProgressReader:
    """Reads progress, as other programs do with plain Redis commands. clock: seconds, only for time-outs."""

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
