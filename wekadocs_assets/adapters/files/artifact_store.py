"""The artifact store: one file for each asset and document, in a folder or below an fsspec URL.

A file is one line of JSON (the header) and the body. In a folder it is written under a temporary name and renamed, in an object
store it is put in one request. Files are not synced to disk: a damaged file counts as missing and is written again.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import uuid
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from wekadocs_assets.adapters.data_folder.store_id import NAME as STORE_ID
from wekadocs_assets.adapters.data_folder.store_id import kept_store_id
from wekadocs_assets.adapters.files.remote_files import RemoteFiles
from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import ConfigurationError, StoreUnavailable
from wekadocs_assets.core.ports.stores import ArtifactHeader, ArtifactStore

T = TypeVar("T")
SAMPLE, WORTH_IT = 8192, 0.8
"""A body is compressed when its first SAMPLE bytes shrink to WORTH_IT or less: text does, vectors do not."""
PARALLEL_REQUESTS = 16
"""Number of threads for a URL, where reading a header or deleting a file takes one round trip."""
FIRST_BYTES = 2048
"""Bytes read from a file below a URL to get its header; a longer header takes a second request."""


class FileArtifacts(ArtifactStore):
    """root: a folder, or a URL with a scheme such as s3://bucket/prefix, whose bucket must exist.

    Under a URL every method raises ConfigurationError (no such bucket, no rights) or StoreUnavailable.
    """

    def __init__(self, root: str | Path) -> None:
        place = str(root).removeprefix("file://")
        self._files = _Remote(place) if "://" in place else _Folder(Path(place))

    def store_id(self) -> str:
        """The store's id, created if missing.

        Processes that create it at the same time get the same id in a folder and in S3, where a file can be created only if
        it does not exist. Elsewhere the last one wins; the other processes see its id when they open the store again, and then
        write their artifacts again.
        """
        return self._files.store_id()

    def kept_id(self) -> str:
        """The store's id, '' when it has none yet."""
        try:
            return self._files.get(STORE_ID).decode("ascii")
        except FileNotFoundError:
            return ""

    def headers(self, asset: str, keys: Sequence[str]) -> dict[str, ArtifactHeader]:
        found = self._files.each(lambda key: self._header(asset, key), keys)
        return {key: header for key, header in zip(keys, found, strict=True) if header}

    def read(self, asset: str, key: str) -> bytes:
        try:
            line, _, stored = self._files.get(_name(asset, key)).partition(b"\n")
        except FileNotFoundError:
            raise KeyError(key) from None
        header = _parsed(line, key)
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
        self._files.put(_name(asset, key), json.dumps(first).encode() + b"\n" + stored)

    def absent(self, asset: str, keys: Sequence[str]) -> list[str]:
        existing = self._files.listed(asset) if keys else None
        return [] if existing is None else [key for key in keys if ids.checksum(key) not in existing]

    def delete(self, asset: str, keys: Sequence[str]) -> None:
        self._files.each(lambda key: self._files.delete(_name(asset, key)), keys)

    def _header(self, asset: str, key: str) -> ArtifactHeader | None:
        """The header of a file that has its full length; other damage is found by `read`."""
        try:
            line, size = self._files.head(_name(asset, key))
        except FileNotFoundError:
            return None
        header = _parsed(line, key)
        if header is None or size != len(line) + header["length"]:
            return None
        return ArtifactHeader(header["fingerprint"], header["output"])


class _Folder:
    """Files below a local folder, named by their relative path."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def store_id(self) -> str:
        return kept_store_id(self._root)

    def each(self, function: Callable[[str], T], keys: Sequence[str]) -> list[T]:
        return [function(key) for key in keys]

    def listed(self, asset: str) -> set[str] | None:
        """Names of the asset's files, without folders; None when a listing would cost too much."""
        return {name for _, _, names in os.walk(self._root / asset) for name in names}

    def head(self, name: str) -> tuple[bytes, int]:
        """The first line with its newline, and the file's size in bytes. Raises FileNotFoundError."""
        with (self._root / name).open("rb") as file:
            return file.readline(), os.fstat(file.fileno()).st_size

    def get(self, name: str) -> bytes:
        return (self._root / name).read_bytes()

    def put(self, name: str, content: bytes) -> None:
        path = self._root / name
        temporary = path.with_name(f".{path.name}-{os.getpid()}")
        try:
            try:
                temporary.write_bytes(content)
            except FileNotFoundError:
                path.parent.mkdir(parents=True, exist_ok=True)
                temporary.write_bytes(content)
            temporary.replace(path)
        except OSError as error:  # most likely a full disk, which is not an error of the document
            with suppress(OSError):
                temporary.unlink()
            hint = "free some space there, or name another place: WEKADOCS_HOME or ARTIFACTS_URL"
            raise StoreUnavailable(f"artifacts in {self._root}: {error.strerror}", hint) from error

    def delete(self, name: str) -> None:
        (self._root / name).unlink(missing_ok=True)


