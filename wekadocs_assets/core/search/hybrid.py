"""One ranking out of several: reciprocal rank fusion that gives every engine's candidates the same order.

Engines fuse too, but they break ties at random, and ties are the rule there: the first by meaning and the first by words
have the same fused score. So the stores only rank, and the fusion is done here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

Hits = Sequence[tuple[str, float]]
"""(id, score), best first."""

K = 60
"""The constant of Cormack, Clarke and Büttcher (SIGIR 2009), which tells how fast the weight of a rank falls."""
EPSILON = 1e-5
"""Scores that differ by less, relatively, are equal: engines sum in single precision and were seen to differ by 2e-6."""
NOISE = 1e-6
"""The same for scores near 0: cosines of one pair were seen to differ by 1.4e-7, and by 1e-17 where they should be 0."""
DIGITS = 9
"""Fused scores are rounded, so that the order in which the lists are added does not show."""


def fuse(*lists: Hits, limit: int) -> list[tuple[str, float]]:
    """(id, fused score) of all ids, best first, equal ones by id; limit: how many hits each list was asked for."""
    scores: dict[str, float] = defaultdict(float)
    for hits in lists:
        for id_, rank in ranks(hits, limit).items():
            scores[id_] += 1 / (K + rank)
    rounded = ((id_, round(score, DIGITS)) for id_, score in scores.items())
    return sorted(rounded, key=lambda hit: (-hit[1], hit[0]))


def ranks(hits: Hits, limit: int) -> dict[str, int]:
    """Rank from 0 by id; equal scores share the rank of the first of them.

    A full list may have been cut within its last group of equal scores, and which of them an engine kept is chance: that
    group is left out, unless it is the whole list.
    """
    found: dict[str, int] = {}
    group = 0
    for place, (id_, score) in enumerate(hits):
        if place and not _equal(hits[place - 1][1], score):
            group = place
        found[id_] = group
    if len(hits) < limit or group == 0:
        return found
    return {id_: rank for id_, rank in found.items() if rank < group}


def _equal(better: float, worse: float) -> bool:
    return better - worse <= max(EPSILON * abs(better), NOISE)
