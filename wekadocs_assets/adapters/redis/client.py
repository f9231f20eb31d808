"""A Redis client with short time limits and no retries: redis-py's own retries would block a caller for seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redis import Redis


def open_redis(url: str, timeout: float) -> Redis:
    """timeout: seconds to connect, and for each response. url: `redis://`, `rediss://`, or `unix://PATH` for a socket."""
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return Redis.from_url(
        url,
        socket_connect_timeout=timeout,
        socket_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
        encoding_errors="replace",
    )


def memory_pct(client: Redis) -> float:
    """Used memory in percent of the server's limit; 0 when it has no limit or does not answer."""
    from redis import RedisError

    try:
        memory = client.info("memory")
    except RedisError:
        return 0.0
    return 100 * memory["used_memory"] / memory["maxmemory"] if memory.get("maxmemory") else 0.0
