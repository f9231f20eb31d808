"""Documents below a URL of an object store: what lies there, listed anew each time, and the bytes of one object."""

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
"""What file systems call the time of the last change."""
NO_NAMES = ("", ".", "..")
"""Keys of objects may have them as parts; paths may not."""


class ObjectSource(Source):
    """root: an fsspec URL such as s3://bucket/prefix.

    An object store has no folders, so a prefix with nothing below it does not exist: it is never taken for an empty one.
    """

    def __init__(self, root: str, max_bytes: int = MAX_BYTES) -> None:
        self._url, self._max_bytes = root, max_bytes
        self._remote = RemoteFiles(root, root, "the rights to list and to read what lies below it")
        self._system, self._root = self._remote.system, self._remote.root

    def scan(self, within: str = "") -> Scan:
        within = posixpath.normpath(within) if within else "."
        part = "" if within == "." else within
        found = FoundDocuments()
        for name, facts in self._listed(part).items():
            relative = name.removeprefix(f"{self._root}/")
            if found.is_document(relative):
                _document(found, relative, facts)
            elif part and part == relative:
                found.refuse_format(relative)
            else:
                found.note_mark(relative)
        return found.result(complete=not part)

    def read(self, path: str) -> bytes:
        if set(path.split("/")) & set(NO_NAMES):
            raise BadDocument("no name of an object that is taken in", "ingest again")
        with self._remote.explained():
            try:
                content = self._remote.read(f"{self._root}/{path}", self._max_bytes + 1)
            except FileNotFoundError:
                raise Vanished("vanished between scan and read", "ingest again") from None
            except PermissionError as error:
                raise BadDocument(f"cannot be read: {error}", "check the rights on the object") from error
        return within_limit(content, self._max_bytes)

    def unmark(self, files: Sequence[SourceFile]) -> None:
        for file in files:
            place = f"{self._root}/{file.path}"
            with self._remote.explained(), suppress(FileNotFoundError):
                self._system.rm_file(place + MARKER)
                (now,) = self.scan(file.path).files or (None,)
                if now != file:
                    self._system.pipe_file(place + MARKER, b"")  # it was for what was written since

    def _listed(self, part: str) -> dict[str, dict[str, Any]]:
        """Every object there with its facts. What is missing or cannot be listed is an error, never nothing."""
        place = f"{self._root}/{part}" if part else self._root
        if part.startswith("/") or part.split("/")[0] == "..":
            raise self._missing(part)
        with self._remote.explained():
            try:
                self._system.invalidate_cache()
                listed = self._everything(place)
                if not listed and not self._system.exists(place):
                    raise self._missing(part)
            except FileNotFoundError:
                raise self._missing(part) from None
        if place in listed and not part:
            raise ConfigurationError(f"{self._url} is an object", "give the prefix that the documents lie below")
        return {name: facts for name, facts in listed.items() if facts.get("type", "file") == "file"}

    def _everything(self, place: str) -> dict[str, dict[str, Any]]:
        """S3 lists a thousand objects a request; elsewhere fsspec's own walk would leave out what it cannot list."""
        protocol = self._system.protocol
        if "s3" in ((protocol,) if isinstance(protocol, str) else protocol):
            return self._system.find(place, detail=True)
        found, waiting = {}, [place]
        while waiting:
            folder = waiting.pop()
            for facts in self._system.ls(folder, detail=True):
                if facts["type"] == "directory" and facts["name"].rstrip("/") != folder:
                    waiting.append(facts["name"].rstrip("/"))
                found[facts["name"]] = facts
        return found

    def _missing(self, part: str) -> ConfigurationError:
        if part:
            return ConfigurationError(f"there is no {part} in {self._url}", "give an object or prefix below the root")
        return ConfigurationError(
            f"{self._url} does not exist: no object lies below it",
            "correct the URL; a prefix that is meant to be empty needs an object of its name with a slash at the end",
        )


def _document(found: FoundDocuments, relative: str, facts: dict[str, Any]) -> None:
    parts = relative.split("/")
    if set(parts) & set(NO_NAMES):
        found.refuse(relative, "its key has a part that cannot be a name: '', '.' or '..'", "rename the object")
    elif not any(part.startswith(".") for part in parts):
        found.take(relative, facts["size"], _modified_ns(facts))


def _modified_ns(facts: dict[str, Any]) -> int:
    """Unknown: now, which no scan trusts, so that the bytes are read."""
    told = next((facts[name] for name in MODIFIED if facts.get(name)), None)
    if isinstance(told, str):
        told = datetime.fromisoformat(told)
    if isinstance(told, datetime):
        told = told if told.tzinfo else told.replace(tzinfo=UTC)
        return (told - EPOCH) // timedelta(microseconds=1) * 1000
    return int(told * 1_000_000_000) if told else time.time_ns()
