"""News that wait for their server: of each job its latest state alone, and a bounded number of events."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from wekadocs_assets.core.jobs.states import JobEvent, JobState

AT_ONCE = 1_000
"""Events, or jobs that begin, in one trip."""
MOST_WAITING = 100_000
"""Events; the oldest go when more come, for the last ones tell how a job ended."""


class Batch(NamedTuple):
    """Either jobs that begin or what came after."""

    begun: list[tuple[JobState, JobEvent]]
    states: list[JobState]
    events: list[JobEvent]


class WaitingProgress:
    """Filled by an ingest's threads and emptied by the one that writes. lost: whether events had to go."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: dict[str, tuple[JobState, JobEvent]] = {}
        self._states: dict[str, JobState] = {}
        self._events: deque[JobEvent] = deque(maxlen=MOST_WAITING)
        self.lost = False

    def begin(self, jobs: Sequence[tuple[JobState, JobEvent]]) -> None:
        with self._lock:
            self._begun |= {state.job_id: (state, event) for state, event in jobs}

    def write(self, states: Sequence[JobState], events: Sequence[JobEvent]) -> None:
        with self._lock:
            self._states |= {state.job_id: state for state in states}
            self.lost = self.lost or len(self._events) + len(events) > MOST_WAITING
            self._events.extend(events)

    def take(self) -> Batch | None:
        """What goes next, in one trip; None when nothing waits. A job's state never goes after the event that tells of it."""
        with self._lock:
            if self._begun:
                return Batch([self._begun.pop(job) for job in list(self._begun)[:AT_ONCE]], [], [])
            events = [self._events.popleft() for _ in range(min(AT_ONCE, len(self._events)))]
            told = {event.job_id for event in events} if self._events else list(self._states)
            states = [self._states.pop(job) for job in told if job in self._states]
            return Batch([], states, events) if states or events else None

    def put_back(self, batch: Batch) -> None:
        """What could not be written goes before what came in the meantime."""
        with self._lock:
            self._begun = {state.job_id: (state, event) for state, event in batch.begun} | self._begun
            self._states = {state.job_id: state for state in batch.states} | self._states
            room = MOST_WAITING - len(self._events)
            self.lost = self.lost or len(batch.events) > room
            self._events.extendleft(reversed(batch.events[max(0, len(batch.events) - room) :]))
