"""Back-pressure: how many documents come in now, or what they wait for, from what the machine and the servers bear."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

EASE = 0.5
"""Share of a limit up to which nothing is held back."""


@dataclass(frozen=True, slots=True)
class Load:
    """runs: ingests running or about to. queued: jobs that wait in the queue. graph_seconds, vectors_seconds: of a probe.

    redis_pct: memory in use of what it may have, 0 where it has no limit or cannot be asked. free_mb: of the data folder.
    """

    runs: int = 0
    queued: int = 0
    graph_seconds: float = 0.0
    vectors_seconds: float = 0.0
    redis_pct: float = 0.0
    free_mb: float = float("inf")


@dataclass(frozen=True, slots=True)
class Limits:
    """Each is still borne; documents: the most that come in at a time."""

    documents: int
    runs: int
    queued: int
    probe_seconds: float
    redis_pct: float
    free_mb: float


@dataclass(frozen=True, slots=True)
class Admission:
    """documents: how many come in now; 0: none, for this reason. reason of more than none: what they are fewer for."""

    documents: int
    reason: str = ""


def admit(load: Load, limits: Limits) -> Admission:
    """None beyond a limit; from half of it on fewer, in proportion to what is left."""
    if over := [reason for used, reason in _used(load, limits) if used > 1]:
        return Admission(0, "; ".join(over))
    if load.runs >= limits.runs:
        return Admission(0, f"{load.runs} of {limits.runs} ingests that may run at once are running")
    worst, reason = max(_used(load, limits))
    if worst <= EASE:
        return Admission(limits.documents)
    share = (1 - worst) / (1 - EASE)
    return Admission(max(1, int(limits.documents * share)), reason)


def _used(load: Load, limits: Limits) -> Iterator[tuple[float, str]]:
    """Shares of the limits, with the words for each."""
    yield load.queued / limits.queued, f"{load.queued} jobs wait in the queue, limit {limits.queued}"
    yield from (
        (seconds / limits.probe_seconds, f"{name} takes {seconds:.2f} s to answer, limit {limits.probe_seconds:g} s")
        for name, seconds in (("the graph", load.graph_seconds), ("the vector store", load.vectors_seconds))
    )
    yield (
        load.redis_pct / limits.redis_pct,
        f"Redis has {load.redis_pct:.0f} % of its memory in use, limit {limits.redis_pct:g} %",
    )
    free = limits.free_mb / load.free_mb if load.free_mb > 0 else float("inf")
    yield free, f"{load.free_mb:.0f} MB are free on the data folder's disk, limit {limits.free_mb:g} MB"
