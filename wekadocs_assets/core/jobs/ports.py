"""Ports for the progress of jobs: a sink for events, a writer, and readable streams."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence

from wekadocs_assets.core.jobs.states import JobEvent, JobState, ProgressEvent


class ProgressSink(ABC):
    """Receives progress events; publishing never fails and never slows an ingest."""

    @abstractmethod
    def publish(self, events: Iterable[ProgressEvent]) -> None: ...


class ProgressWriter(ABC):
    """Stores states and event streams of jobs, bounded in length, for seven days after the last write.

    problem: why something was not written, '' while everything was. cancelled: ids of jobs and ingests whose
    cancellation was requested, as of the last contact.
    """

    problem = ""
    cancelled: frozenset[str] = frozenset()

    @abstractmethod
    def begin(self, jobs: Sequence[tuple[JobState, JobEvent]]) -> None:
        """Starts and counts a new attempt of each job: replaces its state and stream atomically with this first event.

        A queued job (without an ingest) continues the same attempt. Cancel requests for an earlier attempt are dropped.
        """

    @abstractmethod
    def write(self, states: Sequence[JobState], events: Sequence[JobEvent]) -> None:
        """Writes in one round trip; jobs that were begun here get their attempt number."""


class ProgressStreams(ProgressWriter):
    """Readable progress. Server unreachable or full: StoreUnavailable."""

    @abstractmethod
    def state(self, job_id: str) -> JobState | None: ...

    @abstractmethod
    def states(self) -> Iterator[JobState]:
        """All stored jobs, unordered."""

    @abstractmethod
    def events(self, stream: str, after: str, wait: float) -> list[tuple[str, JobEvent]]:
        """(entry id, event) after that entry of a stream; wait: seconds to wait for the first one."""

    @abstractmethod
    def names(self, beginning: str) -> list[str]:
        """Ids of jobs, ingests and runs with events, by prefix."""

    @abstractmethod
    def ask_cancel(self, ident: str) -> None:
        """Requests the cancellation of a job or an ingest; it is in `cancels` until its terminal event."""

    @abstractmethod
    def cancels(self) -> frozenset[str]: ...

    @abstractmethod
    def last(self, stream: str) -> str:
        """The id of the newest entry of the stream."""
