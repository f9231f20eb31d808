"""What came of the last look at each watched collection and at the queue: `ingest:looks`, a hash of JSON, for a day."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redis import Redis

LOOKS, ONE_DAY = "ingest:looks", 24 * 3600


def write_looks(client: Redis, namespace: str, reasons: Mapping[str, str], now: float) -> None:
    """By collection. now: seconds since the epoch. A server that does not take them is not told."""
    from redis import RedisError

    with suppress(RedisError), client.pipeline(transaction=True) as commands:
        for tag, reason in reasons.items():
            commands.hset(f"{namespace}{LOOKS}", tag, json.dumps({"at": now, "reason": reason}, ensure_ascii=False))
        commands.expire(f"{namespace}{LOOKS}", ONE_DAY)
        commands.execute()


def read_looks(client: Redis, namespace: str) -> dict[str, dict]:
    """By collection: at, in seconds since the epoch, and reason."""
    return {tag: json.loads(told) for tag, told in sorted(client.hgetall(f"{namespace}{LOOKS}").items())}
