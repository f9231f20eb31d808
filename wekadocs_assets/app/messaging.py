"""Opens what a process shares with others through Redis, or a Valkey in the data folder: progress, the job queue, checks.

Add a function here for each new kind of message. How it is stored belongs in adapters/redis.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TYPE_CHECKING

from wekadocs_assets.app.adapter_factory import AdapterFactory
from wekadocs_assets.config.settings import Settings
from wekadocs_assets.core.errors import StoreUnavailable
from wekadocs_assets.core.jobs.ports import ProgressStreams, ProgressWriter
from wekadocs_assets.core.jobs.queue import JobQueue

if TYPE_CHECKING:
    from redis import Redis

    from wekadocs_assets.adapters.redis.checks import WatchCheck

HEARTBEATS = 3
"""Per duration of a lease."""


@contextmanager
def progress_streams(settings: Settings) -> Iterator[ProgressStreams]:
    """Job states and events. An embedded Valkey stops with its last user."""
    from wekadocs_assets.adapters.redis.progress import RedisProgress

    with _server(settings) as (client, place):
        yield RedisProgress(client, place, settings.redis_namespace)


@contextmanager
def job_queue(settings: Settings) -> Iterator[JobQueue]:
    from wekadocs_assets.adapters.redis.queue import RedisQueue

    with _server(settings) as (client, place):
        yield RedisQueue(client, place, settings.redis_namespace, settings.lease_seconds)


@contextmanager
def consumer_of(queue: JobQueue, settings: Settings, consumer: str) -> Iterator[None]:
    """Keeps the consumer alive, by heartbeats, for the duration of the block."""
    from wekadocs_assets.app.heartbeat import heartbeat

    queue.beat(consumer)
    with heartbeat(lambda: queue.beat(consumer), settings.lease_seconds / HEARTBEATS):
        yield


def progress_writer(settings: Settings) -> ProgressWriter:
    """Writes on a thread of its own, so that it never delays an ingest."""
    from wekadocs_assets.adapters.redis.background_progress import BackgroundProgress

    return BackgroundProgress(lambda: progress_streams(settings))


def publish_checks(settings: Settings, reasons: Mapping[str, str]) -> None:
    """What watching found for each collection, for `ingestctl status`. Ignored when the server is away or full."""
    from wekadocs_assets.adapters.redis.checks import write_checks

    with suppress(StoreUnavailable), _server(settings) as (client, _):
        write_checks(client, settings.redis_namespace, reasons, time.time())


def watch_checks(settings: Settings) -> dict[str, WatchCheck]:
    """Collection -> the result of its last check, and when."""
    from wekadocs_assets.adapters.redis.checks import read_checks

    with _server(settings) as (client, _):
        return read_checks(client, settings.redis_namespace)


def memory_pct(settings: Settings) -> float:
    """Percentage of the server's memory in use; 0 where it has no limit."""
    from wekadocs_assets.adapters.redis.client import memory_pct

    with _server(settings) as (client, _):
        return memory_pct(client)


def _server(settings: Settings) -> AbstractContextManager[tuple[Redis, str]]:
    """A client, and where its server is."""
    return AdapterFactory(settings).redis()
