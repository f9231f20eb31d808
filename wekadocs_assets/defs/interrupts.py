"""Ctrl-C and SIGTERM: an ingest ends after the batch in hand, whose effect, events and record are then whole.

Dagster sets handlers of its own around every call of user code, which raise in the middle of it. Here they are set once
more around each batch, only with public functions, and restored after it.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

import dagster as dg

T = TypeVar("T")
SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""What a terminal sends, and what `kill`, a container's end and Dagster's own termination of a run do."""
_watches: list[Callable[[], bool]] = []
"""Of this process, as signals are."""


def batchwise(work: Iterator[T]) -> Iterator[T]:
    """The items of `work`; an interrupt ends it after the item in hand, by DagsterExecutionInterruptedError.

    A second one ends it at once, by the same.
    """
    came: list[int] = []
    while not came:
        with put_off() as came:
            try:
                item = next(work)
            except StopIteration:
                break
        yield item
    if came:
        raise dg.DagsterExecutionInterruptedError("interrupted; what is done stays, the next ingest goes on from here")


@contextmanager
def put_off() -> Iterator[list[int]]:
    """Within the block an interrupt is only noted, in the list; the second raises DagsterExecutionInterruptedError."""
    came: list[int] = []

    def note(number: int, _: object) -> None:
        if came:
            raise dg.DagsterExecutionInterruptedError("interrupted twice")
        came.append(number)

    if threading.current_thread() is not threading.main_thread():  # only there can a handler be set, and is one called
        yield came
        return
    before = {number: signal.signal(number, note) for number in SIGNALS}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def watched() -> Iterator[Callable[[], bool]]:
    """Asks whether an interrupt came within the block, whichever handler took it: Dagster forgets one at a run's end."""
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    reading, writing = os.pipe()
    for end in (reading, writing):
        os.set_blocking(end, False)
    seen: set[int] = set()

    def came() -> bool:
        with suppress(BlockingIOError):
            seen.update(os.read(reading, 4096))
        return not seen.isdisjoint(SIGNALS)

    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    _watches.append(came)
    try:
        yield came
    finally:
        _watches.remove(came)
        signal.set_wakeup_fd(before)
        for end in (reading, writing):
            os.close(end)


def interrupt_received() -> bool:
    """Whether an interrupt came to an ingest that a person started in this process."""
    return any(came() for came in _watches)
