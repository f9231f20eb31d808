"""One history: ingests that are killed, edits between them, one that is let through; then the comparison with a clean run."""

from __future__ import annotations

import json
import pickle
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from crash import engines as servers
from crash import judgement
from crash.corpus import Corpus, random_action
from crash.engines import EMBEDDED, Engines
from crash.fault_points import fault_points, install
from crash.forked import BROKEN, Ended, ingestctl, run
from crash.passes import Kill, Passes
from crash.verdict import Verdict

DRAWN_CHUNKS, DOCUMENTS_PER_RUN = ("128", "32"), ("500", "500", "2")
NO_KILL = Kill()
TAIL = 1000
"""Characters of a log that are shown of an ingest that failed."""


@dataclass
class Step:
    """What happened around one ingest; as JSON it is what a history is repeated from."""

    edits: list[str]
    settings: dict[str, str]
    arguments: list[str]
    kill: Kill
    ended: str = ""
    last_point: str = ""
    passes: int = 0

    def __str__(self) -> str:
        changed = "; ".join(self.edits) or "no edit"
        settings = " ".join(f"{name}={value}" for name, value in self.settings.items())
        end = f"{self.ended} (after {self.passes} passes, last '{self.last_point}')" if self.passes else self.ended
        return f"{changed} | {settings} ingest {' '.join(self.arguments)} | to be {self.kill} | {end}"


Listener = Callable[[Kill, Ended, Passes, str], None]
"""Is told of each ingest: what was planned, how it ended, what it passed, in words."""


