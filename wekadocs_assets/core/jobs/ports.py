"""Where progress goes, and where it is read from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence

from wekadocs_assets.core.jobs.states import JobEvent, JobState, ProgressEvent


class ProgressSink(ABC):
    """Where progress goes; publishing never fails and never slows an ingest."""

    @abstractmethod
    def publish(self, events: Iterable[ProgressEvent]) -> None: ...


class ProgressWriter(ABC):
    """Takes states and event streams of jobs; they are bounded, and go seven days after they were last written.

    problem: why something that was told is not there, empty while all is.

    cancelled: ids of jobs and ingests that somebody wants to be stopped, as last heard of.
    """

    problem = ""
    cancelled: frozenset[str] = frozenset()

    @abstractmethod
    def begin(self, jobs: Sequence[tuple[JobState, JobEvent]]) -> None:
        """A new attempt of each, counted here: what is kept of its last one goes, and its first event comes, at once.

        One that was begun for no ingest (it was queued) goes on as the same attempt. What was asked of an earlier one is
        forgotten.
        """

    @abstractmethod
    def write(self, states: Sequence[JobState], events: Sequence[JobEvent]) -> None:
        """In one trip. Jobs that were begun here get their attempt's number."""


class ProgressStreams(ProgressWriter):
    """They can be read, too. A server that is away, or takes no more: StoreUnavailable."""

    @abstractmethod
    def state(self, job_id: str) -> JobState | None: ...

    @abstractmethod
    def states(self) -> Iterator[JobState]:
        """Every job that is kept, in no order."""

    @abstractmethod
    def events(self, stream: str, after: str, wait: float) -> list[tuple[str, JobEvent]]:
        """(entry id, event) of a job or an ingest after that entry; wait: at most so many seconds for the first one."""

    @abstractmethod
    def names(self, beginning: str) -> list[str]:
        """Ids of jobs, ingests and runs that begin so and have events."""

    @abstractmethod
    def ask_cancel(self, ident: str) -> None:
        """Of a job or an ingest; whoever works it finds it among `cancels` at its next checkpoint, until its end is told."""

    @abstractmethod
    def cancels(self) -> frozenset[str]: ...

    @abstractmethod
    def last(self, stream: str) -> str:
        """The id of its newest entry, which events that come from now on are after."""
