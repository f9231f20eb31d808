"""Reports as files below one folder, written atomically."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from wekadocs_assets.core.errors import ConfigurationError, StoreUnavailable
from wekadocs_assets.core.ports.stores import Reports

WRITING = ".writing-"
"""Prefix of the temporary name of a file that is being written."""


class ReportFolder(Reports):
    """Makes the folder when the first report is written; reading neither makes it nor needs the right to write."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._prepared = False

    def prepare(self) -> None:
        """Makes the folder, so that work whose report cannot be written fails before it begins.

        Raises ConfigurationError if the folder cannot be made or written. The first `write` does the same.
        """
        root = self._root
        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                f"REPORTS_DIR: {root}: {error.strerror}", "name a folder that can be written"
            ) from None
        if not os.access(root, os.W_OK):
            raise ConfigurationError(f"REPORTS_DIR: {root} cannot be written", "name a folder that can be written")
        self._prepared = True

    def write(self, name: str, content: bytes) -> None:
        """Raises StoreUnavailable when the disk refuses it, ConfigurationError as `prepare`."""
        if not self._prepared:
            self.prepare()
        target = self._root / name
        temporary: Path | None = None
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, made = tempfile.mkstemp(dir=target.parent, prefix=WRITING)
            temporary = Path(made)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            temporary.chmod(0o644)
            temporary.replace(target)
        except OSError as error:
            if temporary is not None:
                with suppress(OSError):
                    temporary.unlink()
            hint = "free some space there, or name another folder: REPORTS_DIR"
            raise StoreUnavailable(f"reports in {self._root}: {error.strerror}", hint) from error

    def read(self, name: str) -> bytes:
        try:
            return (self._root / name).read_bytes()
        except FileNotFoundError:
            raise KeyError(name) from None

    def names(self) -> list[str]:
        def refuse(error: OSError) -> None:
            if not isinstance(error, FileNotFoundError):
                raise ConfigurationError(f"REPORTS_DIR: {error.filename}: {error.strerror}", "check its permissions")

        found = [
            str((Path(folder) / name).relative_to(self._root))
            for folder, _, names in os.walk(self._root, onerror=refuse)
            for name in names
            if not name.startswith(WRITING)
        ]
        return sorted(found)

    def place(self, name: str) -> str:
        return str(self._root / name)
