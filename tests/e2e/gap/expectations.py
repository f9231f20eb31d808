"""What must answer at any moment, told to the reader before anything changes: a file of lines that only grows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from crash.corpus import Place

Group = tuple[str, ...]
"""source_uris of one page, the former name first: one of them must answer."""


@dataclass(frozen=True)
class Expectation:
    """number grows; ingesting: an ingest runs. pages: the groups that must answer. Outside of an ingest it is all pages."""

    number: int
    ingesting: bool
    pages: tuple[Group, ...]


def surviving(before: Mapping[Place, int], after: Mapping[Place, int]) -> tuple[Group, ...]:
    """before and after: the pages of a folder by name, with a key that a page keeps through renames."""
    same = [(name,) for _, name in sorted(before.keys() & after.keys())]
    now = {key: place for place, key in after.items()}
    moved = sorted(
        (old[1], now[key][1]) for old, key in before.items() if old not in after and now.get(key, old) not in before
    )
    return (*same, *moved)


class Announcements:
    """The writer's end."""

    def __init__(self, path: Path) -> None:
        self._path, self._number = path, 0
        path.touch()

    def tell(self, pages: Sequence[Group], *, ingesting: bool) -> int:
        self._number += 1
        line = json.dumps(asdict(Expectation(self._number, ingesting, tuple(pages))))
        with self._path.open("a") as file:
            file.write(line + "\n")
        return self._number


class Told:
    """The reader's end: what was expected at any moment since the last question."""

    def __init__(self, path: Path) -> None:
        self._file = path.open()
        self._rest = ""
        self.now = Expectation(0, False, ())

    def since(self) -> list[Expectation]:
        """The expectation that held until now, and all that came after it; the last one holds from now on."""
        self._rest += self._file.read()
        *lines, self._rest = self._rest.split("\n")
        held = [self.now, *(_read(line) for line in lines)]
        self.now = held[-1]
        return held


def always(group: Group, held: Sequence[Expectation]) -> bool:
    """Whether the group had to answer at every moment."""
    return all(group in expectation.pages for expectation in held)


def _read(line: str) -> Expectation:
    told = json.loads(line)
    return Expectation(told["number"], told["ingesting"], tuple(map(tuple, told["pages"])))
