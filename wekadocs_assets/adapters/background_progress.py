"""Progress written on a thread of its own: a server that is slow, away or full never holds up an ingest."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from wekadocs_assets.core.errors import WekadocsError
from wekadocs_assets.core.progress import JobEvent, JobState
from wekadocs_assets.core.progress_ports import ProgressStreams, ProgressWriter

MOST_WAITING = 1_000
"""Batches that wait for the server; what comes when so many do is lost, and told as lost."""
PAUSE = 5.0
"""Seconds in which a server that failed is left alone."""
Open = Callable[[], AbstractContextManager[ProgressStreams]]


class BackgroundProgress(ProgressWriter):
    """open: the streams, opened on the thread when there is something to write, and again after `close`.

    problem: why something was not written, empty while all was.
    """

    def __init__(self, open: Open) -> None:
        self._open = open
        self._waiting: queue.Queue[Callable[[ProgressStreams], None] | None] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None
        self.problem = ""

    def begin(self, jobs: Sequence[tuple[JobState, JobEvent]]) -> None:
        self._put(lambda streams: streams.begin(jobs))

    def write(self, states: Sequence[JobState], events: Sequence[JobEvent]) -> None:
        self._put(lambda streams: streams.write(states, events))

    def close(self, timeout: float) -> None:
        """Waits until all is written, but no longer than so many seconds."""
        if self._thread is None:
            return
        thread, self._thread = self._thread, None
        until = time.monotonic() + timeout
        try:
            self._waiting.put(None, timeout=timeout)
        except queue.Full:
            pass
        thread.join(max(0.0, until - time.monotonic()))
        if thread.is_alive():
            self.problem = self.problem or "the server was too slow"

    def _put(self, work: Callable[[ProgressStreams], None]) -> None:
        if self._thread is None:
            self._waiting = queue.Queue(MOST_WAITING)
            self._thread = threading.Thread(target=self._write, args=(self._waiting,), daemon=True, name="progress")
            self._thread.start()
        try:
            self._waiting.put_nowait(work)
        except queue.Full:
            self.problem = "the server was too slow"

    def _write(self, waiting: queue.Queue[Callable[[ProgressStreams], None] | None]) -> None:
        try:
            with self._open() as streams:
                self._write_to(streams, waiting)
        except WekadocsError as error:  # it could not even be opened
            self.problem = error.message
            while waiting.get() is not None:
                pass

    def _write_to(
        self, streams: ProgressStreams, waiting: queue.Queue[Callable[[ProgressStreams], None] | None]
    ) -> None:
        away_until = 0.0
        while (work := waiting.get()) is not None:
            if time.monotonic() < away_until:
                continue
            try:
                work(streams)
            except WekadocsError as error:
                self.problem = error.message
                away_until = time.monotonic() + PAUSE
