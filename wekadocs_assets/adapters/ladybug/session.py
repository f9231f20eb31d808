"""The one Ladybug database of a process: opened on first use while the lock is held, closed when it is released."""

from __future__ import annotations

import ctypes
import fcntl
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from wekadocs_assets.adapters.cypher.batches import Row
from wekadocs_assets.adapters.data_folder.free_disk_space import require_free_space
from wekadocs_assets.core.errors import ConfigurationError, StoreBusy, StoreUnavailable, WekadocsError
from wekadocs_assets.core.ports.stores import Lock

if TYPE_CHECKING:
    import ladybug

MEGABYTE = 1 << 20
DISK_HINT = "Check the disk and its free space, then run it again: no incomplete write was kept."
log = logging.getLogger(__name__)
CHECKPOINT_BYTES = 256 * MEGABYTE
"""Size of the write-ahead log at which the engine makes a checkpoint. A checkpoint rewrites whole groups of rows (1-2 s,
for 100 documents as for 500) and every close makes one anyway: at the engine's default of 16 MB a load of 600 documents
under one lock costs 11 CPU s instead of 7.
"""
DISK_ERROR = "IO exception"
"""Start of the engine's message for a failure of the disk. Memory errors are not among them: retrying the same statement
would fail again.
"""
UNFINISHED = (".shadow", ".wal.checkpoint")
"""Suffixes of files that exist beside the database during a checkpoint. After a killed process they remain, and readers
are refused until the database is opened for writing, which finishes the checkpoint.
"""


class LadybugSession:
    """Readers open the database read-only; a read while the lock is held for writing opens it for writing.

    buffer_mb: size of the buffer pool in MB. openings: how often the database was opened; between two openings no other
    process can have changed it.
    """

    def __init__(self, path: Path, lock: Lock, buffer_mb: int, threads: int) -> None:
        self.path, self.lock, self.buffer_mb, self.threads = path, lock, buffer_mb, threads
        self._guard = threading.RLock()
        self._database: ladybug.Database | None = None
        self._connection: ladybug.Connection | None = None
        self._writable = False
        self._closes_on_release = self._abandoned = False
        self.openings = 0

    @contextmanager
    def reading(self) -> Iterator[bool]:
        """Yields whether the database exists."""
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
        """One transaction: committed at the end of the block, rolled back on an error."""
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
        """Rows of one statement. A failure of the disk: StoreUnavailable."""
        assert self._connection is not None
        try:
            result = self._connection.execute(statement, parameters)
            assert not isinstance(result, list)  # only a text of several statements gives a list
            return cast(list[Row], result.rows_as_dict().get_all())
        except RuntimeError as error:
            if str(error).startswith(DISK_ERROR):
                if self._writable:
                    self._abandon()
                raise StoreUnavailable(f"graph {self.path}: {error}", DISK_HINT) from error
            raise

    def close(self) -> None:
        """Idempotent; the lock calls it before it is released."""
        with self._guard:
            if self._connection is not None:
                self._connection.close()
            if self._database is not None:
                self._database.close()
            self._connection = self._database = None
            self._writable = False

    def _abandon(self) -> None:
        """Leaves the database open until the process ends: closing it after a failed write would abort the process.

        On closing, the engine repeats the failed write and treats the second failure as a defect of its own.
        """
        for part in (self._connection, self._database):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(part))  # otherwise it is closed when its last reference goes
        self._connection = self._database = None
        self._writable, self._abandoned = False, True

    def _within_writing(self) -> bool:
        """Whether the lock, which this thread holds, is held for writing: it refuses writing within reading."""
        try:
            with self.lock.writing():
                return True
        except RuntimeError:
            return False

    def _unfinished(self) -> bool:
        return self.path.exists() and any(Path(f"{self.path}{suffix}").exists() for suffix in UNFINISHED)

    def _recover(self) -> None:
        """Finishes the checkpoint of a killed process, before the lock is taken for reading."""
        if self._connection is not None or not self._unfinished():
            return
        with (
            suppress(RuntimeError),
            self.lock.writing(),
            self._guard,
        ):  # RuntimeError: this thread already holds it for reading
            self._finish()

    def _recover_in_place(self) -> None:
        """The same while this thread holds the lock for reading and cannot release it.

        Until the lock is released, no process writes, and no reader can open the database before the checkpoint is finished.
        So a lock on the folder, against others that recover in place, is enough.
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
                raise _open_error(self.path, error) from error
            self._connect_without_torn_record(writable)
        self._writable = writable
        if not self._closes_on_release:
            self._closes_on_release = True
            self.lock.on_release(self._released)

    def _connect(self, writable: bool, *, ignore_torn_log: bool = False) -> None:
        import ladybug

        self._database = ladybug.Database(
            self.path,
            buffer_pool_size=self.buffer_mb * MEGABYTE,
            max_num_threads=self.threads,
            read_only=not writable,
            checkpoint_threshold=CHECKPOINT_BYTES,
            throw_on_wal_replay_failure=not ignore_torn_log,
        )
        self._connection = ladybug.Connection(self._database)
        self.openings += 1

    def _connect_without_torn_record(self, writable: bool) -> None:
        """Keeps every committed transaction; the next ingest finds in the ledger what is missing."""
        if writable:  # opening for writing repairs the log, so this is logged once
            log.warning("the write-ahead log of graph %s ends in an incomplete write, which is ignored", self.path)
        try:
            self._connect(writable, ignore_torn_log=True)
        except RuntimeError as error:
            self.close()
            raise _open_error(self.path, error) from error

    def _released(self) -> None:
        self._closes_on_release = False
        self.close()


def _is_torn(path: Path, error: RuntimeError) -> bool:
    """Whether the last record of the write-ahead log may be incomplete: a full disk, a kill or a power cut stopped the write.

    No such write was committed. The engine has many messages for it, so the other causes are excluded instead.
    """
    text = str(error).lower()
    other_causes = (DISK_ERROR.lower(), "lock", "memory", "buffer manager")
    return Path(f"{path}.wal").exists() and not any(word in text for word in other_causes)


def _open_error(path: Path, error: RuntimeError) -> WekadocsError:
    """The error to raise for a database that does not open, with a hint."""
    text = str(error)
    if "lock" in text.lower():
        return StoreBusy(
            f"graph {path} is open in another process", "Wait for it to end, or use another WEKADOCS_HOME."
        )
    if "not a valid" in text or "version" in text.lower():
        hint = "Move it away and ingest again: the graph is rebuilt from the documents."
        return ConfigurationError(f"graph {path} cannot be read by this version: {text}", hint)
    return StoreUnavailable(f"graph {path} cannot be opened: {text}", DISK_HINT)
