"""Access to the files below an fsspec URL, with client errors translated to StoreUnavailable and ConfigurationError."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from wekadocs_assets.core.errors import ConfigurationError, StoreUnavailable, WekadocsError

REFUSED = ("Credential", "Authent")
"""Parts of the class names of client errors about credentials."""
INVALID_NAME = (errno.EINVAL, getattr(errno, "EREMCHG", errno.EINVAL))
"""What s3fs raises for an invalid bucket name, and for a bucket in another region."""


class RemoteFiles:
    """Opened at first use. name: the place in messages; rights: the rights that are needed there, for hints."""

    def __init__(self, url: str, name: str, rights: str) -> None:
        self._url, self._name, self._rights = url, name, rights

    @property
    def system(self) -> Any:
        """The fsspec file system. Raises ConfigurationError when the URL cannot be opened."""
        return self._opened[0]

    @property
    def root(self) -> str:
        """The path of the root in the file system."""
        return self._opened[1]

    def read(self, path: str, end: int | None = None) -> bytes:
        """The bytes up to `end`. A range takes one request; for a whole file s3fs would first ask for its size."""
        try:
            content: bytes = self.system.cat_file(path, start=0, end=end)
            return content
        except OSError as error:
            if error.errno == errno.EINVAL and self.system.info(path)["size"] == 0:
                return b""  # an empty object has no valid range
            raise

    @contextmanager
    def user_errors(self) -> Iterator[None]:
        """Translates client errors. FileNotFoundError and errors of the program pass unchanged."""
        try:
            yield
        except (FileNotFoundError, WekadocsError):
            raise
        except Exception as error:
            translated = self._to_user_error(error)
            if translated is None:
                raise
            raise translated from error

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        """The file system, and the path of the root in it."""
        with self.user_errors():
            return self._open()

    def _open(self) -> tuple[Any, str]:
        try:
            from upath import UPath

            root = UPath(self._url)
            return root.fs, root.path.rstrip("/")
        except (ImportError, ValueError) as error:
            hint = "S3 needs: pip install 'wekadocs-assets[s3]'; other schemes have packages of their own, see fsspec"
            raise ConfigurationError(f"{self._name}: {error}", hint) from error

    def _to_user_error(self, error: Exception) -> WekadocsError | None:
        """None for an error of the program: a built-in exception other than OSError."""
        kind, number = type(error), getattr(error, "errno", None)
        if kind.__module__ == "builtins" and not isinstance(error, OSError):
            return None
        message = f"{self._name}: {(str(error) or kind.__name__).splitlines()[0]}"
        if isinstance(error, PermissionError) or any(word in kind.__name__ for word in REFUSED):
            hint = f"{self._rights} are needed; for S3 see AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_PROFILE"
            return ConfigurationError(message, hint)
        if number in INVALID_NAME or "Validation" in kind.__name__:
            return ConfigurationError(
                message, "correct the URL; for S3 see also AWS_DEFAULT_REGION and AWS_ENDPOINT_URL"
            )
        return StoreUnavailable(message, "is it running and reachable? For S3 see AWS_ENDPOINT_URL; then ingest again")
