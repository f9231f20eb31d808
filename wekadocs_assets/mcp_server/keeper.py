"""Keeps the stores open between requests, in one thread that owns them, and hands them over to an ingest that waits."""

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
LOOK_SECONDS = 0.02
"""From one look at the turnstile to the next: who waits there gets the stores within 50 ms."""
IDLE_SECONDS = 30.0
"""A server that nobody asks holds nothing and looks at nothing."""
MOST_WAITING = 200
log = logging.getLogger(__name__)


class Keeper:
    """Answers in the order of the questions, within one hold for reading as long as nobody else wants the stores.

    lock: asked for anew with each hold, for a server may be away when this process starts. before_hold: what has to be
    done outside of a hold, where a store may still write (make its schema).
    """

    def __init__(
        self, lock: Callable[[], Lock], before_hold: Callable[[], object], idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._lock_of, self._before_hold, self._idle = lock, before_hold, idle_seconds
        self._tasks: queue.Queue[tuple[Callable[[], Any], Future[Any]] | None] = queue.Queue()
        self._hold: tuple[Lock, ExitStack] | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="stores", daemon=True)
        self._thread.start()

    @property
    def holds(self) -> bool:
        """Whether the stores are open now."""
        return self._hold is not None

    def ask(self, work: Callable[[], T]) -> Future[T]:
        """Runs `work` in the thread of the stores; cancelled before its turn, it is not run. Too many: StoreBusy."""
        if self._closed or self._tasks.qsize() >= MOST_WAITING:
            reason = "the server is ending" if self._closed else f"{MOST_WAITING} requests are waiting already"
            raise StoreBusy(reason, "ask again in a moment")
        future: Future[T] = Future()
        self._tasks.put((work, future))
        return future

    def close(self, patience: float = 5.0) -> None:
        """Lets go of everything as soon as the request in hand is answered; those that wait are cancelled."""
        self._closed = True
        self._tasks.put(None)
        self._thread.join(patience)

    def _work(self) -> None:
        while task := self._next():
            self._answer(*task)
        self._let_go()

    def _next(self) -> tuple[Callable[[], Any], Future[Any]] | None:
        """Waits for a request, and meanwhile gives the stores up to whoever wants them."""
        end = time.monotonic() + self._idle
        while self._hold:
            try:
                return self._tasks.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                if time.monotonic() > end or self._is_wanted():
                    self._let_go()
        return self._tasks.get()

    def _answer(self, work: Callable[[], Any], future: Future[Any]) -> None:
        if self._closed:
            future.cancel()
        if not future.set_running_or_notify_cancel():
            return
        try:
            self._take_hold()
            found = work()
        except Permanent as error:  # the request is at fault, not the stores
            future.set_exception(error)
        except BaseException as error:  # whatever it is, it belongs to the one who asked
            self._let_go()  # a store that failed is opened anew for the next
            future.set_exception(error)
        else:
            future.set_result(found)

    def _take_hold(self) -> None:
        """Keeps the one it has, unless somebody waits: a stream of requests must not keep an ingest out."""
        if self._hold and self._is_wanted():
            self._let_go()
        if self._hold:
            return
        lock, stack = self._lock_of(), ExitStack()
        self._before_hold()
        stack.enter_context(lock.reading())
        self._hold = lock, stack

    def _is_wanted(self) -> bool:
        try:
            return self._hold is not None and self._hold[0].is_wanted()
        except WekadocsError:  # the folder of the locks went away
            return True

    def _let_go(self) -> None:
        held, self._hold = self._hold, None
        if held:
            try:
                held[1].close()
            except Exception:
                log.exception("a store could not be closed")
