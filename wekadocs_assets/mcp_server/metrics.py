"""The Prometheus metrics of /metrics: calls by tool and outcome, their duration, and the state of the index.

A metric is added in Metrics; docs/mcp.md lists them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from wekadocs_assets.mcp_server.models import IndexStatus

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
"""Seconds; a search takes about 50 ms, one that waits for an ingest up to the lock time-out."""


class Metrics:
    """Metrics in a registry of their own, so that several servers in one process do not share them.

    clock: returns seconds since the epoch.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.registry = registry = CollectorRegistry()
        self._calls = Counter(
            "wekadocs_mcp_requests", "Calls by tool and outcome.", ["tool", "outcome"], registry=registry
        )
        self._seconds = Histogram(
            "wekadocs_mcp_request_seconds", "Seconds to the answer.", ["tool"], buckets=BUCKETS, registry=registry
        )
        tag = ["collection"]
        self._up = Gauge("wekadocs_index_up", "1 if the stores answered this scrape.", registry=registry)
        self._documents = Gauge("wekadocs_documents", "Documents in the index.", tag, registry=registry)
        self._points = Gauge("wekadocs_points", "Points of the active embedding version.", tag, registry=registry)
        self._unfinished = Gauge(
            "wekadocs_ingest_unfinished", "1 if an ingest started and did not finish.", tag, registry=registry
        )
        self._age = Gauge(
            "wekadocs_seconds_since_last_ingest", "Age of the newest report; NaN without one.", registry=registry
        )
        self._ready = Gauge(
            "wekadocs_ready_for_queries",
            "1 if the last ingest of every collection found it ready, else 0; NaN if not checked.",
            registry=registry,
        )

    def count(self, tool: str, outcome: str, seconds: float) -> None:
        """Counts one call. outcome: ok, refused, busy, unavailable, failed or cancelled; seconds: its duration."""
        self._calls.labels(tool, outcome).inc()
        self._seconds.labels(tool).observe(seconds)

    def page(self, status: IndexStatus | None) -> bytes:
        """The metrics in Prometheus text format. status None: the stores did not answer, the last values are kept."""
        self._up.set(0 if status is None else 1)
        if status:
            self._set_gauges(status)
        return generate_latest(self.registry)

    def _set_gauges(self, status: IndexStatus) -> None:
        for gauge in (self._documents, self._points, self._unfinished):
            gauge.clear()  # removes collections that no longer exist
        for one in status.collections:
            self._documents.labels(one.tag).set(one.documents)
            self._points.labels(one.tag).set(one.points)
            self._unfinished.labels(one.tag).set(bool(one.unfinished_ingest))
        self._age.set(self._seconds_since(status.last_ingest_utc))
        self._ready.set(float("nan") if status.ready_for_queries is None else status.ready_for_queries)

    def _seconds_since(self, utc: str) -> float:
        """Seconds since an ISO 8601 time; NaN if there is none."""
        try:
            return self._clock() - datetime.fromisoformat(utc).timestamp()
        except ValueError:
            return float("nan")
