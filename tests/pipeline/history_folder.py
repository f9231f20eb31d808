"""The documents of a history: two folders, a clock that stands still unless it is moved, and files that can go bad."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from history_pages import Page

TAGS = ("docs", "other")
Place = tuple[str, str]
"""Tag and name of a file."""
BEGIN = 1_700_000_000
MEGABYTES = 1
"""The largest document that the settings of the histories allow."""


@dataclass(frozen=True)
class File:
    """What stands under a name. page: what was written, where it is a page; fate: 'good', 'bad' or 'unreadable'.

    A bad one fails in parsed_documents, an unreadable one is not even planned. mtime in seconds since the epoch.
    is_link: it is a link to nothing.
    """

    content: bytes
    mtime: int
    page: Page | None = None
    fate: str = "good"
    is_link: bool = False


BAD: dict[str, tuple[bytes, str]] = {
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00", "bad"),
    "not UTF-8": ("# Gätes\n\nOf gätes alone.\n".encode("latin-1"), "bad"),
    "binary": (b"# Gates\n\n\x00\x01\x02\x00\x03\x04\x05\x06\x07\x08\n", "bad"),
    "too large": (b"# Gates\n" * (MEGABYTES * 1024 * 128 + 1), "unreadable"),
    "a link to nothing": (b"", "unreadable"),
    "empty": (b"", "good"),  # a page without a section, but a page
}


@dataclass
class Folder:
    """The files as they are. now: seconds since the epoch, for writing and for scanning."""

    path: Path
    now: int = BEGIN
    files: dict[Place, File] = field(default_factory=dict)
    roots: dict[str, str] = field(default_factory=lambda: {tag: tag for tag in TAGS})
    past: list[File] = field(default_factory=list)
    _seen: dict[tuple[Place, int, int], bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for tag in TAGS:
            self.root(tag).mkdir(parents=True)

    def root(self, tag: str) -> Path:
        return self.path / self.roots[tag]

    def write(self, place: Place, page: Page) -> None:
        self.put(place, File(page.content, self.now, page))

    def spoil(self, place: Place, how: str) -> None:
        content, fate = BAD[how]
        self.put(place, File(content, self.now, None, fate, is_link=how == "a link to nothing"))

    def put(self, place: Place, file: File) -> None:
        """With its time, but where other bytes of this size and time stood: no one could tell those two apart."""
        if self._seen.get((place, len(file.content), file.mtime), file.content) != file.content:
            file = replace(file, mtime=self.now)
        self._seen[place, len(file.content), file.mtime] = file.content
        self.remove(place)
        path = self._path(place)
        path.parent.mkdir(parents=True, exist_ok=True)
        if file.is_link:
            path.symlink_to(path.parent / "nowhere")
        else:
            path.write_bytes(file.content)
            os.utime(path, (file.mtime, file.mtime))
        self.files[place] = file
        self.past.append(file)

    def remove(self, place: Place) -> None:
        self._path(place).unlink(missing_ok=True)
        self.files.pop(place, None)

    def rename(self, old: Place, new: Place) -> None:
        """Over whatever has the new name; the file keeps its time."""
        file = self.files[old]
        self.remove(old)
        self.put(new, file)

    def swap(self, one: Place, other: Place) -> None:
        first, second = self.files[one], self.files[other]
        self.put(one, second)
        self.put(other, first)

    def move_root(self, tag: str) -> None:
        new = tag if self.roots[tag] != tag else f"{tag} moved"
        self.root(tag).rename(self.path / new)
        self.roots[tag] = new

    def chosen(self, number: int, wanted: Callable[[File], bool] = lambda file: True) -> Place:
        """The file of this number among those that are wanted, round and round."""
        found = sorted(place for place, file in self.files.items() if wanted(file))
        return found[number % len(found)]

    def _path(self, place: Place) -> Path:
        return self.root(place[0]) / place[1]
