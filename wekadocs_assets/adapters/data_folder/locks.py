"""Locks between processes, based on flock: many readers or one writer of the stores, one ingest at a time per data folder.

Lock files are never deleted: two processes could lock the deleted file and its successor.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

from wekadocs_assets.core.errors import ConfigurationError, StoreBusy
from wekadocs_assets.core.ports.stores import Lock

LOCK_FILES = TURN, MAIN = "turn.lock", "stores.lock"
"""Names of the turnstile's file and of the main lock's file."""
FIRST_PAUSE, LONGEST_PAUSE = 0.001, 0.02
"""Seconds between two attempts: flock has no time-out of its own."""


class TurnstileLock(Lock):
    """Shared by readers, exclusive for a writer; a second lock, the turnstile, keeps readers from starving a writer.

    Everyone locks the turnstile, then the main lock, then releases the turnstile. Re-entrant within a thread; another thread
    waits as another process does. timeout: seconds; then StoreBusy.
    """

    def __init__(self, folder: str | Path, timeout: float = 30.0) -> None:
        self._folder, self._timeout = Path(folder), timeout
        self._mutex = threading.RLock()
        self._holds: list[int] = []
        self._callbacks: list[Callable[[], None]] = []
        self._main = -1
        self._keepers = 0

    @contextmanager
    def reading(self) -> Iterator[None]:
        with self._held(fcntl.LOCK_SH):
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        with self._held(fcntl.LOCK_EX):
            yield

    @contextmanager
    def keeping(self) -> Iterator[None]:
        with self._mutex:
            self._keepers += 1
        try:
            yield
        finally:
            with self._mutex:
                self._keepers -= 1
                if self._is_kept() and not self._keepers:
                    self._free()

    def on_release(self, callback: Callable[[], None]) -> None:
        if not self._holds:
            raise RuntimeError("on_release needs a held lock: nothing would call the callback")
        self._callbacks.append(callback)

    def is_wanted(self) -> bool:
        """Tries a shared lock on the turnstile, so that two callers do not take each other for a waiting process."""
        turn = _open(self._folder / TURN)
        try:
            return not _flock(turn, fcntl.LOCK_SH, deadline=0)
        finally:
            _close(turn)

    @contextmanager
    def _held(self, mode: int) -> Iterator[None]:
        deadline = time.monotonic() + self._timeout
        if not self._mutex.acquire(timeout=self._timeout):
            raise _stores_busy(self._timeout)
        try:
            if self._holds and mode == fcntl.LOCK_EX and self._holds[0] == fcntl.LOCK_SH:
                raise RuntimeError("writing inside reading: two processes that do this would deadlock")
            if self._is_kept() and (mode == fcntl.LOCK_EX or self.is_wanted()):
                self._free()
            if self._main < 0:
                self._main = self._acquire(mode, deadline)
            self._holds.append(mode)
            try:
                yield
            finally:
                self._release()
        finally:
            self._mutex.release()

    def _acquire(self, mode: int, deadline: float) -> int:
        turn, main = _open(self._folder / TURN), _open(self._folder / MAIN)
        try:
            if _flock(turn, fcntl.LOCK_EX, deadline) and _flock(main, mode, deadline):
                return main
            _close(main)
            raise _stores_busy(self._timeout)
        finally:
            _close(turn)

    def _release(self) -> None:
        try:
            if len(self._holds) == 1 and not self._is_to_be_kept():
                self._free()
        finally:
            self._holds.pop()

    def _is_to_be_kept(self) -> bool:
        """Asked at the end of the outermost hold only: it tries the turnstile's file."""
        return self._keepers > 0 and self._holds[0] == fcntl.LOCK_SH and not self.is_wanted()

    def _is_kept(self) -> bool:
        """Whether the lock is still shared after the last hold ended."""
        return self._main >= 0 and not self._holds

    def _free(self) -> None:
        try:
            while self._callbacks:
                self._callbacks.pop()()
        finally:
            self._callbacks.clear()
            _close(self._main)
            self._main = -1


class FreeLock(Lock):
    """For settings without an embedded engine: does not exclude other processes, but runs callbacks when the outermost hold ends."""

    def __init__(self) -> None:
        self._depth = 0
        self._callbacks: list[Callable[[], None]] = []

    @contextmanager
    def _held(self) -> Iterator[None]:
        self._depth += 1
        try:
            yield
        finally:
            while self._depth == 1 and self._callbacks:
                self._callbacks.pop()()
            self._depth -= 1

    reading = writing = _held

    def keeping(self) -> AbstractContextManager[None]:
        return nullcontext()

    def on_release(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)

    def is_wanted(self) -> bool:
        return False


_ingests: dict[tuple[int, str], list[int]] = {}
"""(pid, path) -> [number of holds, file descriptor]. The pid is part of the key because a forked child holds nothing."""
_ingests_mutex = threading.Lock()


@contextmanager
def ingest_lock(path: str | Path, ingest_id: str = "", timeout: float = 30.0) -> Iterator[None]:
    """Exclusive, re-entrant within this process; the file names the holder. timeout: seconds; then StoreBusy."""
    key = (os.getpid(), os.path.realpath(path))
    with _ingests_mutex:
        hold = _ingests.get(key)
        if hold:
            hold[0] += 1
    if not hold:
        hold = [1, _lock(Path(path), ingest_id, timeout)]
        _ingests[key] = hold
    try:
        yield
    finally:
        with _ingests_mutex:
            hold[0] -= 1
            if not hold[0]:  # the last thread to leave
                del _ingests[key]
                os.ftruncate(hold[1], 0)
                _close(hold[1])


def _lock(path: Path, ingest_id: str, timeout: float) -> int:
    file = _open(path)
    if not _flock(file, fcntl.LOCK_EX, time.monotonic() + timeout):
        holder = _holder(file)
        os.close(file)
        raise StoreBusy(
            f"another ingest is running in this data folder{holder} and did not finish within {timeout:g} s",
            "wait for it, or cancel it with `ingestctl cancel`",
        )
    os.ftruncate(file, 0)
    with suppress(OSError):  # on a full disk the holder stays unnamed; the lock itself is held
        os.pwrite(file, json.dumps({"pid": os.getpid(), "ingest_id": ingest_id}).encode(), 0)
    return file


def _holder(file: int) -> str:
    """The holder, for the message; '' while the holder is writing its name."""
    try:
        holder = json.loads(os.pread(file, 4096, 0))
    except ValueError:
        return ""
    named = f", ingest {holder['ingest_id']}" if holder.get("ingest_id") else ""
    return f" (process {holder.get('pid')}{named})"


def _stores_busy(timeout: float) -> StoreBusy:
    return StoreBusy(
        f"the index is being updated by another process and was not free within {timeout:g} s",
        "try again in a moment, or set a longer LOCK_TIMEOUT",
    )


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be opened: {error.strerror}",
            "name a data folder that this user may write to: WEKADOCS_HOME",
        ) from error


def _close(file: int) -> None:
    fcntl.flock(file, fcntl.LOCK_UN)  # a forked child may still have the file open, which would keep the lock
    os.close(file)


def _flock(file: int, mode: int, deadline: float) -> bool:
    pause = FIRST_PAUSE
    while True:
        try:
            fcntl.flock(file, mode | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
