"""The versions of the embedded engines that wrote the data folder: another version may fail to read their files, or misread them."""

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
UNREADABLE = "an unreadable record"
log = logging.getLogger(__name__)


def recorded_versions(folder: Path) -> dict[str, str] | None:
    """Engine -> version; None when the folder has no record. A damaged record differs from every installed version."""
    try:
        kept = json.loads((folder / NAME).read_text("utf-8"))
        return {str(engine): str(kept[engine]) for engine in kept}
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, TypeError, IndexError):
        return dict.fromkeys(ENGINES, UNREADABLE)


def changed_engines(folder: Path) -> dict[str, tuple[str, str]]:
    """Engine -> (recorded version, installed version) where they differ; {} when the folder has no record."""
    kept, here = recorded_versions(folder) or {}, installed_versions()
    return {
        name: (kept[name], here[name]) for name in ENGINES if name in kept.keys() & here and kept[name] != here[name]
    }


def set_aside_outdated_files(folder: Path, files: Mapping[str, str]) -> None:
    """Renames files that another engine version wrote, so that the next ingest rebuilds them from the artifacts.

    files: engine -> prefix of the names of its files in the folder. The caller holds the ingest lock.
    """
    changed = changed_engines(folder)
    for engine, (made_by, here) in changed.items():
        for path in sorted(folder.glob(f"{files[engine]}*")):
            if not path.name.startswith(f"{files[engine]}.made-by-"):
                aside = f"{files[engine]}.made-by-{re.sub('[^A-Za-z0-9.]', '-', made_by)}-{uuid.uuid4().hex[:6]}"
                path.rename(folder / path.name.replace(files[engine], aside, 1))
        log.warning(
            "%s in %s was written by %s %s, but %s is installed: it was renamed to *.made-by-* (delete that when the ingest "
            "has succeeded) and is rebuilt from the artifacts",
            files[engine], folder, engine, made_by, here,
        )  # fmt: skip
    if changed:
        record_versions(folder)
    record_versions_once(folder)


def record_versions_once(folder: Path) -> None:
    """Records the installed versions unless the folder has a record."""
    if not (folder / NAME).exists():
        record_versions(folder)


def record_versions(folder: Path) -> None:
    """Records the installed versions, atomically; creates the folder if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{NAME}-{uuid.uuid4().hex}"
    temporary.write_text(json.dumps(installed_versions(), indent=1) + "\n", "utf-8")
    temporary.replace(folder / NAME)


def installed_versions() -> dict[str, str]:
    """Engine -> version, without importing the engine; engines that are not installed are left out."""
    found = {}
    for engine in ENGINES:
        try:
            found[engine] = version(engine)
        except PackageNotFoundError:
            continue
    return found
