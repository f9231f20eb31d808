"""Counts how often a process comes past each fault point, in memory that outlives it, and kills it where it was told to."""

from __future__ import annotations

import mmap
import os
import signal
import struct
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

NUMBER = struct.Struct("=q")


@dataclass(frozen=True)
class Kill:
    """When an ingest is killed: at the nth pass of a fault point ('' = of any), or after seconds by its parent.

    Both empty: it is not killed.
    """

    point: str = ""
    nth: int = 0
    seconds: float = 0.0

    @property
    def is_planned(self) -> bool:
        return bool(self.nth or self.seconds)

    def __str__(self) -> str:
        if self.seconds:
            return f"after {self.seconds:.3f} s"
        return f"at pass {self.nth} of {self.point or 'any point'}" if self.nth else "not killed"


class Passes:
    """Made before the fork; `at` is called in the child, everything else in the parent after its end."""

    def __init__(self, names: Sequence[str]) -> None:
        self._index = {name: number for number, name in enumerate(names, 2)}
        self._memory = mmap.mmap(-1, NUMBER.size * (len(names) + 2))
        self._mutex = threading.Lock()

    def recorder(self, kill: Kill) -> Callable[[str], None]:
        """What fault points call with their name."""

        def at(name: str) -> None:
            with self._mutex:  # a lease is renewed by a thread
                total, count = self._add(0), self._add(self._index[name])
                self._write(1, self._index[name])
                due = count if kill.point == name else 0 if kill.point else total
                if kill.nth and due == kill.nth:
                    os.kill(os.getpid(), signal.SIGKILL)

        return at

    @property
    def total(self) -> int:
        return self._read(0)

    @property
    def last(self) -> str:
        """The point that was passed last, '' for none."""
        return next((name for name, index in self._index.items() if index == self._read(1)), "")

    def counts(self) -> dict[str, int]:
        found = {name: self._read(index) for name, index in self._index.items()}
        return {name: count for name, count in found.items() if count}

    def _add(self, index: int) -> int:
        self._write(index, self._read(index) + 1)
        return self._read(index)

    def _read(self, index: int) -> int:
        return NUMBER.unpack_from(self._memory, index * NUMBER.size)[0]

    def _write(self, index: int, value: int) -> None:
        NUMBER.pack_into(self._memory, index * NUMBER.size, value)
