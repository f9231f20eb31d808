"""Draws where the next ingest is killed: at a fault point that had fewest kills so far, or after a random time."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

from crash.fault_points import FaultPoint
from crash.passes import Kill

TIMED = 0.35
FIRST_GUESS_SECONDS, SHORTEST = 2.5, 0.02


class Planner:
    """Learns from ingests that came to their end how often they pass a point and how long they take."""

    def __init__(self, points: Sequence[FaultPoint], only: str = "") -> None:
        """only: a part of the names of fault points, to kill at no other place and time."""
        self.points = {point.name: point for point in points if only in point.name}
        self._timed = 0.0 if only else TIMED
        self._tried: Counter[str] = Counter()
        self._passes: dict[str, int] = {}
        self._seconds = FIRST_GUESS_SECONDS

    def next(self, chance: random.Random, *, is_first: bool) -> Kill:
        """is_first: the stores are empty."""
        if chance.random() < self._timed:
            return Kill(seconds=max(SHORTEST, chance.random() * self._seconds))
        candidates = [name for name, point in self.points.items() if is_first or point.wants != "first"]
        candidates = candidates or list(self.points)
        if (
            is_first
            and (only_now := [n for n in candidates if self.points[n].wants == "first"])
            and chance.random() < 0.5
        ):
            candidates = only_now
        fewest = min(self._tried[name] for name in candidates)
        name = chance.choice([name for name in candidates if self._tried[name] == fewest])
        return Kill(name, 1 + int(self._passes.get(name, 1) * chance.random()))

    def ended(self, kill: Kill, killed: bool, passes: dict[str, int], seconds: float) -> None:
        if kill.nth:
            self._tried[kill.point] += 1 if killed else 0.5
        if not killed and passes:
            self._passes |= passes
            self._seconds = 0.7 * self._seconds + 0.3 * seconds if sum(passes.values()) > 20 else self._seconds
