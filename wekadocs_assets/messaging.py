"""Settings to Redis, or to the data folder's own Valkey: progress streams, the job queue and what people ask to be cancelled."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wekadocs_assets.core import ids
from wekadocs_assets.core.job_queue import JobQueue, QueuedJob
from wekadocs_assets.core.progress import JobEvent, JobState, ProgressTracker, ended
from wekadocs_assets.core.progress_ports import ProgressStreams, ProgressWriter
from wekadocs_assets.core.server_urls import address
from wekadocs_assets.core.stages.queued import JobEnd
from wekadocs_assets.settings import Settings

if TYPE_CHECKING:
    from redis import Redis

BEATS = 3
"""Heartbeats within a lease."""


@contextmanager
def progress_streams(settings: Settings) -> Iterator[ProgressStreams]:
    """The embedded Valkey ends with its last user."""
    from wekadocs_assets.adapters.redis_progress import RedisProgress

    with _server(settings) as (client, place):
        yield RedisProgress(client, place, settings.redis_namespace)


@contextmanager
def job_queue(settings: Settings) -> Iterator[JobQueue]:
    from wekadocs_assets.adapters.redis_queue import RedisQueue

    with _server(settings) as (client, place):
        yield RedisQueue(client, place, settings.redis_namespace, settings.lease_seconds)


@contextmanager
def consumer_of(queue: JobQueue, settings: Settings, consumer: str) -> Iterator[None]:
    """It lives over the block; what it has not finished by then is handed out again."""
    from wekadocs_assets.adapters.heartbeat import beating

    queue.beat(consumer)
    try:
        with beating(lambda: queue.beat(consumer), settings.lease_seconds / BEATS):
            yield
    finally:
        queue.leave(consumer)


def progress_writer(settings: Settings) -> ProgressWriter:
    """On a thread of its own: it never holds up an ingest."""
    from wekadocs_assets.adapters.background_progress import BackgroundProgress

    return BackgroundProgress(lambda: progress_streams(settings))


def end_jobs(settings: Settings, ingest_id: str, status: str, reason: str, hint: str) -> int:
    """Of an ingest whose process cannot tell any more: how many had not come to their end."""
    with progress_streams(settings) as streams:
        now = time.time()
        of_it = [state for state in streams.states() if state.ingest_id == ingest_id]
        left, events = ended(of_it, status, reason, hint, now)
        if left:
            percent = sum(state.percent for state in of_it) // len(of_it)
            events.append(JobEvent(ingest_id, 1, status, percent, reason, now, reason if status == "ERROR" else ""))
        streams.write(left, events)
    return len(left)


def enqueue(settings: Settings, jobs: Sequence[QueuedJob]) -> list[QueuedJob]:
    """Those that were added; they are told to wait."""
    with job_queue(settings) as queue, progress_streams(settings) as streams:
        added = queue.put(jobs)
        states = [JobState(j.job_id, j.source_uri, j.checksum, j.tag, "", j.created_at) for j in added]
        told = [JobEvent(job.job_id, 0, "PENDING", 0, "queued", job.created_at) for job in added]
        streams.begin(list(zip(states, told, strict=True)))
    return added


def tell_ends(settings: Settings, ends: Sequence[JobEnd], ingest_id: str) -> None:
    """Of queued jobs that were not worked."""
    if not ends:
        return
    with progress_streams(settings) as streams:
        tracker = ProgressTracker(streams, ingest_id, time.time)
        tracker.begin([(end.job.tag, end.job.source_uri, end.job.checksum) for end in ends])
        for end in ends:
            job = ids.job_id(end.job.tag, end.job.source_uri, end.job.checksum)
            if end.status == "DONE":
                tracker.complete([job])
            elif end.status == "CANCELLED":
                tracker.cancel([job], end.reason)
            else:
                tracker.error({job: ("PENDING", end.reason, end.hint)})


def memory_pct(settings: Settings) -> float:
    """Of the server's memory that is in use; 0 where it has no limit."""
    from wekadocs_assets.adapters.redis_client import memory_pct

    with _server(settings) as (client, _):
        return memory_pct(client)


@contextmanager
def _server(settings: Settings) -> Iterator[tuple[Redis, str]]:
    """A client and where its server is."""
    from wekadocs_assets.adapters.embedded_valkey import embedded_valkey
    from wekadocs_assets.adapters.redis_client import open_redis

    url, folder = settings.redis_url.get_secret_value(), settings.data_folder / "valkey"
    opened = open_redis(url, settings.connect_timeout) if url else embedded_valkey(folder, settings.connect_timeout)
    with opened as client:
        yield client, address(url) if url else str(folder)
