"""A folder of documents: what lies in it, what in it cannot be taken in and why, and the bytes of one file."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from wekadocs_assets.core.errors import BadDocument, ConfigurationError, StoreUnavailable
from wekadocs_assets.core.ids import normalised_uri
from wekadocs_assets.core.models import Scan, SourceFile, Unreadable
from wekadocs_assets.core.ports import Source
from wekadocs_assets.core.watching import MARKER, PART

MAX_BYTES = 64 * 1024 * 1024


class FolderSource(Source):
    """Links within the root are followed, one on a path at most, so that no tangle of links multiplies the documents."""

    def __init__(self, root: str | Path, max_bytes: int = MAX_BYTES) -> None:
        self._root, self._max_bytes = os.path.realpath(root), max_bytes

    def scan(self, within: str = "") -> Scan:
        within = os.path.normpath(within) if within else "."
        start = self._start(within)
        walk = _Walk(self._root)
        if os.path.isdir(start):
            walk.folder("" if within == "." else within, start, linked=False)
        else:
            walk.file(within, start)
        return walk.result(complete=within == ".")

    def read(self, path: str) -> bytes:
        full = os.path.realpath(os.path.join(self._root, path))
        if not _inside(self._root, full):
            raise BadDocument("a link out of the folder", "copy the file into the folder")
        try:
            return self._content(os.open(full, os.O_RDONLY | os.O_NONBLOCK))
        except FileNotFoundError:
            raise BadDocument("vanished between scan and read", "ingest again") from None
        except OSError as error:
            raise BadDocument(f"cannot be read: {error.strerror}", "check the file's permissions") from error

    def unmark(self, files: Sequence[SourceFile]) -> None:
        for file in files:
            full = os.path.join(self._root, file.path)
            try:
                os.unlink(full + MARKER)
                facts = os.stat(full)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise StoreUnavailable(f"{full}{MARKER}: {error.strerror}", "let it be deleted") from error
            if (facts.st_size, facts.st_mtime_ns) != (file.size, file.mtime_ns):
                Path(full + MARKER).touch()  # it was for what was written since

    def _content(self, descriptor: int) -> bytes:
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise BadDocument("not a regular file", "remove it or move it out of the folder")
            content = file.read(self._max_bytes + 1)
        if len(content) > self._max_bytes:
            raise BadDocument(
                f"larger than {self._max_bytes / 1e6:.0f} MB", "split the page, or raise the limit on a document's size"
            )
        return content

    def _start(self, within: str) -> str:
        """The folder or file to scan; the root is checked first, because an absent root is not an empty one."""
        if not os.path.isdir(self._root):
            what = "is not a folder" if os.path.exists(self._root) else "does not exist"
            raise ConfigurationError(f"{self._root} {what}", "give the folder that holds the documents")
        try:
            os.listdir(self._root)
        except OSError as error:
            raise ConfigurationError(
                f"{self._root} cannot be listed: {error.strerror}", "check its permissions"
            ) from error
        start = os.path.join(self._root, within)
        outside = os.path.isabs(within) or not _inside(self._root, os.path.realpath(start))
        if outside or not os.path.exists(start):
            raise ConfigurationError(f"there is no {within} in {self._root}", "give a file or folder below the root")
        return start


class _Walk:
    """One scan: collects files and what is unreadable; `linked` says that a link led here."""

    def __init__(self, root: str) -> None:
        from wekadocs_assets.core.parsers.registry import SUFFIXES

        self._root, self._suffixes = root, tuple(SUFFIXES)
        self._files: list[SourceFile] = []
        self._unreadable: list[Unreadable] = []
        self._marked: set[str] = set()
        self._parts: set[str] = set()
        self._complete = True

    def folder(self, relative: str, full: str, linked: bool) -> None:
        """Works through an explicit list: a folder may be nested deeper than Python calls may be."""
        waiting = [(relative, full, linked)]
        while waiting:
            relative, full, linked = waiting.pop()
            try:
                with os.scandir(full) as listing:
                    entries = [entry for entry in listing if not entry.name.startswith(".")]
            except OSError as error:
                self._complete = False
                self._refuse(relative, f"the folder cannot be listed: {error.strerror}", "check its permissions")
                continue
            for entry in entries:
                waiting.extend(self._entry(f"{relative}/{entry.name}" if relative else entry.name, entry, linked))

    def file(self, relative: str, full: str) -> None:
        if not relative.lower().endswith(self._suffixes):
            self._refuse(relative, "not a known document format", f"known are {', '.join(sorted(self._suffixes))}")
            return
        try:
            facts = os.stat(full)
        except FileNotFoundError:
            return  # gone since the folder was listed: absent
        except OSError as error:
            self._refuse(relative, f"cannot be read: {error.strerror}", "check the file's permissions")
            return
        if not stat.S_ISREG(facts.st_mode):
            self._refuse(relative, "not a regular file", "remove it or move it out of the folder")
        elif not os.access(full, os.R_OK):
            self._refuse(relative, "no permission to read it", "check the file's permissions")
        else:
            self._files.append(SourceFile(normalised_uri(relative), relative, facts.st_size, facts.st_mtime_ns))

    def result(self, complete: bool) -> Scan:
        """Sorted; of names that are one in Unicode form NFC the one spelt so is taken, the other named."""
        files: dict[str, SourceFile] = {}
        for file in sorted(self._files, key=lambda f: (f.source_uri, f.path != f.source_uri, f.path)):
            first = files.setdefault(file.source_uri, file)
            if first is not file:
                self._refuse(
                    file.path, "the same name as another file but for its Unicode form", "rename one of the two"
                )
        unreadable = sorted(self._unreadable, key=lambda u: (u.source_uri, u.reason))
        complete = complete and self._complete
        return Scan(tuple(files.values()), tuple(unreadable), complete, frozenset(self._marked), frozenset(self._parts))

    def _entry(self, relative: str, entry: os.DirEntry[str], linked: bool) -> Iterator[tuple[str, str, bool]]:
        """Takes a file; gives back a folder to walk."""
        if not _is_utf8(entry.name):
            if self._is_document(relative) or entry.is_dir():
                self._refuse(relative, "its name is not UTF-8", "rename it")
        elif entry.is_symlink():
            yield from self._link(relative, entry.path, linked)
        elif entry.is_dir(follow_symlinks=False):
            yield relative, entry.path, linked
        elif self._is_document(relative):
            self.file(relative, entry.path)
        else:
            for suffix, found in ((MARKER, self._marked), (PART, self._parts)):
                if relative.endswith(suffix) and self._is_document(name := relative.removesuffix(suffix)):
                    found.add(normalised_uri(name))

    def _link(self, relative: str, full: str, linked: bool) -> Iterator[tuple[str, str, bool]]:
        target = os.path.realpath(full)
        try:
            is_folder = stat.S_ISDIR(os.stat(full).st_mode)
        except OSError as error:
            if self._is_document(relative) or "." not in os.path.basename(relative):
                reason = "a link in a loop" if error.errno == errno.ELOOP else "a link to nothing"
                self._refuse(relative, reason, "remove the link or mend it")
            return
        if not is_folder and not self._is_document(relative):
            return
        if not _inside(self._root, target):
            self._refuse(relative, "a link out of the folder", "copy what it points to into the folder")
        elif not is_folder:
            self.file(relative, full)
        elif _inside(target, os.path.realpath(os.path.dirname(full))):
            self._refuse(relative, "a link in a loop: it leads to a folder that holds it", "remove the link")
        elif linked:
            self._refuse(relative, "a link below a linked folder is not followed", "link its target directly")
        else:
            yield relative, full, True

    def _is_document(self, relative: str) -> bool:
        return relative.lower().endswith(self._suffixes)

    def _refuse(self, relative: str, reason: str, hint: str) -> None:
        shown = relative.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        self._unreadable.append(Unreadable(normalised_uri(shown), reason, hint))


def _inside(root: str, path: str) -> bool:
    return path == root or path.startswith(root.rstrip("/") + "/")


def _is_utf8(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
