"""Keeps the stores open between requests, in one thread that owns them, and releases them when an ingest waits.

While they are open the thread holds the read lock; "hold" here means the lock with the open stores.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from typing import Any, TypeVar

from wekadocs_assets.core.errors import Permanent, StoreBusy, WekadocsError
from wekadocs_assets.core.ports.stores import Lock

T = TypeVar("T")
POLL_SECONDS = 0.02
"""Interval between checks of the turnstile; a waiting writer gets the stores within 50 ms."""
IDLE_SECONDS = 30.0
"""After this time without requests the stores are closed and the turnstile is no longer checked."""
MOST_WAITING = 200
"""Maximum length of the queue of requests."""
log = logging.getLogger(__name__)


class Keeper:
    """Runs requests in order in its thread, with the stores open and read-locked until a writer waits.

    lock: returns the lock of the stores; called for every hold, because a store's server may be down when the process
    starts. before_hold: called before the lock is taken, for work that may write (creating the schema). idle_seconds:
    see IDLE_SECONDS.
    """

    def __init__(
        self, lock: Callable[[], Lock], before_hold: Callable[[], object], idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._lock_of, self._before_hold, self._idle = lock, before_hold, idle_seconds
        self._tasks: queue.Queue[tuple[Callable[[], Any], Future[Any]] | None] = queue.Queue()
        self._hold: tuple[Lock, ExitStack] | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run_requests, name="stores", daemon=True)
        self._thread.start()

    @property
    def holds(self) -> bool:
        """Whether the stores are open now."""
        return self._hold is not None

    def ask(self, work: Callable[[], T]) -> Future[T]:
        """Queues `work` for the thread of the stores; a future cancelled before its turn is skipped.

        Raises StoreBusy if the queue is full or the keeper is closed.
        """
        if self._closed or self._tasks.qsize() >= MOST_WAITING:
            reason = "the server is shutting down" if self._closed else f"{MOST_WAITING} requests are waiting already"
            raise StoreBusy(reason, "ask again in a moment")
        future: Future[T] = Future()
        self._tasks.put((work, future))
        return future

    def close(self, patience: float = 5.0) -> None:
        """Cancels the waiting requests and closes the stores after the current one; waits up to `patience` seconds."""
        self._closed = True
        self._tasks.put(None)
        self._thread.join(patience)

    def _run_requests(self) -> None:
        while task := self._next():
            self._run(*task)
        self._release()

    def _next(self) -> tuple[Callable[[], Any], Future[Any]] | None:
        """Waits for a request; meanwhile releases the stores if a writer waits or the keeper is idle."""
        end = time.monotonic() + self._idle
        while self._hold:
            try:
                return self._tasks.get(timeout=POLL_SECONDS)
            except queue.Empty:
                if time.monotonic() > end or self._is_writer_waiting():
                    self._release()
        return self._tasks.get()

    def _run(self, work: Callable[[], Any], future: Future[Any]) -> None:
        if self._closed:
            future.cancel()
        if not future.set_running_or_notify_cancel():
            return
        try:
            self._take_hold()
            found = work()
        except Permanent as error:  # an error of the request, not of the stores
            future.set_exception(error)
        except BaseException as error:  # any error is passed to the caller
            self._release()  # the next request reopens the stores
            future.set_exception(error)
        else:
            future.set_result(found)

    def _take_hold(self) -> None:
        """Opens the stores if they are closed; reopens them if a writer waits, so that requests cannot starve an ingest."""
        if self._hold and self._is_writer_waiting():
            self._release()
        if self._hold:
            return
        lock, stack = self._lock_of(), ExitStack()
        self._before_hold()
        stack.enter_context(lock.reading())
        self._hold = lock, stack

    def _is_writer_waiting(self) -> bool:
        try:
            return self._hold is not None and self._hold[0].is_wanted()
        except WekadocsError:  # the folder of the locks was removed
            return True

    def _release(self) -> None:
        held, self._hold = self._hold, None
        if held:
            try:
                held[1].close()
            except Exception:
                log.exception("a store could not be closed")
