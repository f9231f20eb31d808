"""`python -m soak --minutes N [--seed S] [--keep FOLDER]`: pages change at random under the watch-folder sensor and the queue.

Redis is restarted empty, the daemon is killed alone or with its runs. In the end all is left alone until nothing is to be
done, and the export is compared with that of a clean ingest of the same files. Needs tests/ and tests/e2e/ on PYTHONPATH.
Exit 1 when they differ, or when it never comes to rest.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from crash.corpus import Corpus, random_action
from servers.redis import RedisServer

from soak.daemon import Daemon

PAGES, LONGEST_REST, FAULT_SECONDS = 12, 600.0, (20.0, 60.0)
"""FAULT_SECONDS: from one fault to the next, at least and at most."""
QUICKLY = {
    "WATCH_INTERVAL_SECONDS": "5",
    "WATCH_SETTLE_SECONDS": "1",
    "WATCH_RETRY_SECONDS": "30",
    "LEASE_SECONDS": "10",
}


class Soak:
    def __init__(self, folder: Path, seed: str) -> None:
        self.folder, self.chance, self.counts = folder, random.Random(seed), Counter()
        self.docs = folder / "docs"
        self.corpus = Corpus([self.docs], self.chance, PAGES)
        self.redis = RedisServer(folder / "redis")
        self.environment = {
            **os.environ, **QUICKLY, "WEKADOCS_HOME": str(folder / "data"), "REPORTS_DIR": str(folder / "reports"),
            "EMBEDDING_MODEL": "hash", "COLLECTIONS": f"docs={self.docs}", "REDIS_URL": self.redis.url,
        }  # fmt: skip
        self.daemon = Daemon(self.environment, folder)

    def run(self, seconds: float) -> bool:
        self.redis.start()
        self.daemon.start()
        try:
            self._disturb(time.monotonic() + seconds)
            self.corpus.mend(self.chance)
            rested = self._rests()
        finally:
            self.daemon.end()
        self._count_runs()
        equal = self._equals_a_clean_ingest()
        self.redis.stop()
        return rested and equal

    def _disturb(self, until: float) -> None:
        fault_at = time.monotonic() + self.chance.uniform(*FAULT_SECONDS)
        while time.monotonic() < until:
            for _ in range(self.chance.randint(1, 4)):
                action = random_action(self.chance)
                if self.corpus.act(action, self.chance):
                    self.counts[f"files: {action}"] += 1
            if self.chance.random() < 0.2:
                self._enqueue()
            if time.monotonic() > fault_at:
                self._fault()
                fault_at = time.monotonic() + self.chance.uniform(*FAULT_SECONDS)
            time.sleep(self.chance.uniform(0.5, 6))

    def _fault(self) -> None:
        fault = self.chance.choice(["redis restarted empty", "daemon killed alone", "daemon killed with its runs"])
        self.counts[fault] += 1
        if fault.startswith("redis"):
            self.redis.kill()
            time.sleep(self.chance.uniform(0, 5))
            self.redis.start()
        else:
            self.daemon.kill(alone="alone" in fault)
            time.sleep(self.chance.uniform(0, 5))
            self.daemon.start()

    def _enqueue(self) -> None:
        """As another program does."""
        from redis import Redis

        with Redis.from_url(self.redis.url) as client:
            names = sorted(path.relative_to(self.docs).as_posix() for path in self.docs.rglob("*.*") if path.is_file())
            client.xadd("ingest:jobs", {"tag": "docs", "source_uri": self.chance.choice(names)})
        self.counts["jobs queued"] += 1

    def _rests(self) -> bool:
        """Until a plan has nothing to do and no job is under way."""
        until = time.monotonic() + LONGEST_REST
        while time.monotonic() < until:
            time.sleep(5)
            plan = self._ingestctl("ingest", "--dry-run", "--json")
            states = [json.loads(line) for line in self._ingestctl("status", "--json").stdout.splitlines()]
            if plan.returncode or any(told.get("status") in ("RUNNING", "QUEUED") for told in states):
                continue
            counts = json.loads(plan.stdout.splitlines()[0])
            if not any(counts[name] for name in ("new", "changed", "renamed", "failing", "deleted")):
                self.counts["seconds to rest"] = round(LONGEST_REST - (until - time.monotonic()))
                return True
        print(f"it never came to rest: {plan.stdout} {plan.stderr} {states}")
        return False

    def _count_runs(self) -> None:
        os.environ |= {
            "DAGSTER_HOME": self.daemon._environment["DAGSTER_HOME"],
            "WEKADOCS_HOME": str(self.folder / "data"),
        }
        import dagster as dg

        with dg.DagsterInstance.get() as instance:
            for run in instance.get_runs():
                self.counts[f"runs: {run.status.value.lower()}"] += 1
                self.counts["runs started by the folder sensor"] += "wekadocs/ingest" in run.tags

    def _equals_a_clean_ingest(self) -> bool:
        clean = {"WEKADOCS_HOME": str(self.folder / "clean"), "REPORTS_DIR": str(self.folder / "clean-reports")}
        first = self._ingestctl("ingest", **clean)
        exported = [self._ingestctl("export", str(self.folder / "export-clean"), **clean)]
        compared = self._ingestctl(
            "export", str(self.folder / "export"), "--compare", str(self.folder / "export-clean")
        )
        reconciled = self._ingestctl("reconcile")
        for done in (first, *exported, compared, reconciled):
            if done.returncode:
                print(done.args[3:], done.stdout[-3000:], done.stderr[-3000:])
        return not any(done.returncode for done in (first, *exported, compared, reconciled))

    def _ingestctl(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "wekadocs_assets.cli.main", *arguments]
        environment = {**self.environment, **environment}
        return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=self.folder, timeout=600)


def main(given: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--keep", type=Path, default=None)
    asked = parser.parse_args(given)
    folder = asked.keep or Path(tempfile.mkdtemp(prefix="soak-"))
    folder.mkdir(parents=True, exist_ok=True)
    soak = Soak(folder, asked.seed)
    well = soak.run(asked.minutes * 60)
    for name, count in sorted(soak.counts.items()):
        print(f"{count:6} {name}")
    print("the export equals that of a clean ingest" if well else f"NOT EQUAL, see {folder}")
    return 0 if well else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
