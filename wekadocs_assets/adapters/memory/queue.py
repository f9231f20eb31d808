"""`JobQueue` in memory: the simplest statement of what a queue does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from wekadocs_assets.core import ids
from wekadocs_assets.core.jobs.ports import JobQueue
from wekadocs_assets.core.jobs.queue import (
    FEWER,
    MOST_DELIVERIES,
    DeadJob,
    Delivery,
    QueuedJob,
    QueueState,
)


@dataclass(slots=True)
class _Entry:
    job: QueuedJob
    owner: str = ""
    count: int = 0


class InMemoryQueue(JobQueue):
    """clock: returns seconds. lease: seconds after which a consumer without a heartbeat counts as dead."""

    def __init__(self, clock: Callable[[], float], lease: float = 30.0) -> None:
        self._clock, self._lease = clock, lease
        self._entries: dict[str, _Entry] = {}
        self._alive: dict[str, float] = {}
        self._dead: list[DeadJob] = []
        self._last = 0

    def put(self, jobs: Sequence[QueuedJob]) -> list[QueuedJob]:
        added: list[QueuedJob] = []
        for job in jobs:
            if all(entry.job.job_id != job.job_id for entry in self._entries.values()):
                self._last += 1
                self._entries[f"{self._last:09d}"] = _Entry(job)
                added.append(job)
        return added

    def take(self, consumer: str, most: int) -> list[Delivery]:
        self.beat(consumer)
        stale = [key for key, entry in self._entries.items() if entry.count and not self._is_alive(entry.owner)]
        self.dead_letters = [self._dead_letter(key) for key in stale if self._entries[key].count >= MOST_DELIVERIES]
        self._dead += self.dead_letters
        again: list[str] = []
        for key in (key for key in stale if key in self._entries):
            few = max(1, most // FEWER ** self._entries[key].count)
            alike = sum(self._entries[one].count == self._entries[key].count for one in again)
            again += [key] if alike < few else []
        new = [key for key, entry in self._entries.items() if not entry.count] if not again else []
        return [self._deliver(key, consumer) for key in (again + new)[:most]]

    def beat(self, consumer: str) -> None:
        self._alive[consumer] = self._clock() + self._lease

    def finish(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            self._entries.pop(delivery.entry_id, None)

    def leave(self, consumer: str, *, counted: bool = True) -> None:
        self._alive.pop(consumer, None)
        for entry in self._entries.values():
            if entry.owner == consumer and not counted:
                entry.owner, entry.count = "", entry.count - 1

    def withdraw(self, job_id: str) -> bool:
        found = [key for key, entry in self._entries.items() if entry.job.job_id == job_id and not entry.count]
        return any(self._entries.pop(key) for key in found)

    def state(self) -> QueueState:
        in_hand = sum(self._is_alive(entry.owner) for entry in self._entries.values())
        free = (f"{key} {entry.count}" for key, entry in self._entries.items() if not self._is_alive(entry.owner))
        return QueueState(len(self._entries) - in_hand, in_hand, ids.digest(str(self._last), *free))

    def dead(self) -> list[DeadJob]:
        return list(self._dead)

    def _is_alive(self, consumer: str) -> bool:
        return self._alive.get(consumer, 0.0) > self._clock()

    def _dead_letter(self, key: str) -> DeadJob:
        entry = self._entries.pop(key)
        fields = {name: str(value) for name, value in asdict(entry.job).items()}
        return DeadJob(key, fields, f"handed out {entry.count} times and never finished", self._clock())

    def _deliver(self, key: str, consumer: str) -> Delivery:
        entry = self._entries[key]
        entry.owner, entry.count = consumer, entry.count + 1
        return Delivery(key, entry.job, entry.count)