class History:
    """kills: draws the kill of a step, or repeats one; told its number. Everything else follows from seed and number."""

    def __init__(self, seed: str, number: int, home: Path, stores: str, listen: Listener) -> None:
        self.seed, self.number, self.home, self.stores = seed, number, home, stores
        chance = self._chance("beginning")
        self.engines: Engines = servers.chosen(stores, number)
        roots = [home / "docs", home / "more"][: 2 if chance.random() < 0.35 else 1]
        self.corpus = Corpus(roots, chance, pages=chance.randint(4, 7))
        self.tries = chance.randint(5, 9)
        self.settings = {"CHUNK_TOKENS": "128", "DOCUMENTS_PER_RUN": chance.choice(DOCUMENTS_PER_RUN)}
        self.points = fault_points(self.engines.graph, self.engines.vectors)
        self.steps: list[Step] = []
        self.verdict = Verdict()
        self._listen = listen
        self._touched = False
        self._before = self.corpus.as_it_is()

    def play(self, kill_of: Callable[[random.Random, bool], Kill], repeated: Sequence[Kill] = ()) -> Verdict:
        self._on_server(servers.wipe)
        for number in range(len(repeated) or self.tries):
            chance = self._chance(f"kill {number}")
            self._step(number, repeated[number] if repeated else self._drawn(chance, kill_of))
        if not self.verdict.mismatches:
            self._finish()
        if not self.verdict.mismatches:
            self._compare()
        self.save()
        return self.verdict

    def save(self) -> Path:
        """What `--repeat` reads: timed kills are repeated at the pass that they came after."""
        kills = [
            asdict(Kill(nth=max(step.passes, 1)) if step.kill.seconds and "killed" in step.ended else step.kill)
            for step in self.steps[: self.tries]
        ]
        told = {"seed": self.seed, "number": self.number, "stores": self.stores, "kills": kills}
        path = self.home / "history.json"
        path.write_text(json.dumps({**told, "steps": [str(step) for step in self.steps]}, indent=1, ensure_ascii=False))
        return path

    def _chance(self, what: str) -> random.Random:
        return random.Random(f"{self.seed}/{self.number}/{what}")

    def _drawn(self, chance: random.Random, kill_of: Callable[[random.Random, bool], Kill]) -> Kill:
        undisturbed = 0.5 if not self.steps else 0.1
        return NO_KILL if chance.random() < undisturbed else kill_of(chance, not self._touched)

    def _step(self, number: int, kill: Kill) -> None:
        chance = self._chance(f"step {number}")
        wants = next((point.wants for point in self.points if point.name == kill.point), "")
        edits = self._undone(chance, 0.2) or self._edits(chance, wants) if number else []
        if wants == "switch" or (number and chance.random() < 0.08):
            self.settings["CHUNK_TOKENS"] = next(c for c in DRAWN_CHUNKS if c != self.settings["CHUNK_TOKENS"])
        step = Step(
            edits, dict(self.settings), self._arguments(chance) if number and not wants else self._roots(), kill
        )
        ended = self._ingest(step, watched=True)
        self._touched = True
        a_part = any(
            argument not in self._roots() for argument in step.arguments
        )  # drift of the rest is told, not mended
        allowed = (0, 1) if self.corpus.spoilt or a_part else (0,)
        if (not ended.killed and ended.code not in allowed) or ended.hung:
            self.verdict.mismatches.append(f"an ingest after these steps {step.ended}")

    def _undone(self, chance: random.Random, share: float) -> list[str]:
        """What was broken off is sometimes put back as it was: nothing of it may stay."""
        if not (self.steps and "killed" in self.steps[-1].ended and self.steps[-1].edits and chance.random() < share):
            return []
        return [self.corpus.put_back(self._before, chance)]

    def _edits(self, chance: random.Random, wants: str) -> list[str]:
        self._before = self.corpus.as_it_is()
        actions = [] if chance.random() < 0.25 else [random_action(chance) for _ in range(chance.randint(1, 3))]
        if wants not in ("", "switch", "first"):
            actions.append(wants)
        return [f"{action}: {done}" for action in actions if (done := self.corpus.act(action, chance))]

    def _roots(self) -> list[str]:
        return [str(root) for root in self.corpus.roots]

    def _arguments(self, chance: random.Random) -> list[str]:
        """Mostly all of the folders; now and then one of them, or a single page."""
        if chance.random() < 0.06 and len(self.steps) > 1:
            return [str(self.corpus.path(chance.choice(sorted(self.corpus.pages))))]
        return [chance.choice(self._roots())] if chance.random() < 0.15 else self._roots()

    def _finish(self) -> None:
        """The last edits, and an ingest that nobody disturbs; after it another one has nothing to do."""
        chance = self._chance("end")
        self.corpus.mend(chance)
        edits = self._undone(chance, 0.3)
        if not edits and chance.random() < 0.5:
            edits = [f"{a}: {d}" for a in ("edit", "rename", "delete") if (d := self._perhaps(a, chance))]
        self.settings["CHUNK_TOKENS"] = chance.choice(("128", self.settings["CHUNK_TOKENS"]))
        for number, what in enumerate((edits, [])):
            step = Step(what, dict(self.settings), [*self._roots(), "--json"], NO_KILL)
            log = self.home / f"undisturbed-{number}.log"
            ended = self._ingest(step, watched=False, log=log)
            if ended.code:
                self.verdict.mismatches.append(f"the ingest that nobody disturbed {step.ended}")
                return
        result = json.loads(log.read_text("utf-8").splitlines()[-1])
        if result["run_ids"]:
            self.verdict.mismatches.append(f"a second ingest still had something to do: {result}")

    def _perhaps(self, action: str, chance: random.Random) -> str:
        return self.corpus.act(action, chance) if chance.random() < 0.5 else ""

    def _compare(self) -> None:
        """With a clean run on embedded stores, whatever engines this history ran on: an export tells no engine."""
        ours, findings = self._export("ours", self.engines, self.home, judgement.judge)
        clean_home = self.home / "clean"
        clean_home.mkdir()
        environment = EMBEDDED.environment(clean_home) | self.settings
        log = clean_home / "log"
        ended = run(ingestctl("ingest", *self._roots()), environment, clean_home, log, NO_KILL)
        assert ended.code == 0, f"the clean run failed: {log.read_text()}"
        clean, _ = self._export("clean", EMBEDDED, clean_home, judgement.export)
        self.verdict.compared = True
        self.verdict.mismatches += judgement.differences(ours, clean)
        self.verdict.add(findings)

    def _export(self, name: str, engines: Engines, home: Path, work: Callable[[Path], int]) -> tuple[dict, list[str]]:
        result, log = self.home / f"{name}.pickle", self.home / f"{name}.log"
        ended = run(partial(work, result), engines.environment(home) | self.settings, home, log, NO_KILL)
        assert ended.code == 0, f"no export: {log.read_text()}"
        return pickle.loads(result.read_bytes())

    def _ingest(self, step: Step, *, watched: bool, log: Path | None = None) -> Ended:
        self.steps.append(step)
        passes = Passes([point.name for point in self.points])
        work, log = ingestctl("ingest", *step.arguments), log or self._log()

        def watched_work() -> int:
            install(passes.recorder(step.kill), self.engines.graph, self.engines.vectors)
            return work()

        environment = self.engines.environment(self.home) | step.settings
        ended = run(watched_work if watched else work, environment, self.home, log, step.kill)
        assert ended.code != BROKEN, f"the driver, not the ingest, is at fault: {log.read_text()}"
        step.last_point, step.passes = passes.last, passes.total
        step.ended = self._told(ended, log)
        self._listen(step.kill, ended, passes, self._outcome(ended))
        if ended.killed and self._chance(f"lease {len(self.steps)}").random() > 0.05:
            self._on_server(servers.expire_leases)
        return ended

    def _told(self, ended: Ended, log: Path) -> str:
        if ended.hung:
            return f"hung for {ended.seconds:.0f} s"
        if ended.killed:
            return f"killed after {ended.seconds:.2f} s"
        tail = f", {log.read_text('utf-8', 'replace')[-TAIL:]}" if ended.code else ""
        return f"ended with exit {ended.code}{tail}"

    def _outcome(self, ended: Ended) -> str:
        return "hung" if ended.hung else "killed" if ended.killed else f"exit {ended.code}"

    def _log(self) -> Path:
        return self.home / f"ingest-{len(self.steps):02}.log"

    def _on_server(self, work: Callable[[], int]) -> None:
        if self.engines.on_server:
            log = self.home / "server.log"
            ended = run(work, self.engines.environment(self.home), self.home, log, NO_KILL)
            assert ended.code == 0, f"Neo4j: {log.read_text()}"

    def remove(self) -> None:
        shutil.rmtree(self.home)
