"""A buffer of progress not yet written: the latest state of each job, and a bounded number of events."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from wekadocs_assets.core.jobs.states import JobEvent, JobState

BATCH = 1_000
"""Events, or jobs that begin, written in one round trip."""
MAX_EVENTS = 100_000
"""The oldest events are dropped first: the last ones say how a job ended."""


class Batch(NamedTuple):
    """Either jobs that begin, or later states and events."""

    begun: list[tuple[JobState, JobEvent]]
    states: list[JobState]
    events: list[JobEvent]


class ProgressBuffer:
    """Thread-safe: an ingest's threads fill it, the writing thread empties it. lost: whether events were dropped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: dict[str, tuple[JobState, JobEvent]] = {}
        self._states: dict[str, JobState] = {}
        self._events: deque[JobEvent] = deque(maxlen=MAX_EVENTS)
        self.lost = False

    def begin(self, jobs: Sequence[tuple[JobState, JobEvent]]) -> None:
        with self._lock:
            self._begun |= {state.job_id: (state, event) for state, event in jobs}

    def write(self, states: Sequence[JobState], events: Sequence[JobEvent]) -> None:
        with self._lock:
            self._states |= {state.job_id: state for state in states}
            self.lost = self.lost or len(self._events) + len(events) > MAX_EVENTS
            self._events.extend(events)

    def take(self) -> Batch | None:
        """Removes and returns the next batch, None when empty. A job's state is written no later than its event."""
        with self._lock:
            if self._begun:
                return Batch([self._begun.pop(job) for job in list(self._begun)[:BATCH]], [], [])
            events = [self._events.popleft() for _ in range(min(BATCH, len(self._events)))]
            written = {event.job_id for event in events} if self._events else list(self._states)
            states = [self._states.pop(job) for job in written if job in self._states]
            return Batch([], states, events) if states or events else None

    def put_back(self, batch: Batch) -> None:
        """Returns a batch that could not be written to the front of the buffer; newer states win."""
        with self._lock:
            self._begun = {state.job_id: (state, event) for state, event in batch.begun} | self._begun
            self._states = {state.job_id: state for state in batch.states} | self._states
            room = MAX_EVENTS - len(self._events)
            self.lost = self.lost or len(batch.events) > room
            self._events.extendleft(reversed(batch.events[max(0, len(batch.events) - room) :]))
