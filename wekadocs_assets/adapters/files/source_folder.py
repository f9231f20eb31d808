"""Documents in a folder: a scan, with the reasons for unreadable files, and the content of one file."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from wekadocs_assets.adapters.files.found_documents import MAX_BYTES, FoundDocuments, within_limit
from wekadocs_assets.core.errors import BadDocument, ConfigurationError, StoreUnavailable, Vanished
from wekadocs_assets.core.models import Scan, SourceFile
from wekadocs_assets.core.ports.stores import Source
from wekadocs_assets.core.watching.quiet_period import MARKER


class FolderSource(Source):
    """Follows links to places within the root, at most one on each path, so that cyclic links cannot multiply documents."""

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
        return walk.result(complete=within == "." and walk.complete)

    def read(self, path: str) -> bytes:
        full = os.path.realpath(os.path.join(self._root, path))
        if not _inside(self._root, full):
            raise BadDocument("a link out of the folder", "copy the file into the folder")
        try:
            return self._content(os.open(full, os.O_RDONLY | os.O_NONBLOCK))
        except FileNotFoundError:
            raise Vanished("vanished between scan and read", "ingest again") from None
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
                Path(full + MARKER).touch()  # the marker belongs to a version written since

    def _content(self, descriptor: int) -> bytes:
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise BadDocument("not a regular file", "remove it or move it out of the folder")
            return within_limit(file.read(self._max_bytes + 1), self._max_bytes)

    def _start(self, within: str) -> str:
        """The folder or file to scan. The root is checked first: a missing root is an error, not an empty collection."""
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


class _Walk(FoundDocuments):
    """One scan. linked: whether the path already contains a link."""

    def __init__(self, root: str) -> None:
        super().__init__()
        self._root, self.complete = root, True

    def folder(self, relative: str, full: str, linked: bool) -> None:
        """Walks with an explicit list: folders may be nested deeper than Python's recursion limit."""
        waiting = [(relative, full, linked)]
        while waiting:
            relative, full, linked = waiting.pop()
            try:
                with os.scandir(full) as listing:
                    entries = [entry for entry in listing if not entry.name.startswith(".")]
            except OSError as error:
                self.complete = False
                self.refuse(relative, f"the folder cannot be listed: {error.strerror}", "check its permissions")
                continue
            for entry in entries:
                waiting.extend(self._entry(f"{relative}/{entry.name}" if relative else entry.name, entry, linked))

    def file(self, relative: str, full: str) -> None:
        if not self.is_document(relative):
            self.refuse_format(relative)
            return
        try:
            facts = os.stat(full)
        except FileNotFoundError:
            return  # deleted since the folder was listed
        except OSError as error:
            self.refuse(relative, f"cannot be read: {error.strerror}", "check the file's permissions")
            return
        if not stat.S_ISREG(facts.st_mode):
            self.refuse(relative, "not a regular file", "remove it or move it out of the folder")
        elif not os.access(full, os.R_OK):
            self.refuse(relative, "no permission to read it", "check the file's permissions")
        else:
            self.take(relative, facts.st_size, facts.st_mtime_ns)

    def _entry(self, relative: str, entry: os.DirEntry[str], linked: bool) -> Iterator[tuple[str, str, bool]]:
        """Records a file; yields a folder to walk."""
        if not _is_utf8(entry.name):
            if self.is_document(relative) or entry.is_dir():
                self.refuse(relative, "its name is not UTF-8", "rename it")
        elif entry.is_symlink():
            yield from self._link(relative, entry.path, linked)
        elif entry.is_dir(follow_symlinks=False):
            yield relative, entry.path, linked
        elif self.is_document(relative):
            self.file(relative, entry.path)
        else:
            self.note_mark(relative)

    def _link(self, relative: str, full: str, linked: bool) -> Iterator[tuple[str, str, bool]]:
        """Records a linked file or an unusable link; yields a linked folder to walk."""
        target = os.path.realpath(full)
        try:
            is_folder = stat.S_ISDIR(os.stat(full).st_mode)
        except OSError as error:
            if self.is_document(relative) or "." not in os.path.basename(relative):
                reason = "a link in a loop" if error.errno == errno.ELOOP else "a broken link"
                self.refuse(relative, reason, "remove or correct the link")
            return
        if not is_folder and not self.is_document(relative):
            return
        if not _inside(self._root, target):
            self.refuse(relative, "a link out of the folder", "copy what it points to into the folder")
        elif not is_folder:
            self.file(relative, full)
        elif _inside(target, os.path.realpath(os.path.dirname(full))):
            self.refuse(relative, "a link in a loop: it leads to a folder that holds it", "remove the link")
        elif linked:
            self.refuse(relative, "a link below a linked folder is not followed", "link its target directly")
        else:
            yield relative, full, True


def _inside(root: str, path: str) -> bool:
    return path == root or path.startswith(root.rstrip("/") + "/")


def _is_utf8(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
