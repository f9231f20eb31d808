"""Opens what processes share through Redis, or through a Valkey in the data folder: progress, the job queue, watch checks.

Add a function here for each new kind of message. Its keys and commands belong in adapters/redis.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TYPE_CHECKING

from wekadocs_assets.app.adapter_factory import AdapterFactory
from wekadocs_assets.config.settings import Settings
from wekadocs_assets.core.errors import StoreUnavailable
from wekadocs_assets.core.jobs.ports import JobQueue, ProgressStreams, ProgressWriter

if TYPE_CHECKING:
    from redis import Redis

    from wekadocs_assets.adapters.redis.checks import WatchCheck

HEARTBEATS = 3
"""Heartbeats per lease duration."""


@contextmanager
def progress_streams(settings: Settings) -> Iterator[ProgressStreams]:
    """Job states and progress events. The Valkey of the data folder stops with its last client."""
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
    """Renews the consumer's lease by heartbeats while the block runs."""
    from wekadocs_assets.app.heartbeat import heartbeat

    queue.beat(consumer)
    with heartbeat(lambda: queue.beat(consumer), settings.lease_seconds / HEARTBEATS):
        yield


def progress_writer(settings: Settings) -> ProgressWriter:
    """A writer that publishes on its own thread, so that Redis never delays an ingest."""
    from wekadocs_assets.adapters.redis.background_progress import BackgroundProgress

    return BackgroundProgress(lambda: progress_streams(settings))


def publish_checks(settings: Settings, reasons: Mapping[str, str]) -> None:
    """Stores the reason of each collection's last check for `ingestctl status`. Errors of Redis are ignored."""
    from wekadocs_assets.adapters.redis.checks import write_checks

    with suppress(StoreUnavailable), _server(settings) as (client, _):
        write_checks(client, settings.redis_namespace, reasons, time.time())


def watch_checks(settings: Settings) -> dict[str, WatchCheck]:
    """Tag -> the reason and the time of its last check."""
    from wekadocs_assets.adapters.redis.checks import read_checks

    with _server(settings) as (client, _):
        return read_checks(client, settings.redis_namespace)


def memory_pct(settings: Settings) -> float:
    """Used share of the server's memory limit in percent; 0 when it has no limit."""
    from wekadocs_assets.adapters.redis.client import memory_pct

    with _server(settings) as (client, _):
        return memory_pct(client)


def _server(settings: Settings) -> AbstractContextManager[tuple[Redis, str]]:
    """A client and the place of its server, for error messages."""
    return AdapterFactory(settings).redis()
