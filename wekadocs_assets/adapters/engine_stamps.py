"""Which versions of the embedded engines made the data folder: another version may not read, or misread, their files."""

from __future__ import annotations

import json
import os
import uuid
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ENGINES = ("ladybug", "qdrant-edge-py")
NAME = "engines.json"
UNREADABLE = "an unreadable stamp"


def stamped(folder: Path) -> dict[str, str] | None:
    """Engine -> version; None where there is no stamp. A damaged one is of no version that is installed."""
    try:
        kept = json.loads((folder / NAME).read_text("utf-8"))
        return {str(engine): str(kept[engine]) for engine in kept}
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, TypeError, IndexError):
        return dict.fromkeys(ENGINES, UNREADABLE)


def stale_engines(folder: Path) -> dict[str, tuple[str, str]]:
    """Engine -> (version in the stamp, installed version) where they differ; {} where there is no stamp."""
    kept, here = stamped(folder) or {}, installed()
    return {
        name: (kept[name], here[name]) for name in ENGINES if name in kept.keys() & here and kept[name] != here[name]
    }


def stamp(folder: Path) -> None:
    """When the stores are first made; a stamp that is there stays."""
    if not (folder / NAME).exists():
        restamp(folder)


def restamp(folder: Path) -> None:
    """After the stores were rebuilt. Atomic; makes the folder where it is absent."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{NAME}-{uuid.uuid4().hex}"
    temporary.write_text(json.dumps(installed(), indent=1) + "\n", "utf-8")
    os.replace(temporary, folder / NAME)


def installed() -> dict[str, str]:
    """Engine -> version, without importing it; those that this machine has no wheel for are absent."""
    found = {}
    for engine in ENGINES:
        try:
            found[engine] = version(engine)
        except PackageNotFoundError:
            continue
    return found
