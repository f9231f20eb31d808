"""Folders of random pages, and what people do to them between two ingests: each action drawn from a generator that is given."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

from crash.pages import HEADINGS, Page, Part, random_name, random_page, random_part, render, sentence

Place = tuple[int, str]
"""Number of the folder and a page's name in it."""
LONG_AGO, STEP = 1_600_000_000, 10
"""Seconds since the epoch: modification times that a scan trusts, each used once."""
BAD = b"\x89PNG\r\n\x1a\n\x00\x00"


class Corpus:
    """pages: what stands in the folders. key: tells a page through its renames. Every folder keeps a page."""

    def __init__(self, roots: Sequence[Path], chance: random.Random, pages: int = 6) -> None:
        self.roots = tuple(roots)
        self.pages: dict[Place, Page] = {}
        self.key: dict[Place, int] = {}
        self.spoilt: set[Place] = set()
        self._removed: list[tuple[Place, Page]] = []
        self._former: dict[Place, list[Page]] = {}
        self._ticks = self._keys = 0
        for number, root in enumerate(self.roots):
            root.mkdir(parents=True)
            while len(self._of(number)) < pages // len(self.roots):
                self.act("new", chance, number)

    def act(self, action: str, chance: random.Random, folder: int | None = None) -> str:
        """Carries out one of ACTIONS on a random page; says what it did, '' when it could not."""
        folder = chance.randrange(len(self.roots)) if folder is None else folder
        return ACTIONS[action](self, chance, folder)

    def copied(self, roots: Sequence[Path]) -> Corpus:
        """The same pages in other folders, where actions can be tried."""
        copy = deepcopy(self)
        copy.roots = tuple(roots)
        for root, original in zip(roots, self.roots, strict=True):
            shutil.copytree(original, root)
        return copy

    def as_it_is(self) -> tuple[dict[Place, Page], dict[Place, int]]:
        """For `put_back`."""
        return dict(self.pages), dict(self.key)

    def put_back(self, kept: tuple[dict[Place, Page], dict[Place, int]], chance: random.Random) -> str:
        """All that was done since is undone, but for modification times."""
        pages, keys = kept
        new = sorted(self.pages.keys() - pages.keys())
        for place in new:
            self._remove(place)
        changed = [place for place in sorted(pages) if self.pages.get(place) != pages[place] or place in self.spoilt]
        for place in changed:
            self._put(place, pages[place], chance)
        self.key = dict(keys)
        return f"the last edits are taken back ({len(changed)} pages written, {len(new)} removed)"

    def mend(self, chance: random.Random) -> None:
        for place in sorted(self.spoilt):
            self._put(place, self.pages[place], chance)

    def path(self, place: Place) -> Path:
        return self.roots[place[0]] / place[1]

    def edit(self, chance: random.Random, folder: int) -> str:
        place, page = self._any(chance, folder)
        index = chance.randrange(len(page.parts))
        part = page.parts[index]
        number = chance.randrange(len(part.blocks))
        block = part.blocks[number]
        if chance.random() < 0.3:
            blocks = random_part(chance, self._names(folder)).blocks
        elif block.kind in ("text", "bullets"):
            lines = (*block.lines, sentence(chance))
            blocks = (*part.blocks[:number], replace(block, lines=lines), *part.blocks[number + 1 :])
        else:
            blocks = (*part.blocks, *random_part(chance, self._names(folder)).blocks)[-4:]
        return self._put(place, page.with_part(index, replace(part, blocks=blocks)), chance, f"edited part {index}")

    def add(self, chance: random.Random, folder: int) -> str:
        place, page = self._any(chance, folder)
        index = chance.randint(0, len(page.parts))
        parts = (*page.parts[:index], random_part(chance, self._names(folder)), *page.parts[index:])
        return self._put(place, replace(page, parts=parts), chance, f"part {index} is new")

    def remove(self, chance: random.Random, folder: int) -> str:
        place, page = self._any(chance, folder, parts=2)
        index = chance.randrange(len(page.parts))
        parts = (*page.parts[:index], *page.parts[index + 1 :])
        if not parts:
            return ""
        return self._put(place, replace(page, parts=parts), chance, f"part {index} removed")

    def shorten(self, chance: random.Random, folder: int) -> str:
        place, page = self._any(chance, folder, parts=2)
        return self._put(place, replace(page, parts=(chance.choice(page.parts),)), chance, "shortened to one part")

    def reorder(self, chance: random.Random, folder: int) -> str:
        place, page = self._any(chance, folder, parts=2)
        parts = tuple(chance.sample(page.parts, len(page.parts)))
        return self._put(place, replace(page, parts=parts), chance, "parts in another order")

    def retitle_part(self, chance: random.Random, folder: int) -> str:
        place, page = self._any(chance, folder)
        index = chance.randrange(len(page.parts))
        part = replace(page.parts[index], heading=chance.choice(HEADINGS), level=chance.choice((2, 3)))
        return self._put(place, page.with_part(index, part), chance, f"part {index} retitled")

    def retitle(self, chance: random.Random, folder: int) -> str:
        place, page = self._any(chance, folder)
        title = chance.choice(("", f"About {chance.choice(HEADINGS)} {chance.randint(1, 9)}"))
        return self._put(place, replace(page, title=title), chance, f"title is '{title}'")

    def move_part(self, chance: random.Random, folder: int) -> str:
        """From one page to another, sometimes left where it was too: equal parts on two pages."""
        source, page = self._any(chance, folder, parts=2)
        target, other = self._any(chance, chance.randrange(len(self.roots)))
        if source == target:
            return ""
        index = chance.randrange(len(page.parts))
        self._put(target, replace(other, parts=(*other.parts, page.parts[index])), chance)
        parts: tuple[Part, ...] = (*page.parts[:index], *page.parts[index + 1 :])
        if not parts or chance.random() < 0.4:
            return f"{source} part {index} copied to {target}"
        return self._put(source, replace(page, parts=parts), chance, f"part {index} moved to {target}")

    def new(self, chance: random.Random, folder: int) -> str:
        place = self._free(chance, folder)
        if place is None:
            return ""
        page = random_page(chance, self._names(folder))
        self._keys += 1
        self.key[place] = self._keys
        return self._put(place, page, chance, "new")

    def delete(self, chance: random.Random, folder: int) -> str:
        if len(self._of(folder)) < 2:
            return ""
        place, page = self._any(chance, folder)
        self._removed.append((place, page))
        self._remove(place)
        return f"{place} deleted"

    def bring_back(self, chance: random.Random, folder: int) -> str:
        absent = [(place, page) for place, page in self._removed if place not in self.pages]
        if not absent:
            return ""
        place, page = chance.choice(absent)
        self._keys += 1
        self.key[place] = self._keys
        return self._put(place, page, chance, "is there again")

    def revert(self, chance: random.Random, folder: int) -> str:
        candidates = [place for place in sorted(self.pages) if self._former.get(place)]
        if not candidates:
            return ""
        place = chance.choice(candidates)
        return self._put(place, chance.choice(self._former[place]), chance, "put back as it was once")

    def rename(self, chance: random.Random, folder: int) -> str:
        place, page = self._any(chance, folder)
        new = self._free(chance, chance.randrange(len(self.roots)) if chance.random() < 0.2 else folder, place[1])
        if new is None or (new[0] != place[0] and len(self._of(place[0])) < 2):
            return ""
        self.path(new).parent.mkdir(parents=True, exist_ok=True)
        os.rename(self.path(place), self.path(new))
        self.pages[new], self.key[new] = page, self.key[place]
        if place in self.spoilt:
            self.spoilt.add(new)
        self._removed.append((place, page))
        self._forget(place)
        if chance.random() < 0.2:
            self._put(new, replace(page, title=f"Renamed {chance.randint(1, 9)}"), chance)
        return f"{place} renamed to {new}"

    def swap(self, chance: random.Random, folder: int) -> str:
        names = [place for place in self._of(folder) if place[1].endswith(".md") and place not in self.spoilt]
        if len(names) < 2:
            return ""
        one, other = chance.sample(names, 2)
        aside = self.path(one).with_suffix(".aside")
        for old, new in ((one, aside), (other, self.path(one)), (aside, self.path(other))):
            os.rename(old if isinstance(old, Path) else self.path(old), new)
        self.pages[one], self.pages[other] = self.pages[other], self.pages[one]
        self.key[one], self.key[other] = self.key[other], self.key[one]
        return f"{one} and {other} have changed places"

    def touch(self, chance: random.Random, folder: int) -> str:
        place, _ = self._any(chance, folder)
        self._tick(place)
        return f"{place} touched"

    def spoil(self, chance: random.Random, folder: int) -> str:
        """Until it is mended the page cannot be taken in."""
        place, _ = self._any(chance, folder)
        self.path(place).write_bytes(BAD)
        self.spoilt.add(place)
        return f"{place} made bad"

    def _of(self, folder: int) -> list[Place]:
        return sorted(place for place in self.pages if place[0] == folder)

    def _names(self, folder: int) -> list[str]:
        return [name for _, name in self._of(folder)] or ["alpha"]

    def _any(self, chance: random.Random, folder: int, parts: int = 1) -> tuple[Place, Page]:
        """A page with that many parts, where there is one."""
        places = self._of(folder)
        place = chance.choice([p for p in places if len(self.pages[p].parts) >= parts] or places)
        return place, self.pages[place]

    def _free(self, chance: random.Random, folder: int, suffix_of: str = "") -> Place | None:
        for _ in range(20):
            name = random_name(chance)
            if (folder, name) not in self.pages and (not suffix_of or name[-3:] == suffix_of[-3:]):
                return folder, name
        return None

    def _put(self, place: Place, page: Page, chance: random.Random, done: str = "") -> str:
        if place in self.pages and self.pages[place] != page:
            self._former.setdefault(place, []).append(self.pages[place])
        self.pages[place] = page
        self.spoilt.discard(place)
        path = self.path(place)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render(page, place[1]), "utf-8")
        if chance.random() < 0.5:
            self._tick(place)
        return f"{place} {done}"

    def _tick(self, place: Place) -> None:
        self._ticks += 1
        os.utime(self.path(place), (LONG_AGO + STEP * self._ticks,) * 2)

    def _remove(self, place: Place) -> None:
        self.path(place).unlink()
        self._forget(place)

    def _forget(self, place: Place) -> None:
        del self.pages[place], self.key[place]
        self.spoilt.discard(place)


ACTIONS = {
    name: getattr(Corpus, name)
    for name in (
        "edit", "add", "remove", "shorten", "reorder", "retitle_part", "retitle", "move_part", "new", "delete",
        "bring_back", "revert", "rename", "swap", "touch", "spoil",
    )
}  # fmt: skip
WEIGHTS = {"edit": 5, "rename": 3, "revert": 3, "delete": 2, "bring_back": 2, "move_part": 2, "remove": 2, "spoil": 0.4}
"""How often an action is drawn; 1 where it is not named."""


def random_action(chance: random.Random) -> str:
    return chance.choices(list(ACTIONS), [WEIGHTS.get(name, 1) for name in ACTIONS])[0]
