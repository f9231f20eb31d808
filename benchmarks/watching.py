"""Cost of watching while nothing changes: `python benchmarks/watching.py [--documents N] [--daemon SECONDS]`.

Ingests N made documents (see scale.py) with the hash embedder, then checks them as a tick of the folder sensor does: with
nothing changed, and with one page changed (planned, not ingested). Also scans a folder of 100,000 files, without stores.
`--daemon` runs `ingestctl ui` idle for this many seconds and scales the CPU seconds of its processes to an hour.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import scale

TAG, MANY, WARM_UP = "watched", 100_000, 60.0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--documents", type=int, default=2_000)
    arguments.add_argument("--daemon", type=float, default=0.0, metavar="SECONDS")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="watching-") as name:
        folder = Path(name)
        scale.write_documents(folder / "docs", options.documents, seed=1)
        environment = scale.clean_environment(folder, "embedded")
        scale.ingest(environment, folder / "docs", TAG)
        os.environ.update(environment)
        result = {"documents": options.documents, **ticks(folder), "scan of 100,000 files": listing(folder / "many")}
        if options.daemon:
            result["CPU seconds of an idle hour"] = idle_hour(environment, options.daemon)
    print(json.dumps(result, indent=1))


def ticks(folder: Path) -> dict[str, Any]:
    """CPU seconds of a tick without and with a change."""
    from wekadocs_assets.app import bootstrap
    from wekadocs_assets.app.watch import CheckResult, check_collection
    from wekadocs_assets.config.settings import read_settings
    from wekadocs_assets.core.watching.quiet_period import Watch

    settings = read_settings().model_copy(update={"watch_settle_seconds": 0.0})
    collection = bootstrap.known_collections(settings)[TAG]
    watch = check_collection(settings, collection, Watch(), no_runs).watch

    def idle() -> None:
        known = bootstrap.known_collections(settings)[TAG]
        assert check_collection(settings, known, watch, no_runs).reason.startswith("nothing changed")

    idle_seconds = min(cpu(idle) for _ in range(5))
    page = next((folder / "docs").rglob("*.md"))
    page.write_text(page.read_text() + "\nAnother sentence.\n")
    found: list[CheckResult] = []
    changed = cpu(lambda: found.append(check_collection(settings, collection, watch, no_runs)))
    return {
        "tick with nothing changed, CPU seconds": round(idle_seconds, 3),
        "tick with one page changed, CPU seconds": round(changed, 3),
        "its plan": found[0].reason,
    }


def listing(folder: Path) -> dict[str, Any]:
    """CPU seconds of a scan of MANY files, and the size of the cursor."""
    from wekadocs_assets.adapters.files.source_folder import FolderSource
    from wekadocs_assets.core.watching.quiet_period import MOST_WATCHED, Rule, Watch, listing_of, observe

    for number in range(MANY):
        if number % 1000 == 0:
            (folder / f"{number:06}").mkdir(parents=True)
        (folder / f"{number // 1000 * 1000:06}" / f"{number:06}.md").touch()
    found = []
    seconds = cpu(lambda: found.append(listing_of(FolderSource(folder).scan())))
    _, watch = observe(FolderSource(folder).scan(), [], Watch(listing=found[0]), Rule(), time.time())
    cursor = json.dumps({uri: [seen.size, seen.mtime_ns, seen.since] for uri, seen in watch.seen.items()})
    assert len(watch.seen) == MOST_WATCHED
    return {"scan and digest, CPU seconds": round(seconds, 2), "cursor if all files are new, bytes": len(cursor)}


def idle_hour(environment: dict[str, str], seconds: float) -> dict[str, float]:
    command = [sys.executable, "-m", "wekadocs_assets.cli.main", "ui", "--port", "3999"]
    with subprocess.Popen(command, env={**os.environ, **environment}) as ui:
        try:
            time.sleep(WARM_UP)
            before = spent(ui.pid)
            time.sleep(seconds)
            after = spent(ui.pid)
        finally:
            ui.terminate()
    return {
        name: round((after[name] - before.get(name, 0.0)) / seconds * 3600, 1) for name in after
    } | {"all": round((sum(after.values()) - sum(before.values())) / seconds * 3600, 1)}  # fmt: skip


def spent(pid: int) -> dict[str, float]:
    """CPU seconds so far of the descendants of a process, by kind, ended children included. Reads /proc, see proc(5)."""
    stats = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            values = (place / "stat").read_text().rpartition(") ")[2].split()
            line = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue  # the process has ended
        stats[int(place.name)] = (int(values[1]), sum(map(int, values[11:15])) / os.sysconf("SC_CLK_TCK"), line)
    family = {pid}
    while more := {child for child, (parent, _, _) in stats.items() if parent in family} - family:
        family |= more
    found: dict[str, float] = {}
    for _, seconds, line in (stats[child] for child in family - {pid}):
        kind = next((k for k in ("webserver", "_daemon", "grpc", "code-server", "valkey") if k in line), "other")
        found[kind] = found.get(kind, 0.0) + seconds
    return found


def no_runs(tags: object) -> tuple[int, int]:
    return 0, 0


def cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    main()
