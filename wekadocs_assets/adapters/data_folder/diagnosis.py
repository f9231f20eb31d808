"""Checks of the data folder and the reports folder for `doctor`: rights, free disk space, lock holders, engine versions.

The checks create nothing but a temporary file, which they delete.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from wekadocs_assets.adapters.data_folder import engine_versions
from wekadocs_assets.adapters.data_folder.locks import LOCK_FILES
from wekadocs_assets.core.checks.diagnosis import Check, Diagnosis, Verdict, free_space, note, ok, problem

LOCK_TABLE = Path("/proc/locks")


class FolderDiagnosis(Diagnosis):
    """engines: the members of engine_versions.ENGINES that the settings use."""

    part = "data folder"

    def __init__(self, folder: Path, reports: Path, engines: Sequence[str]) -> None:
        self._folder, self._reports, self._engines = folder, reports, engines

    def checks(self) -> Sequence[Check]:
        return (
            ("rights", lambda: [folder_rights(self._folder, "WEKADOCS_HOME")]),
            ("disk", self._disk),
            ("ingest lock", self._ingest_lock),
            ("store lock", self._store_lock),
            ("engines", self._engine_versions),
            ("reports", lambda: [folder_rights(self._reports, "REPORTS_DIR")]),
        )

    def _disk(self) -> Iterator[Verdict]:
        yield free_space(shutil.disk_usage(nearest_existing(self._folder)).free, str(self._folder))

    def _ingest_lock(self) -> Iterator[Verdict]:
        path = self._folder / "ingest.lock"
        if not path.is_file():
            yield ok("free")
            return
        holder = _noted_holder(path)
        if is_held(path):
            who = f"an ingest is running: {holder or 'process unknown'}"
            yield note(who, "another ingest waits for it for up to LOCK_TIMEOUT seconds")
        elif holder:
            yield note(f"free, but its last holder ({holder}) was killed", "the next ingest finishes its work")
        else:
            yield ok("free")

    def _store_lock(self) -> Iterator[Verdict]:
        path = self._folder / "locks" / "stores.lock"
        if path.is_file() and is_held(path):
            yield note(
                f"the stores are being written{_process_of(path)}",
                "readers wait for it, usually for less than a second",
            )
        else:
            yield ok("free for readers")

    def _engine_versions(self) -> Iterator[Verdict]:
        kept, here = engine_versions.recorded_versions(self._folder), engine_versions.installed_versions()
        if not self._engines:
            yield ok("no embedded engine is used")
        elif kept is None:
            yield ok("no versions recorded yet: the next ingest records them")
        else:
            changed = engine_versions.changed_engines(self._folder)
            for engine in self._engines:
                yield _engine_version(engine, changed, here)


def _engine_version(engine: str, changed: dict[str, tuple[str, str]], here: dict[str, str]) -> Verdict:
    if engine not in here:
        return problem(f"{engine} is not installed", "install the project's requirements, or choose a server")
    if engine not in changed:
        return ok(f"{engine} {here[engine]}")
    made, now = changed[engine]
    return problem(
        f"{engine} {now} is installed, the files were written by {made}",
        f"ingest again: the index is rebuilt without embedding anything again; or install {engine}=={made}",
    )


def folder_rights(folder: Path, setting: str) -> Verdict:
    """Whether files can be created in the folder, or the folder itself if it is missing. setting: its variable, for the hint."""
    hint = f"name a folder that this user may write to: {setting}"
    if folder.is_dir():
        reason = _refusal(folder)
        return problem(f"{folder} cannot be written: {reason}", hint) if reason else ok(f"{folder} can be written")
    place = nearest_existing(folder)
    if folder.exists() or not place.is_dir():
        return problem(f"{place} is not a folder", hint)
    if not os.access(place, os.W_OK | os.X_OK):
        return problem(f"{folder} does not exist, and {place} cannot be written", hint)
    return ok(f"{folder} does not exist yet: the first ingest creates it")


def missing_lock_files(locks: Path) -> Verdict | None:
    """Why stores guarded by the lock files in this folder are not opened: a reader would create absent lock files."""
    if all((locks / name).is_file() for name in LOCK_FILES):
        return None
    return note(f"not opened: its lock files in {locks} are missing", "the next command creates them")


def nearest_existing(path: Path) -> Path:
    """The path, or its closest parent that exists."""
    return next(place for place in (path, *path.parents) if place.exists())


def is_held(path: Path) -> bool:
    """Whether a process holds an exclusive lock on the file, found out by trying a shared one."""
    file = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.flock(file, fcntl.LOCK_UN)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _refusal(folder: Path) -> str:
    """Why no file can be created in the folder; '' when one can."""
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
            file.write(b"x")
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def _noted_holder(path: Path) -> str:
    """The holder written in the ingest lock's file; a holder removes it when it releases the lock."""
    try:
        holder = json.loads(path.read_text("utf-8"))
        return f"process {holder['pid']}, ingest {holder['ingest_id']}"
    except (ValueError, KeyError, TypeError):
        return ""


def _process_of(path: Path) -> str:
    """' by process N' from the kernel's lock table, '' if the table does not list the lock."""
    entry = path.stat()
    place = f":{entry.st_ino}"
    lines = LOCK_TABLE.read_text().splitlines() if LOCK_TABLE.is_file() else []
    found = [
        words[4]
        for words in map(str.split, lines)
        if words[1:4] == ["FLOCK", "ADVISORY", "WRITE"] and words[5].endswith(place)
    ]
    return f" by process {found[0]}" if found else ""
