"""What came of a history: mismatches, each of which is an error, and what is only noted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

ONLY_NOTED = frozenset({"litter", "leftovers"})
"""Findings that are noted but are no mismatch: they cost disk space and are seen by nobody who asks the index."""


@dataclass
class Verdict:
    """compared: whether the history came as far as the comparison with a clean run."""

    mismatches: list[str] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)
    compared: bool = False

    def add(self, findings: Sequence[str]) -> None:
        """findings: each begins with its kind and a colon."""
        for finding in findings:
            kind = finding.partition(":")[0]
            (self.noted if kind in ONLY_NOTED else self.mismatches).append(finding)
