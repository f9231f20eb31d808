"""The random id of a store in a folder; a new id shows that the store was replaced or emptied."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

NAME = "store_id"


def kept_store_id(folder: Path) -> str:
    """The id in the folder; created if missing. Processes that create it at the same time all get the same one."""
    path = folder / NAME
    try:
        return path.read_text("ascii")
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{NAME}-{uuid.uuid4().hex}"
    temporary.write_text(uuid.uuid4().hex, "ascii")
    try:
        os.link(temporary, path)  # unlike a rename, this fails when the name exists
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    return path.read_text("ascii")
