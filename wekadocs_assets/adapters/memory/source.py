"""A source of documents in memory, for tests."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from wekadocs_assets.core.errors import Vanished
from wekadocs_assets.core.ids import normalised_uri
from wekadocs_assets.core.models import Scan, SourceFile
from wekadocs_assets.core.ports.stores import Source


class InMemorySource(Source):
    """files: name -> content; the mapping may change between scans. A changed file gets another mtime."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    def scan(self, within: str = "") -> Scan:
        within = within.strip("/")
        names = [n for n in self.files if not within or n == within or n.startswith(within + "/")]
        found = [SourceFile(normalised_uri(n), n, len(self.files[n]), _mtime(self.files[n])) for n in names]
        return Scan(files=tuple(sorted(found, key=lambda f: f.source_uri)), complete=not within)

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise Vanished("vanished between scan and read", "ingest again")
        return self.files[path]

    def unmark(self, files: Sequence[SourceFile]) -> None:
        """Nothing to do: there are no markers."""


def _mtime(content: bytes) -> int:
    return int.from_bytes(hashlib.sha256(content).digest()[:6], "big")
