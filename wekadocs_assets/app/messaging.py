"""Settings to Redis, or to the data folder's own Valkey: progress streams, the job queue, what came of looks."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from wekadocs_assets.config.settings import Settings
from wekadocs_assets.core.errors import StoreUnavailable
from wekadocs_assets.core.jobs.ports import ProgressStreams, ProgressWriter
from wekadocs_assets.core.jobs.queue import JobQueue
from wekadocs_assets.core.server_urls import address

if TYPE_CHECKING:
    from redis import Redis

BEATS = 3
"""Heartbeats within a lease."""


@contextmanager
def progress_streams(settings: Settings) -> Iterator[ProgressStreams]:
    """The embedded Valkey ends with its last user."""
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
    """It lives over the block."""
    from wekadocs_assets.app.heartbeat import heartbeat

    queue.beat(consumer)
    with heartbeat(lambda: queue.beat(consumer), settings.lease_seconds / BEATS):
        yield


def progress_writer(settings: Settings) -> ProgressWriter:
    """On a thread of its own: it never holds up an ingest."""
    from wekadocs_assets.adapters.redis.background_progress import BackgroundProgress

    return BackgroundProgress(lambda: progress_streams(settings))


def tell_looks(settings: Settings, reasons: Mapping[str, str]) -> None:
    """For `ingestctl status`; a server that is away or full hears nothing."""
    from wekadocs_assets.adapters.redis.checks import write_checks

    with suppress(StoreUnavailable), _server(settings) as (client, _):
        write_checks(client, settings.redis_namespace, reasons, time.time())


def looks(settings: Settings) -> dict[str, dict]:
    """What came of the last look at each collection, and when."""
    from wekadocs_assets.adapters.redis.checks import read_checks

    with _server(settings) as (client, _):
        return read_checks(client, settings.redis_namespace)


def memory_pct(settings: Settings) -> float:
    """Of the server's memory that is in use; 0 where it has no limit."""
    from wekadocs_assets.adapters.redis.client import memory_pct

    with _server(settings) as (client, _):
        return memory_pct(client)


@contextmanager
def _server(settings: Settings) -> Iterator[tuple[Redis, str]]:
    """A client and where its server is."""
    from wekadocs_assets.adapters.redis.client import open_redis
    from wekadocs_assets.adapters.redis.embedded_valkey import embedded_valkey

    url, folder = settings.redis_url.get_secret_value(), settings.data_folder / "valkey"
    opened = open_redis(url, settings.connect_timeout) if url else embedded_valkey(folder, settings.connect_timeout)
    with opened as client:
        yield client, address(url) if url else str(folder)
