"""Counts what was killed where, and prints it: the outcome of the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from crash.passes import Kill
from crash.verdict import Verdict


@dataclass
class Tally:
    """armed, passed, killed: by fault point. outcomes: how ingests ended, by words."""

    points: set[str] = field(default_factory=set)
    armed: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    killed: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    last_before: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    histories: int = 0
    comparisons: int = 0
    mismatches: int = 0
    noted: Counter[str] = field(default_factory=Counter)
    first_noted: dict[str, str] = field(default_factory=dict)

    @property
    def kills(self) -> int:
        return sum(self.kinds.values())

    def ingest(self, kill: Kill, killed: bool, outcome: str, passes: dict[str, int], last: str) -> None:
        self.passed.update(passes)
        self.outcomes[outcome] += 1
        if kill.nth:
            self.armed[kill.point] += 1
        if not killed:
            return
        self.kinds["after a time" if kill.seconds else "at a fault point"] += 1
        if kill.seconds:
            self.last_before[last or "before any point"] += 1
        else:
            self.killed[kill.point] += 1

    def history(self, number: int, verdict: Verdict) -> None:
        self.histories += 1
        self.comparisons += verdict.compared
        self.mismatches += bool(verdict.mismatches)
        self.noted.update({finding.partition(":")[0] for finding in verdict.noted})
        for finding in verdict.noted:
            self.first_noted.setdefault(finding.partition(":")[0], f"history {number}: {finding}")

    def never_killed(self) -> list[str]:
        return sorted(point for point in self.points if not self.killed[point])

    def lines(self) -> list[str]:
        width = max(map(len, self.points), default=20)
        table = [f"{'fault point':<{width}}  passes  armed  kills  kills after a time that came next"]
        for point in sorted(self.points):
            figures = self.passed[point], self.armed[point], self.killed[point], self.last_before[point]
            table.append(f"{point:<{width}}  {figures[0]:6}  {figures[1]:5}  {figures[2]:5}  {figures[3]:5}")
        table.append(
            f"{'(before any point)':<{width}}  {'':6}  {'':5}  {'':5}  {self.last_before['before any point']:5}"
        )
        return [*table, "", *self.summary()]

    def summary(self) -> list[str]:
        never = self.never_killed()
        return [
            f"kills: {self.kills} ({_counted(self.kinds)})",
            f"ingests: {sum(self.outcomes.values())} ({_counted(self.outcomes)})",
            f"fault points: {len(self.points)}, killed at {len(self.points) - len(never)} of them"
            + (f"; never at: {', '.join(never)}" if never and len(never) <= len(self.points) // 2 else ""),
            f"histories: {self.histories}, comparisons: {self.comparisons}, mismatches: {self.mismatches}",
            *(
                f"noted, not counted as a mismatch: {name} in {count} histories, first in {self.first_noted[name]}"
                for name, count in self.noted.items()
            ),
        ]

    def as_json(self) -> dict:
        return {
            "kills": self.kills, "kinds": dict(self.kinds), "histories": self.histories,
            "comparisons": self.comparisons, "mismatches": self.mismatches, "noted": self.first_noted,
            "killed_at": dict(self.killed), "never_killed_at": self.never_killed(), "outcomes": dict(self.outcomes),
        }  # fmt: skip


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "none"


def indented(lines: Sequence[str]) -> str:
    return "\n".join(f"  {line}" for line in lines)
