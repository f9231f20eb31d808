"""What /metrics tells Prometheus: calls by tool and outcome, how long they took, and the state of the index."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from wekadocs_assets.mcp_server.models import IndexStatus

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
"""Seconds: a search takes some 50 ms, one that waits for an ingest as long as the lock time-out allows."""


class Metrics:
    """A registry of its own: two servers in a process (as in a test) do not share it. clock: seconds since the epoch."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.registry = registry = CollectorRegistry()
        self._calls = Counter(
            "wekadocs_mcp_requests", "Calls by tool and outcome.", ["tool", "outcome"], registry=registry
        )
        self._seconds = Histogram(
            "wekadocs_mcp_request_seconds", "Time to the answer.", ["tool"], buckets=BUCKETS, registry=registry
        )
        self._up = Gauge("wekadocs_index_up", "1 when the stores answered this scrape.", registry=registry)
        by_tag = {"labelnames": ["collection"], "registry": registry}
        self._documents = Gauge("wekadocs_documents", "Documents in the index.", **by_tag)
        self._points = Gauge("wekadocs_points", "Points of the served embedding_version.", **by_tag)
        self._unfinished = Gauge("wekadocs_ingest_unfinished", "1 when an ingest began and did not finish.", **by_tag)
        self._age = Gauge(
            "wekadocs_seconds_since_last_ingest", "Since the newest report; NaN without one.", registry=registry
        )
        self._ready = Gauge(
            "wekadocs_ready_for_queries",
            "Whether every collection was found ready by its last ingest; NaN: not judged.",
            registry=registry,
        )

    def count(self, tool: str, outcome: str, seconds: float) -> None:
        self._calls.labels(tool, outcome).inc()
        self._seconds.labels(tool).observe(seconds)

    def page(self, status: IndexStatus | None) -> bytes:
        """status None: the stores did not answer, and the last figures stay."""
        self._up.set(0 if status is None else 1)
        if status:
            self._take(status)
        return generate_latest(self.registry)

    def _take(self, status: IndexStatus) -> None:
        for gauge in (self._documents, self._points, self._unfinished):
            gauge.clear()  # a collection that went away is told no more
        for one in status.collections:
            self._documents.labels(one.tag).set(one.documents)
            self._points.labels(one.tag).set(one.points)
            self._unfinished.labels(one.tag).set(bool(one.unfinished_ingest))
        self._age.set(self._since(status.last_ingest_utc))
        self._ready.set(float("nan") if status.ready_for_queries is None else status.ready_for_queries)

    def _since(self, utc: str) -> float:
        try:
            return self._clock() - datetime.fromisoformat(utc).timestamp()
        except ValueError:
            return float("nan")
