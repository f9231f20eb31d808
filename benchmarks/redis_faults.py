"""Cost of Redis faults to an ingest: `python benchmarks/redis_faults.py FOLDER [--pairs 5] [--faults absent slow]`.

For each fault it runs pairs of cold ingests of FOLDER, one with a healthy Redis and one with the fault, each with
`ingestctl ingest --json` in a new process and an empty data folder. Prints the median and the worst ratio (fault to
healthy) of CPU time and of wall-clock time, and the report's remark on progress. Wall-clock times are meaningful only on an
idle machine. Needs redis-server, and uses tests/servers.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import scale

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from servers.redis import RedisServer  # type: ignore[import-not-found]  # from tests/, on the path only at run time
from servers.slow_proxy import SlowProxy  # type: ignore[import-not-found]  # likewise

if TYPE_CHECKING:
    from redis import Redis

Fault = Callable[[RedisServer], AbstractContextManager[str]]
"""Puts a server under the fault and yields the URL to use."""
TAG = "faults"
UNUSED_PORT = 9
"""The discard port (RFC 863), on which nothing listens."""
DELAY = 0.5


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--pairs", type=int, default=5)
    arguments.add_argument("--faults", nargs="+", choices=list(FAULTS), default=list(FAULTS), metavar="FAULT")
    options = arguments.parse_args()
    for name in options.faults:
        pairs = [pair(FAULTS[name], options.folder.resolve()) for _ in range(options.pairs)]
        print(json.dumps({"fault": name} | summary(pairs)), flush=True)


def summary(pairs: list[tuple[scale.Usage, scale.Usage]]) -> dict[str, Any]:
    cpu, wall = (
        [getattr(faulty, name) / getattr(healthy, name) for healthy, faulty in pairs] for name in ("cpu", "wall")
    )
    return {
        "healthy_cpu_seconds": round(median(healthy.cpu for healthy, _ in pairs), 2),
        "cpu_ratio": round(median(cpu), 3),
        "cpu_ratio_worst": round(max(cpu), 3),
        "healthy_wall_seconds": round(median(healthy.wall for healthy, _ in pairs), 2),
        "wall_ratio": round(median(wall), 3),
        "wall_ratio_worst": round(max(wall), 3),
        "progress": pairs[-1][1].result["progress"],
    }


def pair(fault: Fault, folder: Path) -> tuple[scale.Usage, scale.Usage]:
    return used(healthy, folder), used(fault, folder)


def used(fault: Fault, folder: Path) -> scale.Usage:
    """One ingest with a new Redis under this fault."""
    with tempfile.TemporaryDirectory(prefix="faults-") as place, RedisServer(Path(place, "redis")) as server:
        with fault(server) as url:
            environment = scale.clean_environment(Path(place), "embedded") | {"REDIS_URL": url}
            (Path(place) / "docs").symlink_to(folder)
            usage = scale.ingest(environment, Path(place) / "docs", TAG)
        usage.result["progress"] = json.loads(Path(usage.result["report"]).read_text())["progress"]
        return usage


@contextmanager
def healthy(server: RedisServer) -> Iterator[str]:
    yield server.url


@contextmanager
def absent(server: RedisServer) -> Iterator[str]:
    yield f"redis://127.0.0.1:{UNUSED_PORT}/0"


@contextmanager
def slow(server: RedisServer) -> Iterator[str]:
    with SlowProxy(server.port, DELAY) as proxy:
        yield f"redis://127.0.0.1:{proxy.port}/0"


@contextmanager
def full(server: RedisServer) -> Iterator[str]:
    with connected(server) as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1mb")
    yield server.url


@contextmanager
def wrong_type(server: RedisServer) -> Iterator[str]:
    """Replaces every key of the ingest by a string, shortly after the first exists."""

    def overwrite() -> None:
        with connected(server) as client:
            for key in client.scan_iter(match="ingest:*"):
                client.set(key, "x")

    with after_first_write(server, overwrite):
        yield server.url


@contextmanager
def killed(server: RedisServer) -> Iterator[str]:
    with after_first_write(server, server.kill):
        yield server.url


@contextmanager
def restarted_empty(server: RedisServer) -> Iterator[str]:
    def restart() -> None:
        server.kill()
        server.start()

    with after_first_write(server, restart):
        yield server.url


@contextmanager
def after_first_write(server: RedisServer, do: Callable[[], None]) -> Iterator[None]:
    """Calls `do` half a second after the first key is on the server."""
    over = threading.Event()

    def watch() -> None:
        with connected(server) as client:
            while not client.dbsize() and not over.is_set():
                time.sleep(0.05)
        time.sleep(0.5)
        do()

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()


def connected(server: RedisServer) -> Redis:
    from redis import Redis

    return Redis.from_url(server.url)


FAULTS: dict[str, Fault] = {
    "none": healthy,  # the difference between two equal runs
    "absent": absent,
    "slow": slow,
    "killed": killed,
    "restarted empty": restarted_empty,
    "full": full,
    "wrong type": wrong_type,
}

if __name__ == "__main__":
    main()
