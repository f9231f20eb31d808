"""Reports as files below one folder, each replaced whole."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.ports import Reports


class ReportFolder(Reports):
    def __init__(self, root: Path) -> None:
        self._root = root
        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                f"REPORTS_DIR: {root}: {error.strerror}", "name a folder that can be written"
            ) from None
        if not os.access(root, os.W_OK):
            raise ConfigurationError(f"REPORTS_DIR: {root} cannot be written", "name a folder that can be written")

    def write(self, name: str, content: bytes) -> None:
        target = self._root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".writing-")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)

    def read(self, name: str) -> bytes:
        try:
            return (self._root / name).read_bytes()
        except FileNotFoundError:
            raise KeyError(name) from None

    def place(self, name: str) -> str:
        return str(self._root / name)
