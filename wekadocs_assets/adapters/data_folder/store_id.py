"""The random id of a store in a folder: made once, so that a ledger sees when its store was swapped or emptied."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

NAME = "store_id"


def kept_store_id(folder: Path) -> str:
    """Reads the folder's id, or makes it; of several processes that make it at once one wins and all see the same."""
    path = folder / NAME
    try:
        return path.read_text("ascii")
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{NAME}-{uuid.uuid4().hex}"
    temporary.write_text(uuid.uuid4().hex, "ascii")
    try:
        os.link(temporary, path)  # unlike a rename it fails when the name is taken
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    return path.read_text("ascii")
