"""How much of a disk must be free before an embedded engine writes: what they do on a full one cannot be mended after it.

The vectors' files are sparse and mapped into memory, and where a page of them finds no room the kernel ends the process
without a word; the graph's engine ends the process when its log could not be written. Both come back whole, but nobody is
told why.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from wekadocs_assets.core.errors import StoreUnavailable

ROOM = 100_000_000
"""Bytes; a new version of the vectors takes 80 MB where files cannot be sparse."""


def check_room(folder: Path) -> None:
    """StoreUnavailable where less is free; the folder is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    if (free := shutil.disk_usage(folder).free) < ROOM:
        raise StoreUnavailable(
            f"the disk of {folder} has {free // 1_000_000} MB left, to write there takes {ROOM // 1_000_000} MB",
            "make room there, or name another data folder: WEKADOCS_HOME",
        )
