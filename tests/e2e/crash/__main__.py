"""`python -m crash --kills N [--seed S] [--stores embedded|neo4j]`: random histories until N ingests were killed.

Needs tests/ and tests/e2e/ on PYTHONPATH, and for neo4j a server that may be wiped, named by NEO4J_URI, NEO4J_USER and
NEO4J_PASSWORD (`python -m servers --neo4j -- python -m crash …`). Exit 1 when any history differs from its clean run: its
folder is kept, and `python -m crash --repeat FOLDER/history.json` plays it again.
"""

from __future__ import annotations

import os

# before numpy and pyarrow (which neo4j imports where it is there): a process that forks has no threads
os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
os.environ["JE_ARROW_MALLOC_CONF"] = "background_thread:false"

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from crash import forked
from crash.engines import Engines
from crash.history import History
from crash.passes import Kill, Passes
from crash.planner import Planner
from crash.tally import Tally, indented

MOST_KEPT = 5


class Driver:
    def __init__(self, seed: str, stores: str, folder: Path, only: str = "") -> None:
        self.seed, self.stores, self.folder, self.only = seed, stores, folder, only
        self.tally = Tally()
        self._planners: dict[Engines, Planner] = {}
        self._kept = 0

    def until(self, kills: int, first: int) -> None:
        number = first
        while self.tally.kills < kills and self._kept < MOST_KEPT:
            self.history(number)
            number += 1

    def history(self, number: int, repeated: tuple[Kill, ...] = ()) -> None:
        home = self.folder / f"history-{number}"
        home.mkdir(parents=True)
        began, kills = time.monotonic(), self.tally.kills
        history = History(self.seed, number, home, self.stores, self._listen)
        self._planner = self._planners.setdefault(history.engines, Planner(history.points, self.only))
        self.tally.points |= self._planner.points.keys()
        verdict = history.play(lambda chance, is_first: self._planner.next(chance, is_first=is_first), repeated)
        self.tally.history(number, verdict)
        word = "DIFFERS" if verdict.mismatches else "equal"
        seconds = time.monotonic() - began
        print(
            f"history {number} on {history.engines}: {self.tally.kills - kills} kills, {word}, {seconds:.0f} s",
            flush=True,
        )
        if verdict.mismatches:
            self._kept += 1
            print(indented([*map(str, history.steps), *verdict.mismatches]))
            print(
                f"  seed {self.seed}, history {number}; again: python -m crash --repeat {home}/history.json", flush=True
            )
        else:
            history.remove()

    def _listen(self, kill: Kill, ended: forked.Ended, passes: Passes, outcome: str) -> None:
        self.tally.ingest(kill, ended.killed and not ended.hung, outcome, passes.counts(), passes.last)
        self._planner.ended(kill, ended.killed, passes.counts(), ended.seconds)


def main(given: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m crash")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--first", type=int, default=0, help="number of the first history")
    parser.add_argument("--stores", choices=["embedded", "neo4j"], default="embedded")
    parser.add_argument("--only", default="", help="a part of the names of fault points: kills there alone")
    parser.add_argument("--folder", type=Path, help="where histories are kept while they run, and after a mismatch")
    parser.add_argument("--repeat", type=Path, help="a history.json: plays this history again")
    parser.add_argument("--json", type=Path, help="writes the counts to this file")
    options = parser.parse_args(given)
    folder = options.folder or Path(tempfile.mkdtemp(prefix="crash-"))
    told = json.loads(options.repeat.read_text()) if options.repeat else {}
    driver = Driver(told.get("seed", options.seed), told.get("stores", options.stores), folder, options.only)
    forked.prepare(with_neo4j=driver.stores == "neo4j")
    if told:
        driver.history(told["number"], tuple(Kill(**kill) for kill in told["kills"]))
    else:
        driver.until(options.kills, options.first)
    print("\n".join(driver.tally.lines()))
    if options.json:
        options.json.write_text(json.dumps(driver.tally.as_json(), indent=1))
    if not driver.tally.mismatches and not options.folder:
        shutil.rmtree(folder)
    return 1 if driver.tally.mismatches else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
