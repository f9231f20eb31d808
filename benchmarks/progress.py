"""What telling of progress costs an ingest: `python benchmarks/progress.py FOLDER`.

A cold ingest of FOLDER into a fresh data folder, by `ingestctl` in this process, which publishes to REDIS_URL of the
environment, else to the Valkey of the data folder. Prints CPU seconds of the whole process, start and imports among them,
and of what publishing adds to it: the thread that writes (with the import of the client), and what the ingest's own thread
does to make states and events. EMBEDDING_MODEL of the environment is used, else the hash embedder, beside which the share
is at its largest.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

LIMIT = 1.0
"""Percent of an ingest's CPU that publishing is to stay within."""
TOLD = ("plan", "start", "batch", "finish", "break_off", "check", "end")
"""Methods of the ingest's progress that its own thread calls."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="progress-") as folder:
        os.environ |= {
            "WEKADOCS_HOME": f"{folder}/data",
            "REPORTS_DIR": f"{folder}/reports",
            "PYTHONWARNINGS": "ignore",
        }
        os.environ.setdefault("EMBEDDING_MODEL", "hash")
        print(json.dumps(measure(options.folder.resolve()), indent=1))


def measure(folder: Path) -> dict:
    from wekadocs_assets.adapters.redis.background_progress import BackgroundProgress
    from wekadocs_assets.cli.main import main as ingestctl
    from wekadocs_assets.defs.progress import Progress

    seconds: Counter[str] = Counter()
    gc.callbacks.append(collects)
    BackgroundProgress._write = timed(seconds, "opening and writing", BackgroundProgress._write)
    BackgroundProgress._write_to = timed(seconds, "of it writing", BackgroundProgress._write_to)
    for name in TOLD:
        setattr(Progress, name, timed(seconds, "telling", getattr(Progress, name)))
    sys.argv = ["ingestctl", "ingest", str(folder), "--json"]
    said, began = io.StringIO(), time.perf_counter()
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        ingestctl()
    cpu, wall = time.process_time(), time.perf_counter() - began
    spent = seconds["opening and writing"] + seconds["telling"]
    result = json.loads(said.getvalue().splitlines()[-1])
    return {
        "documents": result["documents"]["ingested"],
        "not_published": json.loads(Path(result["report"]).read_text())["progress"],
        "cpu_seconds": round(cpu, 2),
        "wall_seconds": round(wall, 2),
        "cpu_seconds_of_progress": {part: round(cost, 3) for part, cost in seconds.items()},
        "percent_of_progress": round(100 * spent / cpu, 2),
        "limit_percent": LIMIT,
    }


def timed(seconds: Counter[str], part: str, inner: Callable) -> Callable:
    """inner, with the CPU seconds of the thread that calls it added to the part."""

    def call(*arguments, **options):
        began = used()
        try:
            return inner(*arguments, **options)
        finally:
            seconds[part] += used() - began

    return call


def used() -> float:
    """CPU seconds of this thread beside collections of garbage: those of the ingest's heap fall on whoever comes along."""
    return time.thread_time() - collected[threading.get_ident()]


def collects(phase: str, _: dict) -> None:
    collected[threading.get_ident()] += time.thread_time() * (1 if phase == "stop" else -1)


collected: Counter[int] = Counter()
"""CPU seconds of each thread."""


if __name__ == "__main__":
    main()
