"""Progress written on a thread of its own: a server that is slow, away or full never holds up an ingest."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack

from wekadocs_assets.adapters.redis.progress_buffer import Batch, WaitingProgress
from wekadocs_assets.core.errors import WekadocsError
from wekadocs_assets.core.jobs.ports import ProgressStreams, ProgressWriter
from wekadocs_assets.core.jobs.states import JobEvent, JobState

GATHER = 0.2
"""Seconds of news that go in one trip."""
LISTEN_SECONDS = 1.0
"""How often it is asked what is to be cancelled."""
PAUSE = 5.0
"""Seconds in which a server that failed is left alone; what it did not take is written after them."""
AGAIN_SECONDS = 0.5
"""The longest wait for a server of which it is known that it did not take everything."""
TOO_SLOW = "the server was too slow"
Open = Callable[[], AbstractContextManager[ProgressStreams]]


class BackgroundProgress(ProgressWriter):
    """open: the streams, opened on the thread when there is something to write, anew after a failure and after `close`."""

    def __init__(self, open: Open) -> None:
        self._open = open
        self._waiting = WaitingProgress()
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()
        self._hurry, self._tried = threading.Event(), threading.Event()
        self._away = self._lost = ""

    @property
    def problem(self) -> str:
        """What is lost for good, else what waits and why."""
        return self._lost or self._away or (TOO_SLOW if self._waiting.lost else "")

    def begin(self, jobs: Sequence[tuple[JobState, JobEvent]]) -> None:
        self.cancelled -= {state.job_id for state, _ in jobs}  # asked of an earlier attempt
        self._waiting.begin(jobs)
        self._start()

    def write(self, states: Sequence[JobState], events: Sequence[JobEvent]) -> None:
        self._waiting.write(states, events)
        self._start()

    def flush(self, timeout: float) -> bool:
        """Returns when all is written or the server does not take it, after so many seconds at the latest: then False."""
        if self._thread is None:
            return True
        self._tried.clear()
        self._hurry.set()
        return self._tried.wait(self._patience(timeout))

    def flush_at_last(self, timeout: float) -> None:
        """As `flush`; what is not written then is told as lost."""
        if not self.flush(timeout):
            self._give_up()

    def close(self, timeout: float) -> None:
        """As `flush`; what is not written then waits for the next opening, if one comes."""
        if self._thread is None:
            return
        thread, self._thread = self._thread, None
        self._ending.set()
        self._hurry.set()
        thread.join(self._patience(timeout))
        if thread.is_alive():
            self._give_up()

    def _give_up(self) -> None:
        self._lost = self._lost or self._away or TOO_SLOW

    def _patience(self, timeout: float) -> float:
        return min(timeout, AGAIN_SECONDS) if self.problem else timeout

    def _start(self) -> None:
        if self._thread is None:
            self._ending = threading.Event()
            self._thread = threading.Thread(target=self._write, args=(self._ending,), daemon=True, name="progress")
            self._thread.start()

    def _write(self, ending: threading.Event) -> None:
        with ExitStack() as opened:
            streams, pause, listened = None, GATHER, 0.0
            while not ending.is_set():
                hurried = self._hurry.wait(pause)
                self._hurry.clear()
                try:
                    streams = streams or opened.enter_context(self._open())
                    self._write_to(streams)
                    if time.monotonic() - listened > LISTEN_SECONDS:
                        self.cancelled, listened = streams.cancels(), time.monotonic()
                    self._away, pause = "", GATHER
                except (WekadocsError, OSError) as error:
                    self._away, pause = getattr(error, "message", str(error)), PAUSE
                    streams = None
                    opened.close()
                if hurried:
                    self._tried.set()

    def _write_to(self, streams: ProgressStreams) -> None:
        while batch := self._waiting.take():
            try:
                self._write_batch(streams, batch)
            except WekadocsError:
                self._waiting.put_back(batch)
                raise
        self._lost = self._lost or streams.problem

    def _write_batch(self, streams: ProgressStreams, batch: Batch) -> None:
        if batch.begun:
            streams.begin(batch.begun)
        else:
            streams.write(batch.states, batch.events)
