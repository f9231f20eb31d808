"""`ProgressStreams` in memory, for tests and for a process whose progress no other process reads."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count

from wekadocs_assets.core.jobs.ports import ProgressStreams
from wekadocs_assets.core.jobs.states import JobEvent, JobState


class InMemoryProgress(ProgressStreams):
    def __init__(self) -> None:
        self._states: dict[str, JobState] = {}
        self._events: dict[str, list[tuple[str, JobEvent]]] = {}
        self._cancels: set[str] = set()
        self._numbers = count(1)

    def begin(self, jobs: Sequence[tuple[JobState, JobEvent]]) -> None:
        for state, event in jobs:
            last = self._states.get(state.job_id)
            attempt = last.attempt + (not last.is_queued) if last else 1
            self._states[state.job_id] = replace(state, attempt=attempt)
            self._events.pop(state.job_id, None)
            self._cancels.discard(state.job_id)
            self._add(event)

    def write(self, states: Sequence[JobState], events: Sequence[JobEvent]) -> None:
        for state in states:
            known = self._states.get(state.job_id, state)
            self._states[state.job_id] = replace(state, attempt=known.attempt)
        for event in events:
            self._add(event)

    def state(self, job_id: str) -> JobState | None:
        return self._states.get(job_id)

    def states(self) -> Iterator[JobState]:
        return iter(list(self._states.values()))

    def events(self, stream: str, after: str, wait: float) -> list[tuple[str, JobEvent]]:
        until = time.monotonic() + wait
        while not (found := [each for each in self._events.get(stream, ()) if int(each[0]) > int(after)]):
            if time.monotonic() >= until:
                break
            time.sleep(0.01)
        return found

    def names(self, beginning: str) -> list[str]:
        return sorted(name for name in self._events if name.startswith(beginning))

    def ask_cancel(self, ident: str) -> None:
        self._cancels.add(ident)

    def cancels(self) -> frozenset[str]:
        return frozenset(self._cancels)

    def last(self, stream: str) -> str:
        return next((entry for entry, _ in reversed(self._events.get(stream, []))), "0")

    def _add(self, event: JobEvent) -> None:
        if event.is_terminal:
            self._cancels.discard(event.job_id)
        known = self._states.get(event.job_id)
        stored = replace(event, attempt=known.attempt if known else event.attempt)
        self._events.setdefault(event.job_id, []).append((str(next(self._numbers)), stored))
