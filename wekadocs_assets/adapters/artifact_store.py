"""Parse results, extractions and embeddings as files: one an asset and document, in a folder or under an fsspec URL.

A file is one line of JSON (the header) and the body. It is written beside and renamed; it is not synced to the disk,
because a damaged one counts as absent and is made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

from wekadocs_assets.adapters.store_id import NAME as STORE_ID
from wekadocs_assets.adapters.store_id import kept_store_id
from wekadocs_assets.core import ids
from wekadocs_assets.core.ports import ArtifactHeader, ArtifactStore

SAMPLE, WORTH_IT = 8192, 0.8
"""A body is compressed when its first bytes shrink by a fifth: text does, vectors do not."""
PARALLEL_READS = 16
"""For URLs: each header is a round trip there."""


class FileArtifacts(ArtifactStore):
    """root: a folder, or a URL with a scheme such as s3://bucket/prefix (replaced whole there: a put is atomic)."""

    def __init__(self, root: str | Path) -> None:
        self._root: Any = _opened_root(str(root))
        self._local = isinstance(self._root, Path)

    def store_id(self) -> str:
        if self._local:
            return kept_store_id(self._root)
        path = self._root / STORE_ID
        if not path.exists():
            path.write_text(uuid.uuid4().hex)
        return path.read_text()

    def headers(self, asset: str, keys: Sequence[str]) -> dict[str, ArtifactHeader]:
        if self._local:
            found = [self._header(asset, key) for key in keys]
        else:
            with ThreadPoolExecutor(PARALLEL_READS) as pool:
                found = list(pool.map(lambda key: self._header(asset, key), keys))
        return {key: header for key, header in zip(keys, found, strict=True) if header}

    def read(self, asset: str, key: str) -> bytes:
        try:
            with self._file(asset, key).open("rb") as file:
                header, stored = _parsed(file.readline(), key), file.read()
        except FileNotFoundError:
            raise KeyError(key) from None
        if header is None or hashlib.sha256(stored).hexdigest() != header["sha256"]:
            raise KeyError(key)
        return zlib.decompress(stored) if header["zlib"] else stored

    def write(self, asset: str, key: str, header: ArtifactHeader, body: bytes) -> None:
        packed = len(zlib.compress(body[:SAMPLE], 1)) < WORTH_IT * len(body[:SAMPLE])
        stored = zlib.compress(body, 1) if packed else body
        first = {
            "key": key,
            "fingerprint": header.fingerprint,
            "output": header.output,
            "zlib": packed,
            "length": len(stored),
            "sha256": hashlib.sha256(stored).hexdigest(),
        }
        self._put(self._file(asset, key), json.dumps(first).encode() + b"\n" + stored)

    def delete(self, asset: str, keys: Sequence[str]) -> None:
        for key in keys:
            try:
                self._file(asset, key).unlink()
            except FileNotFoundError:
                continue

    def _header(self, asset: str, key: str) -> ArtifactHeader | None:
        """From the first line; a file that was cut off shows it by its length, other damage is found by `read`."""
        try:
            with self._file(asset, key).open("rb") as file:
                line = file.readline()
                header = _parsed(line, key)
                whole = header and _size(file) == len(line) + header["length"]
        except FileNotFoundError:
            return None
        return ArtifactHeader(header["fingerprint"], header["output"]) if header and whole else None

    def _file(self, asset: str, key: str) -> Any:
        name = ids.checksum(key)
        return self._root / asset / name[:2] / name

    def _put(self, path: Any, content: bytes) -> None:
        if not self._local:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            return
        temporary = path.with_name(f".{path.name}-{os.getpid()}")
        try:
            temporary.write_bytes(content)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(content)
        os.replace(temporary, path)


def _opened_root(root: str) -> Any:
    if root.startswith("file://"):
        root = root.removeprefix("file://")
    if "://" not in root:
        return Path(root)
    from upath import UPath

    return UPath(root)


def _size(file: BinaryIO) -> int:
    return file.seek(0, os.SEEK_END)


def _parsed(line: bytes, key: str) -> dict[str, Any] | None:
    """The header, or None when the line is no header of this key."""
    try:
        header = json.loads(line)
        return header if header["key"] == key and isinstance(header["length"], int) else None
    except (ValueError, KeyError, TypeError):
        return None
