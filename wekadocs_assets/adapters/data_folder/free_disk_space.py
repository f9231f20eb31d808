"""A check of free disk space before an embedded engine writes, because a full disk kills the process without a message.

The vectors' files are sparse and memory-mapped: when a page cannot be allocated, the kernel sends SIGBUS. The graph's engine
aborts when it cannot write its log. Both stores recover afterwards.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from wekadocs_assets.core.errors import StoreUnavailable

REQUIRED = 100_000_000
"""Bytes; a new version of the vectors takes 80 MB on a file system without sparse files."""


def require_free_space(folder: Path) -> None:
    """Raises StoreUnavailable when fewer than REQUIRED bytes are free; creates the folder if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    if (free := shutil.disk_usage(folder).free) < REQUIRED:
        raise StoreUnavailable(
            f"the disk of {folder} has {free // 1_000_000} MB left; writing there needs {REQUIRED // 1_000_000} MB",
            "free some space, or name another data folder: WEKADOCS_HOME",
        )
