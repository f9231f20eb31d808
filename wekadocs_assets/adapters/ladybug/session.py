"""Holds the one Ladybug database of a process: opened on the first use within a hold of the lock, closed with the hold."""

from __future__ import annotations

import ctypes
import fcntl
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wekadocs_assets.adapters.cypher.batches import Row
from wekadocs_assets.adapters.data_folder.free_disk_space import require_free_space
from wekadocs_assets.core.errors import ConfigurationError, StoreBusy, StoreUnavailable, WekadocsError
from wekadocs_assets.core.ports.stores import Lock

if TYPE_CHECKING:
    import ladybug

MEGABYTE = 1 << 20
DISK_HINT = "Look at the disk and its free space, then run it again: nothing was half written."
log = logging.getLogger(__name__)
CHECKPOINT_BYTES = 256 * MEGABYTE
"""Of write-ahead log. A checkpoint rewrites whole groups of rows (1-2 s, be it for 100 documents or for 500) and comes
with every close anyway: at the default of 16 MB a load of 600 documents under one hold costs 11 CPU s instead of 7.
"""
OUTSIDE = "IO exception"
"""Errors of a statement that are none of ours: the disk. Not those of memory: the same statement fails again, a smaller
one may not.
"""
UNFINISHED = (".shadow", ".wal.checkpoint")
"""Files beside the database while a checkpoint is made. Left by a killed process they are refused to readers for ever:
only opening the database for writing finishes that checkpoint.
"""


class LadybugSession:
    """Readers open the database read-only; a read within a writing hold opens it for the write that will follow.

    openings: how often it was opened; what was seen of it since the last one nobody else has changed.
    """

    def __init__(self, path: Path, lock: Lock, buffer_mb: int, threads: int) -> None:
        self.path, self.lock, self.buffer_mb, self.threads = path, lock, buffer_mb, threads
        self._guard = threading.RLock()
        self._database: ladybug.Database | None = None
        self._connection: ladybug.Connection | None = None
        self._writable = False
        self._awaits_release = self._abandoned = False
        self.openings = 0

    @contextmanager
    def reading(self) -> Iterator[bool]:
        """Whether there is a database at all."""
        self._recover()
        with self.lock.reading(), self._guard:
            exists = self._connection is not None or self.path.exists()
            if exists and self._connection is None:
                writable = self._within_writing()
                if not writable and self._unfinished():
                    self._recover_in_place()
                self._open(writable)
            yield exists

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction."""
        with self.lock.writing(), self._guard:
            require_free_space(self.path.parent)
            if not self._writable:
                self.close()
                self._open(writable=True)
            self.run("BEGIN TRANSACTION")
            try:
                yield
                self.run("COMMIT")
            except BaseException:
                with suppress(RuntimeError, WekadocsError):  # a failed statement has rolled back already
                    if not self._abandoned:
                        self.run("ROLLBACK")
                raise

    def run(self, statement: str, **parameters: Any) -> list[Row]:
        assert self._connection is not None
        try:
            result = self._connection.execute(statement, parameters)
            return result.rows_as_dict().get_all()
        except RuntimeError as error:
            if str(error).startswith(OUTSIDE):
                if self._writable:
                    self._abandon()
                raise StoreUnavailable(f"graph {self.path}: {error}", DISK_HINT) from error
            raise

    def close(self) -> None:
        """Idempotent; also what the lock calls before it is let go."""
        with self._guard:
            if self._connection is not None:
                self._connection.close()
            if self._database is not None:
                self._database.close()
            self._connection = self._database = None
            self._writable = False

    def _abandon(self) -> None:
        """Leaves the database open until the process ends: to close it after a failed write ends the process at once.

        The engine writes what it could not write once more then, and takes the same error for a defect of its own.
        """
        for part in (self._connection, self._database):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(part))  # else it is closed when nobody names it any more
        self._connection = self._database = None
        self._writable, self._abandoned = False, True

    def _within_writing(self) -> bool:
        """Within a hold: whether the outermost one is a writer's, for the lock refuses writing within reading."""
        try:
            with self.lock.writing():
                return True
        except RuntimeError:
            return False

    def _unfinished(self) -> bool:
        return self.path.exists() and any(Path(f"{self.path}{suffix}").exists() for suffix in UNFINISHED)

    def _recover(self) -> None:
        """Finishes the checkpoint of a killed process, before the hold for reading."""
        if self._connection is not None or not self._unfinished():
            return
        with suppress(RuntimeError), self.lock.writing(), self._guard:  # refused where the outer hold is a reader's
            self._finish()

    def _recover_in_place(self) -> None:
        """The same in an outer hold for reading, which cannot be let go here.

        No writer is at work during that hold, and no reader can have the database open before the checkpoint is
        finished; so only others that are about to finish it are to be kept apart, by a lock on the folder.
        """
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            self._finish()
        finally:
            os.close(folder)

    def _finish(self) -> None:
        if self._connection is None and self._unfinished():
            self._open(writable=True)
            self.close()

    def _open(self, writable: bool) -> None:
        if self._abandoned:
            raise StoreUnavailable(f"graph {self.path}: an earlier write to it failed in this process", DISK_HINT)
        if writable:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connect(writable)
        except RuntimeError as error:
            self.close()
            if not _is_torn(self.path, error):
                raise _explained(self.path, error) from error
            self._connect_without_the_end_of_the_log(writable)
        self._writable = writable
        if not self._awaits_release:
            self._awaits_release = True
            self.lock.on_release(self._released)

    def _connect(self, writable: bool, **more: bool) -> None:
        import ladybug

        self._database = ladybug.Database(
            self.path,
            buffer_pool_size=self.buffer_mb * MEGABYTE,
            max_num_threads=self.threads,
            read_only=not writable,
            checkpoint_threshold=CHECKPOINT_BYTES,
            **more,
        )
        self._connection = ladybug.Connection(self._database)
        self.openings += 1

    def _connect_without_the_end_of_the_log(self, writable: bool) -> None:
        """Every transaction that was committed before is there; the next ingest finds by the ledger what is to be done."""
        if writable:  # it is put right now, and told once
            log.warning("the log of graph %s ends in a write that was broken off: that write is left out", self.path)
        try:
            self._connect(writable, throw_on_wal_replay_failure=False)
        except RuntimeError as error:
            self.close()
            raise _explained(self.path, error) from error

    def _released(self) -> None:
        self._awaits_release = False
        self.close()


def _is_torn(path: Path, error: RuntimeError) -> bool:
    """Whether the log's last record may not be whole: left by a write that a full disk, a kill or a power cut broke off.

    Nothing of such a write was ever committed. The engine has many words for it; they are none of these.
    """
    text = str(error).lower()
    passing = (OUTSIDE.lower(), "lock", "memory", "buffer manager")
    return Path(f"{path}.wal").exists() and not any(word in text for word in passing)


def _explained(path: Path, error: RuntimeError) -> WekadocsError:
    """What to do about a database that does not open."""
    text = str(error)
    if "lock" in text.lower():
        return StoreBusy(
            f"graph {path} is open in another process", "Wait for it to end, or use another WEKADOCS_HOME."
        )
    if "not a valid" in text or "version" in text.lower():
        hint = "Move it away and ingest again: the graph is rebuilt from the documents."
        return ConfigurationError(f"graph {path} cannot be read by this version: {text}", hint)
    return StoreUnavailable(f"graph {path} cannot be opened: {text}", DISK_HINT)
