"""A client that answers in time or not at all: redis-py's own retries would hold a caller for seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redis import Redis


def open_redis(url: str, timeout: float) -> Redis:
    """timeout: seconds to connect, and for each answer. url: `unix://PATH` for a socket, too."""
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    limits = {"socket_connect_timeout": timeout, "socket_timeout": timeout}
    retry = Retry(NoBackoff(), 0)
    return Redis.from_url(url, **limits, retry=retry, decode_responses=True, encoding_errors="replace")


def memory_pct(client: Redis) -> float:
    """Of its memory that is in use; 0 where it has no limit, or does not answer."""
    from redis import RedisError

    try:
        memory = client.info("memory")
    except RedisError:
        return 0.0
    return 100 * memory["used_memory"] / memory["maxmemory"] if memory.get("maxmemory") else 0.0
