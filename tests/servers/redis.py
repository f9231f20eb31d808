"""A real Redis server that keeps nothing: for what only a broker or a cache of its own process shows."""

from __future__ import annotations

import shutil
from pathlib import Path

from servers.process import ServerProcess, free_port, listens


def missing() -> str | None:
    """What this machine lacks to run the server, by name; None when it can."""
    return None if shutil.which("redis-server") else "redis-server is missing (Debian: redis-server)"


class RedisServer(ServerProcess):
    """Its data is gone with `stop()` and with `kill()`. keeps: every write is on the disk before it is acknowledged."""

    name = "redis"

    def __init__(self, home: Path, *, keeps: bool = False) -> None:
        super().__init__(home)
        self.keeps = keeps
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        address = ["--bind", "127.0.0.1", "--port", str(self.port)]
        log = ["--appendonly", "yes", "--appendfsync", "always"] if self.keeps else ["--appendonly", "no"]
        return ["redis-server", *address, "--save", "", *log, "--dir", str(self.home)]

    def answers(self) -> bool:
        import redis

        if not listens(self.port):
            return False
        with redis.Redis.from_url(self.url, socket_timeout=5) as client:
            try:
                return client.ping()
            except redis.RedisError:
                return False
