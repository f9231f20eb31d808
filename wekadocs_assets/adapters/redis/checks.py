"""The result of the last check of each watched collection and of the queue: `ingest:looks`, a hash of JSON, kept for a day."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from redis import Redis

KEY, ONE_DAY = "ingest:looks", 24 * 3600


class WatchCheck(TypedDict):
    """at: seconds since the epoch; reason: what was started, or why nothing was."""

    at: float
    reason: str


def write_checks(client: Redis, namespace: str, reasons: Mapping[str, str], now: float) -> None:
    """reasons: by collection; now: seconds since the epoch. Errors of the server are ignored."""
    from redis import RedisError

    with suppress(RedisError), client.pipeline(transaction=True) as commands:
        for tag, reason in reasons.items():
            commands.hset(f"{namespace}{KEY}", tag, json.dumps({"at": now, "reason": reason}, ensure_ascii=False))
        commands.expire(f"{namespace}{KEY}", ONE_DAY)
        commands.execute()


def read_checks(client: Redis, namespace: str) -> dict[str, WatchCheck]:
    """The last check of each collection, sorted by its tag."""
    return {str(tag): json.loads(check) for tag, check in sorted(client.hgetall(f"{namespace}{KEY}").items())}
