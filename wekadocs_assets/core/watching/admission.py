"""Back-pressure: how many documents may be ingested now, given the load of queue, stores, Redis and disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

EASE = 0.5
"""Share of a limit up to which documents are admitted without reduction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """runs: running and starting ingests; queued: waiting jobs; graph_seconds, vectors_seconds: response time of a probe.

    redis_pct: used share of Redis' memory limit in percent, 0 if unlimited or unknown; free_mb: on the data folder's disk.
    """

    runs: int = 0
    queued: int = 0
    graph_seconds: float = 0.0
    vectors_seconds: float = 0.0
    redis_pct: float = 0.0
    free_mb: float = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Highest admitted values (lowest for free_mb); documents: admitted at a time."""

    documents: int
    runs: int
    queued: int
    probe_seconds: float
    redis_pct: float
    free_mb: float


@dataclass(frozen=True, slots=True)
class Admission:
    """documents: how many may be ingested now; reason: why it is none or fewer than the limit, '' otherwise."""

    documents: int
    reason: str = ""


def admit(load: Load, limits: Limits) -> Admission:
    """No documents above a limit; above EASE of a limit, a number proportional to the remaining share."""
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
    """(used share, message) of every limit."""
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
