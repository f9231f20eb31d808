"""Which versions of the embedded engines made the data folder: another version may not read, or misread, their files."""

from __future__ import annotations

import json
import logging
import re
import uuid
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ENGINES = ("ladybug", "qdrant-edge-py")
NAME = "engines.json"
UNREADABLE = "an unreadable stamp"
log = logging.getLogger(__name__)


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


def renew(folder: Path, files: Mapping[str, str]) -> None:
    """Sets aside what another version of an engine made, so that it is built anew from the artifacts, and says so.

    files: engine -> the beginning of the names of its files in the folder. For the holder of the ingest lock.
    """
    stale = stale_engines(folder)
    for engine, (made_by, here) in stale.items():
        for path in sorted(folder.glob(f"{files[engine]}*")):
            if not path.name.startswith(f"{files[engine]}.made-by-"):
                aside = f"{files[engine]}.made-by-{re.sub('[^A-Za-z0-9.]', '-', made_by)}-{uuid.uuid4().hex[:6]}"
                path.rename(folder / path.name.replace(files[engine], aside, 1))
        log.warning(
            "%s in %s was made by %s %s, and %s is installed: it is set aside (*.made-by-*, delete it when all is well) "
            "and built anew from the artifacts",
            files[engine], folder, engine, made_by, here,
        )  # fmt: skip
    if stale:
        restamp(folder)
    stamp(folder)


def stamp(folder: Path) -> None:
    """When the stores are first made; a stamp that is there stays."""
    if not (folder / NAME).exists():
        restamp(folder)


def restamp(folder: Path) -> None:
    """After the stores were rebuilt. Atomic; makes the folder where it is absent."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{NAME}-{uuid.uuid4().hex}"
    temporary.write_text(json.dumps(installed(), indent=1) + "\n", "utf-8")
    temporary.replace(folder / NAME)


def installed() -> dict[str, str]:
    """Engine -> version, without importing it; those that this machine has no wheel for are absent."""
    found = {}
    for engine in ENGINES:
        try:
            found[engine] = version(engine)
        except PackageNotFoundError:
            continue
    return found
