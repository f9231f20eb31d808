"""Jobs that wait to be worked, handed out at least once and to one consumer at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wekadocs_assets.core import ids
from wekadocs_assets.core.parsers.registry import source_type
from wekadocs_assets.core.planning.plan import PlannedDocument

CONTENT_TYPES = {"markdown": "text/markdown", "html": "text/html", "notion": "application/json"}
FEWER = 10
"""By how much fewer jobs are handed out at a time with every delivery that they have behind them."""
MOST_DELIVERIES = 3
"""After which a job that no consumer came to the end of is a dead letter."""


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """A document version to be ingested: source_uri within the collection of tag. created_at: seconds since the epoch, UTC."""

    job_id: str
    source_uri: str
    checksum: str
    tag: str
    content_type: str = ""
    created_at: float = 0.0


def queued_job(document: PlannedDocument, created_at: float) -> QueuedJob:
    job_id = ids.job_id(document.tag, document.source_uri, document.checksum)
    content_type = CONTENT_TYPES[source_type(document.source_uri)]
    return QueuedJob(job_id, document.source_uri, document.checksum, document.tag, content_type, created_at)


def job_of(fields: Mapping[str, str]) -> QueuedJob:
    """As any program may have written it: what it left out is made up, an id of its own gives way to ours."""
    tag, uri, checksum = (fields.get(name, "") for name in ("tag", "source_uri", "checksum"))
    try:
        created_at = float(fields.get("created_at") or 0)
    except ValueError:
        created_at = 0.0
    return QueuedJob(ids.job_id(tag, uri, checksum), uri, checksum, tag, fields.get("content_type", ""), created_at)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A job in the hands of a consumer. count: how often it was handed out, this time included."""

    entry_id: str
    job: QueuedJob
    count: int


@dataclass(frozen=True, slots=True)
class DeadJob:
    """What was given up: fields as they stood in the queue. died_at: seconds since the epoch."""

    entry_id: str
    fields: dict[str, str]
    reason: str
    died_at: float


@dataclass(frozen=True, slots=True)
class QueueState:
    """waiting: jobs that a consumer would get now; in_hand: those that a living one has. mark: another for other jobs."""

    waiting: int
    in_hand: int
    mark: str


class JobQueue(ABC):
    """A consumer lives while it beats; what a dead one had in hand is handed out again, ever fewer at a time, so that a job
    that kills its consumers is soon alone. dead_letters: dead letters that the last `take` made. Server away: StoreUnavailable.
    """

    dead_letters: Sequence[DeadJob] = ()

    @abstractmethod
    def put(self, jobs: Sequence[QueuedJob]) -> list[QueuedJob]:
        """Those that were added: a job that waits or is in hand already is not."""

    @abstractmethod
    def take(self, consumer: str, most: int) -> list[Delivery]:
        """What dead consumers had, then new ones; what was handed out MOST_DELIVERIES times becomes a dead letter."""

    @abstractmethod
    def beat(self, consumer: str) -> None:
        """Says that it lives, for another lease."""

    @abstractmethod
    def finish(self, deliveries: Sequence[Delivery]) -> None:
        """They are worked, well or not, and never handed out again."""

    @abstractmethod
    def leave(self, consumer: str, *, counted: bool = True) -> None:
        """What it has in hand is handed out again, from now on. counted: as deliveries; else they were none."""

    @abstractmethod
    def withdraw(self, job_id: str) -> bool:
        """Takes a waiting job out; False: it does not wait (any more)."""

    @abstractmethod
    def state(self) -> QueueState: ...

    @abstractmethod
    def dead(self) -> list[DeadJob]:
        """The oldest first."""
