"""Ports of jobs: the queue, and for their progress a sink for events, a writer, and readable streams."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence

from wekadocs_assets.core.jobs.queue import DeadJob, Delivery, QueuedJob, QueueState
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


class JobQueue(ABC):
    """The queue of jobs: delivered at least once, to one consumer at a time.

    A consumer is live while it calls `beat`. Jobs of a dead one are delivered again, in ever smaller batches, which
    isolates a job that kills its consumers. dead_letters: created by the last `take`. Server unreachable: StoreUnavailable.
    """

    dead_letters: Sequence[DeadJob] = ()

    @abstractmethod
    def put(self, jobs: Sequence[QueuedJob]) -> list[QueuedJob]:
        """Adds jobs and returns those added; jobs that are already waiting or delivered are skipped."""

    @abstractmethod
    def take(self, consumer: str, most: int) -> list[Delivery]:
        """At most `most` jobs, first those of dead consumers. After MOST_DELIVERIES a job becomes a dead letter."""

    @abstractmethod
    def beat(self, consumer: str) -> None:
        """Renews the consumer's lease."""

    @abstractmethod
    def finish(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledges these jobs, successful or not; they are not delivered again."""

    @abstractmethod
    def leave(self, consumer: str, *, counted: bool = True) -> None:
        """Returns the consumer's jobs to the queue. counted: whether the returned deliveries count."""

    @abstractmethod
    def withdraw(self, job_id: str) -> bool:
        """Removes a waiting job; False: it is not waiting."""

    @abstractmethod
    def state(self) -> QueueState: ...

    @abstractmethod
    def dead(self) -> list[DeadJob]:
        """Dead letters, oldest first."""
