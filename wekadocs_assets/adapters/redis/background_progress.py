"""Progress written by a background thread, so that a slow, unreachable or full server never delays an ingest."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack

from wekadocs_assets.adapters.redis.progress_buffer import Batch, ProgressBuffer
from wekadocs_assets.core.errors import WekadocsError
from wekadocs_assets.core.jobs.ports import ProgressStreams, ProgressWriter
from wekadocs_assets.core.jobs.states import JobEvent, JobState

FLUSH_INTERVAL = 0.2
"""Seconds between two writes; what is published meanwhile is written in one round trip."""
CANCEL_INTERVAL = 1.0
"""Seconds between two reads of the cancel requests."""
RETRY_INTERVAL = 5.0
"""Seconds to wait after a failed write; the failed batch is then written again."""
FAILED_WAIT = 0.5
"""Seconds that `flush` and `close` wait at most for a server that already failed to take something."""
TOO_SLOW = "the server was too slow"
Open = Callable[[], AbstractContextManager[ProgressStreams]]


class BackgroundProgress(ProgressWriter):
    """open: returns the streams; called by the thread before its first write, after a failure and after `close`."""

    def __init__(self, open: Open) -> None:
        self._open = open
        self._buffer = ProgressBuffer()
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()
        self._flush_requested, self._flushed = threading.Event(), threading.Event()
        self._outage = self._lost = ""

    @property
    def problem(self) -> str:  # type: ignore[override]  # the port has a plain attribute; here it follows from the state
        """Why progress was lost, else why it is delayed; '' while all of it is written."""
        return self._lost or self._outage or (TOO_SLOW if self._buffer.lost else "")

    def begin(self, jobs: Sequence[tuple[JobState, JobEvent]]) -> None:
        self.cancelled -= {state.job_id for state, _ in jobs}  # requests that concerned an earlier attempt
        self._buffer.begin(jobs)
        self._start()

    def write(self, states: Sequence[JobState], events: Sequence[JobEvent]) -> None:
        self._buffer.write(states, events)
        self._start()

    def flush(self, timeout: float) -> bool:
        """Waits until everything is written or a write failed, at most `timeout` seconds; False after a time-out."""
        if self._thread is None:
            return True
        self._flushed.clear()
        self._flush_requested.set()
        return self._flushed.wait(self._limit(timeout))

    def final_flush(self, timeout: float) -> None:
        """As `flush`; after a time-out the rest is reported as lost."""
        if not self.flush(timeout):
            self._report_as_lost()

    def close(self, timeout: float) -> None:
        """As `flush`, and ends the thread. What is not written stays in the buffer for the next thread, if one is started."""
        if self._thread is None:
            return
        thread, self._thread = self._thread, None
        self._ending.set()
        self._flush_requested.set()
        thread.join(self._limit(timeout))
        if thread.is_alive():
            self._report_as_lost()

    def _report_as_lost(self) -> None:
        self._lost = self._lost or self._outage or TOO_SLOW

    def _limit(self, timeout: float) -> float:
        return min(timeout, FAILED_WAIT) if self.problem else timeout

    def _start(self) -> None:
        if self._thread is None:
            self._ending = threading.Event()
            self._thread = threading.Thread(target=self._write, args=(self._ending,), daemon=True, name="progress")
            self._thread.start()

    def _write(self, ending: threading.Event) -> None:
        with ExitStack() as opened:
            streams, pause, read_at = None, FLUSH_INTERVAL, 0.0
            while not ending.is_set():
                requested = self._flush_requested.wait(pause)
                self._flush_requested.clear()
                try:
                    streams = streams or opened.enter_context(self._open())
                    self._write_to(streams)
                    if time.monotonic() - read_at > CANCEL_INTERVAL:
                        self.cancelled, read_at = streams.cancels(), time.monotonic()
                    self._outage, pause = "", FLUSH_INTERVAL
                except (WekadocsError, OSError) as error:
                    self._outage, pause = getattr(error, "message", str(error)), RETRY_INTERVAL
                    streams = None
                    opened.close()
                if requested:
                    self._flushed.set()

    def _write_to(self, streams: ProgressStreams) -> None:
        while batch := self._buffer.take():
            try:
                self._write_batch(streams, batch)
            except WekadocsError:
                self._buffer.put_back(batch)
                raise
        self._lost = self._lost or streams.problem

    def _write_batch(self, streams: ProgressStreams, batch: Batch) -> None:
        if batch.begun:
            streams.begin(batch.begun)
        else:
            streams.write(batch.states, batch.events)
