"""Cost of publishing progress: `python benchmarks/progress.py FOLDER`.

Runs a cold ingest of FOLDER into an empty data folder with `ingestctl` in this process, which publishes to REDIS_URL of the
environment, else to the Valkey of the data folder. Prints the CPU seconds of the whole process, including start and
imports, and those of publishing: the thread that writes (with the import of the client), and the part of the ingest's own
thread that makes states and events. Uses EMBEDDING_MODEL of the environment, else the hash embedder, with which the share
is largest.
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
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

LIMIT = 1.0
"""Expected maximum of the share of publishing in the CPU seconds, in percent."""
TIMED = ("plan", "start", "batch", "finish", "abort", "check", "end")
"""Methods of Progress that the ingest's own thread calls."""


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


def measure(folder: Path) -> dict[str, Any]:
    from wekadocs_assets.adapters.redis.background_progress import BackgroundProgress
    from wekadocs_assets.cli.main import main as ingestctl
    from wekadocs_assets.defs.progress import Progress

    seconds: defaultdict[str, float] = defaultdict(float)
    gc.callbacks.append(count_collection)
    for name, part in {"_write": "opening and writing", "_write_to": "of this, writing"}.items():
        setattr(BackgroundProgress, name, timed(seconds, part, getattr(BackgroundProgress, name)))
    for name in TIMED:
        setattr(Progress, name, timed(seconds, "states and events", getattr(Progress, name)))
    sys.argv = ["ingestctl", "ingest", str(folder), "--json"]
    stdout, began = io.StringIO(), time.perf_counter()
    with contextlib.redirect_stdout(stdout), contextlib.suppress(SystemExit):
        ingestctl()
    cpu, wall = time.process_time(), time.perf_counter() - began
    spent = seconds["opening and writing"] + seconds["states and events"]
    result = json.loads(stdout.getvalue().splitlines()[-1])
    return {
        "documents": result["documents"]["ingested"],
        "not_published": json.loads(Path(result["report"]).read_text())["progress"],
        "cpu_seconds": round(cpu, 2),
        "wall_seconds": round(wall, 2),
        "cpu_seconds_of_progress": {part: round(cost, 3) for part, cost in seconds.items()},
        "percent_of_progress": round(100 * spent / cpu, 2),
        "limit_percent": LIMIT,
    }


def timed(seconds: defaultdict[str, float], part: str, inner: Callable[..., Any]) -> Callable[..., Any]:
    """inner, with the CPU seconds of the calling thread added to the part."""

    def call(*arguments: Any, **options: Any) -> Any:
        began = used()
        try:
            return inner(*arguments, **options)
        finally:
            seconds[part] += used() - began

    return call


def used() -> float:
    """CPU seconds of this thread without garbage collections, which run in any thread but are caused by the ingest."""
    return time.thread_time() - collected[threading.get_ident()]


def count_collection(phase: str, _: dict[str, int]) -> None:
    collected[threading.get_ident()] += time.thread_time() * (1 if phase == "stop" else -1)


collected: defaultdict[int, float] = defaultdict(float)
"""CPU seconds of garbage collections by thread."""


if __name__ == "__main__":
    main()
