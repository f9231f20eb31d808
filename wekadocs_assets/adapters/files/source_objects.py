"""Documents below a URL of an object store: a scan, which lists the objects each time, and the content of one object."""

from __future__ import annotations

import posixpath
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from wekadocs_assets.adapters.files.found_documents import MAX_BYTES, FoundDocuments, within_limit
from wekadocs_assets.adapters.files.remote_files import RemoteFiles
from wekadocs_assets.core.errors import BadDocument, ConfigurationError, Vanished
from wekadocs_assets.core.models import Scan, SourceFile
from wekadocs_assets.core.ports.stores import Source
from wekadocs_assets.core.watching.quiet_period import MARKER

EPOCH = datetime.fromtimestamp(0, UTC)
MODIFIED = ("LastModified", "last_modified", "mtime", "modified", "updated")
"""Names of the modification time in fsspec's file systems."""
INVALID_PARTS = ("", ".", "..")
"""Parts that the key of an object may have, but a path may not."""


class ObjectSource(Source):
    """root: an fsspec URL such as s3://bucket/prefix.

    An object store has no folders: a prefix without objects does not exist, and is an error instead of an empty collection.
    """

    def __init__(self, root: str, max_bytes: int = MAX_BYTES) -> None:
        self._url, self._max_bytes = root, max_bytes
        self._remote = RemoteFiles(root, root, "the rights to list and to read everything below it")

    def scan(self, within: str = "") -> Scan:
        within = posixpath.normpath(within) if within else "."
        part = "" if within == "." else within
        found = FoundDocuments()
        for name, facts in self._listed(part).items():
            relative = name.removeprefix(f"{self._remote.root}/")
            if found.is_document(relative):
                _document(found, relative, facts)
            elif part and part == relative:
                found.refuse_format(relative)
            else:
                found.note_mark(relative)
        return found.result(complete=not part)

    def read(self, path: str) -> bytes:
        if set(path.split("/")) & set(INVALID_PARTS):
            raise BadDocument("not a valid name of a document", "ingest again")
        with self._remote.user_errors():
            try:
                content = self._remote.read(f"{self._remote.root}/{path}", self._max_bytes + 1)
            except FileNotFoundError:
                raise Vanished("vanished between scan and read", "ingest again") from None
            except PermissionError as error:
                raise BadDocument(f"cannot be read: {error}", "check the rights on the object") from error
        return within_limit(content, self._max_bytes)

    def unmark(self, files: Sequence[SourceFile]) -> None:
        for file in files:
            place = f"{self._remote.root}/{file.path}"
            with self._remote.user_errors(), suppress(FileNotFoundError):
                self._remote.system.rm_file(place + MARKER)
                (now,) = self.scan(file.path).files or (None,)
                if now != file:
                    self._remote.system.pipe_file(place + MARKER, b"")  # the marker belongs to a version written since

    def _listed(self, part: str) -> dict[str, dict[str, Any]]:
        """Name -> fsspec's facts of every object. Raises for a missing or unreadable prefix, never returns {} for it."""
        place = f"{self._remote.root}/{part}" if part else self._remote.root
        if part.startswith("/") or part.split("/")[0] == "..":
            raise self._missing(part)
        with self._remote.user_errors():
            try:
                self._remote.system.invalidate_cache()
                listed = self._everything(place)
                if not listed and not self._remote.system.exists(place):
                    raise self._missing(part)
            except FileNotFoundError:
                raise self._missing(part) from None
        if place in listed and not part:
            raise ConfigurationError(f"{self._url} is an object", "give the prefix of the documents")
        return {name: facts for name, facts in listed.items() if facts.get("type", "file") == "file"}

    def _everything(self, place: str) -> dict[str, dict[str, Any]]:
        """S3 lists a thousand objects in one request. Elsewhere the folders are walked here: fsspec's walk skips unreadable ones."""
        protocol = self._remote.system.protocol
        if "s3" in ((protocol,) if isinstance(protocol, str) else protocol):
            listed: dict[str, dict[str, Any]] = self._remote.system.find(place, detail=True)
            return listed
        found: dict[str, dict[str, Any]] = {}
        waiting = [place]
        while waiting:
            folder = waiting.pop()
            for facts in self._remote.system.ls(folder, detail=True):
                if facts["type"] == "directory" and facts["name"].rstrip("/") != folder:
                    waiting.append(facts["name"].rstrip("/"))
                found[facts["name"]] = facts
        return found

    def _missing(self, part: str) -> ConfigurationError:
        if part:
            return ConfigurationError(f"there is no {part} in {self._url}", "give an object or prefix below the root")
        return ConfigurationError(
            f"{self._url} does not exist: there is no object below it",
            "correct the URL; an intentionally empty prefix needs an object whose key is the prefix and a slash",
        )


def _document(found: FoundDocuments, relative: str, facts: dict[str, Any]) -> None:
    parts = relative.split("/")
    if set(parts) & set(INVALID_PARTS):
        found.refuse(relative, "its key has a part that cannot be a name: '', '.' or '..'", "rename the object")
    elif not any(part.startswith(".") for part in parts):
        found.take(relative, facts["size"], _modified_ns(facts))


def _modified_ns(facts: dict[str, Any]) -> int:
    """Modification time in ns. Unknown: the current time, which no scan trusts, so that the content is read."""
    modified = next((facts[name] for name in MODIFIED if facts.get(name)), None)
    if isinstance(modified, str):
        modified = datetime.fromisoformat(modified)
    if isinstance(modified, datetime):
        modified = modified if modified.tzinfo else modified.replace(tzinfo=UTC)
        return (modified - EPOCH) // timedelta(microseconds=1) * 1000
    return int(modified * 1_000_000_000) if modified else time.time_ns()
