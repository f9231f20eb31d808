"""A place under an fsspec URL: how it is opened, how bytes are read from it, and what its errors mean to people."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from wekadocs_assets.core.errors import ConfigurationError, StoreUnavailable, WekadocsError

REFUSED = ("Credential", "Authent")
"""In the names of client errors that say who is asking, not whether the store is there."""
MISTAKEN = (errno.EINVAL, getattr(errno, "EREMCHG", errno.EINVAL))
"""What s3fs makes of a name that cannot be one and of a bucket in another region."""


class RemoteFiles:
    """name: how messages call the place; rights: those that are needed in it."""

    def __init__(self, url: str, name: str, rights: str) -> None:
        self._name, self._rights = name, rights
        with self.explained():
            self.system, self.root = self._opened(url)

    def read(self, path: str, end: int | None = None) -> bytes:
        """By one request for a range: asked for a whole file, s3fs asks for its size first, and lists what is absent."""
        try:
            return self.system.cat_file(path, start=0, end=end)
        except OSError as error:
            if error.errno == errno.EINVAL and self.system.info(path)["size"] == 0:
                return b""  # no range of an empty object is a valid one
            raise

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Client errors as ours. FileNotFoundError is an answer and stays; so do errors in the program."""
        try:
            yield
        except (FileNotFoundError, WekadocsError):
            raise
        except Exception as error:
            explained = self._for_people(error)
            if explained is None:
                raise
            raise explained from error

    def _opened(self, url: str) -> tuple[Any, str]:
        """The file system and the path of the root in it."""
        try:
            from upath import UPath

            root = UPath(url)
            return root.fs, root.path.rstrip("/")
        except (ImportError, ValueError) as error:
            hint = "S3 needs: pip install 'wekadocs-assets[s3]'; other schemes have packages of their own, see fsspec"
            raise ConfigurationError(f"{self._name}: {error}", hint) from error

    def _for_people(self, error: Exception) -> WekadocsError | None:
        """None for what is no error of a store: exceptions of Python's own other than OSError."""
        kind, number = type(error), getattr(error, "errno", None)
        if kind.__module__ == "builtins" and not isinstance(error, OSError):
            return None
        message = f"{self._name}: {(str(error) or kind.__name__).splitlines()[0]}"
        if isinstance(error, PermissionError) or any(word in kind.__name__ for word in REFUSED):
            hint = f"{self._rights} are needed; for S3 see AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_PROFILE"
            return ConfigurationError(message, hint)
        if number in MISTAKEN or "Validation" in kind.__name__:
            return ConfigurationError(
                message, "correct the URL; for S3 see also AWS_DEFAULT_REGION and AWS_ENDPOINT_URL"
            )
        return StoreUnavailable(message, "is it running and reachable? For S3 see AWS_ENDPOINT_URL; then ingest again")
