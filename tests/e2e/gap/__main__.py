"""`python -m gap --polls N --ingests M [--seed S] [--stores embedded|neo4j-edge|neo4j]`: at least so many of both.

Polls are counted that began and ended while an ingest ran. Needs tests/ and tests/e2e/ on PYTHONPATH, and for neo4j (its
own vectors) and neo4j-edge a server that may be wiped (`python -m servers --neo4j -- python -m gap …`). Exit 1 when a
promise was broken: a page empty, a point without its section, two texts under one section id.
"""

from __future__ import annotations

import os

os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
os.environ["JE_ARROW_MALLOC_CONF"] = "background_thread:false"

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from crash import engines, forked
from crash.corpus import ACTIONS, Corpus
from crash.engines import EMBEDDED, Engines
from crash.passes import Kill

from gap.board import MEANINGS, Board
from gap.expectations import Announcements, surviving
from gap.reader import read

STORES = {"embedded": EMBEDDED, "neo4j-edge": Engines("neo4j", ("edge",)), "neo4j": Engines("neo4j", ("neo4j",))}
EDITS = sorted(ACTIONS.keys() - {"spoil", "touch"})
IN_TURN = ("rename", "shorten", "remove", "retitle_part", "move_part", "reorder", "retitle", "add", "swap", "delete")
"""Each ingest has the next of these among its edits."""
PAGES = 10
LONGEST_WAIT = 120.0
"""Seconds for the reader to look at all pages once."""


class Writer:
    """Edits pages and ingests them; tells the reader beforehand what must answer meanwhile."""

    def __init__(self, home: Path, chosen: Engines, seed: str) -> None:
        self.home, self.engines, self.seed = home, chosen, seed
        self.chance = random.Random(seed)
        self.corpus = Corpus([home / "docs"], self.chance, PAGES)
        self.told = Announcements(home / "announcements")
        self.board = Board()
        self.ingests = 0

    def run(self, polls: int, ingests: int) -> None:
        if self.engines.on_server:
            self._run(engines.wipe, "wipe.log")
        self._ingest()
        work = partial(read, self.home / "docs", self.home / "announcements", self.board, self.seed)
        reader = forked.start(work, self.engines.environment(self.home), self.home, self.home / "reader.log")
        try:
            self._returned(reader)
            while self.board.polls_while_ingesting < polls or self.ingests < ingests:
                self._again()
                self._returned(reader)
        finally:
            self.board.stop = 1
            ended = forked.wait(reader, LONGEST_WAIT)
        assert ended.code == 0, f"the reader broke off: {self.violations()}"

    def violations(self) -> str:
        return (self.home / "reader.log").read_text()[-4000:]

    def _again(self) -> None:
        before = dict(self.corpus.key)
        # the reader has to know what will survive before any file, and so any store, changes
        plan = random.Random(self.chance.random())
        after = self._rehearsed(plan.getstate())
        self.told.tell(surviving(before, after), ingesting=True)
        self._edit(self.corpus, plan)
        assert self.corpus.key == after
        self._ingest()
        self.ingests += 1

    def _rehearsed(self, state: tuple) -> dict:
        """The pages that these edits lead to, carried out on a copy."""
        with tempfile.TemporaryDirectory(dir=self.home) as beside:
            copy = self.corpus.copied([Path(beside) / "docs"])
            chance = random.Random()
            chance.setstate(state)
            self._edit(copy, chance)
            return copy.key

    def _edit(self, corpus: Corpus, chance: random.Random) -> None:
        turn = IN_TURN[self.ingests % len(IN_TURN)]
        for action in (turn, *chance.choices(EDITS, k=chance.randint(0, 3))):
            corpus.act(action, chance)

    def _ingest(self) -> None:
        self._run(forked.ingestctl("ingest", str(self.home / "docs")), f"ingest-{self.ingests:04}.log")

    def _run(self, work, log: str) -> None:
        ended = forked.run(work, self.engines.environment(self.home), self.home, self.home / log, Kill())
        assert ended.code == 0, (self.home / log).read_text()

    def _returned(self, reader: int) -> None:
        """Waits until the reader has compared all pages with their files."""
        number = self.told.tell([(name,) for _, name in sorted(self.corpus.pages)], ingesting=False)
        deadline = time.monotonic() + LONGEST_WAIT
        while self.board.verified < number:
            assert not forked.has_ended(reader) and time.monotonic() < deadline, f"no reader: {self.violations()}"
            time.sleep(0.01)


def main(given: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m gap")
    parser.add_argument("--polls", type=int, default=10_000)
    parser.add_argument("--ingests", type=int, default=50)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--stores", choices=list(STORES), default="embedded")
    parser.add_argument("--json", type=Path, help="writes the counts to this file")
    options = parser.parse_args(given)
    forked.prepare(with_neo4j=STORES[options.stores].on_server)
    home = Path(tempfile.mkdtemp(prefix="gap-"))
    writer = Writer(home, STORES[options.stores], options.seed)
    began = time.monotonic()
    writer.run(options.polls, options.ingests)
    counts = {"ingests": writer.ingests, **writer.board.counts()}
    for name, count in counts.items():
        print(f"{count:8}  {MEANINGS.get(name, 'ingests of changed pages')}")
    print(f"{time.monotonic() - began:8.0f}  seconds")
    if options.json:
        options.json.write_text(json.dumps(counts))
    if counts["violations"]:
        print(f"seed {options.seed}; all is kept in {home}:\n{writer.violations()}")
        return 1
    shutil.rmtree(home)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