class _Remote:
    """Files below a URL, with as few requests as possible. Errors of the client become StoreUnavailable or ConfigurationError."""

    def __init__(self, url: str) -> None:
        self._name, rights = f"ARTIFACTS_URL {url}", "the rights to list, read, write and delete everything below it"
        self._remote = RemoteFiles(url, self._name, rights)
        self._user_errors = self._remote.user_errors

    def store_id(self) -> str:
        with self._user_errors():
            try:
                return self._bytes(STORE_ID).decode("ascii")
            except FileNotFoundError:
                self._create(STORE_ID, uuid.uuid4().hex.encode("ascii"))
            return self._bytes(STORE_ID).decode("ascii")

    def each(self, function: Callable[[str], T], keys: Sequence[str]) -> list[T]:
        with ThreadPoolExecutor(PARALLEL_REQUESTS) as pool:
            return list(pool.map(function, keys))

    def listed(self, asset: str) -> set[str] | None:
        """None: a listing takes a request for each thousand files."""
        return None

    def head(self, name: str) -> tuple[bytes, int]:
        with self._user_errors():
            first = self._bytes(name, FIRST_BYTES)
            if len(first) < FIRST_BYTES:
                size = len(first)
            elif b"\n" in first:
                size = self._remote.system.info(self._path(name))["size"]
            else:
                first = self._bytes(name)
                size = len(first)
        line, end, _ = first.partition(b"\n")
        return line + end, size

    def get(self, name: str) -> bytes:
        with self._user_errors():
            return self._bytes(name)

    def put(self, name: str, content: bytes) -> None:
        with self._user_errors():
            try:
                self._remote.system.pipe_file(self._path(name), content)
            except FileNotFoundError as error:
                self._make_folder(name, error)
                self._remote.system.pipe_file(self._path(name), content)

    def delete(self, name: str) -> None:
        with self._user_errors(), suppress(FileNotFoundError):
            self._remote.system.rm_file(self._path(name))

    def _path(self, name: str) -> str:
        return f"{self._remote.root}/{name}"

    def _bytes(self, name: str, end: int | None = None) -> bytes:
        return self._remote.read(self._path(name), end)

    def _create(self, name: str, content: bytes) -> None:
        """Creates the file unless it exists; overwrites it where the protocol has no such condition."""
        try:
            self._remote.system.pipe_file(self._path(name), content, mode="create")
        except FileExistsError:
            return
        except (NotImplementedError, FileNotFoundError):
            self.put(name, content)
        except OSError as error:
            if error.errno != errno.ENOSYS:
                raise
            self.put(name, content)

    def _make_folder(self, name: str, error: FileNotFoundError) -> None:
        """Creates the folder where the protocol has folders. Raises ConfigurationError for a missing bucket, probably a typing error."""
        root = self._remote.root
        if root and not root.startswith("/"):
            bucket = root.split("/")[0]
            message = f"{self._name}: '{bucket}' does not exist"
            raise ConfigurationError(message, "create the bucket, or correct the URL") from error
        self._remote.system.makedirs(self._path(name).rpartition("/")[0], exist_ok=True)


def _name(asset: str, key: str) -> str:
    name = ids.checksum(key)
    return f"{asset}/{name[:2]}/{name}"


def _parsed(line: bytes, key: str) -> dict[str, Any] | None:
    """The header, or None when the line is not a header of this key."""
    try:
        header = json.loads(line)
        return header if header["key"] == key and isinstance(header["length"], int) else None
    except (ValueError, KeyError, TypeError):
        return None
