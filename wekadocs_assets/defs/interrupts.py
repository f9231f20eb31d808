"""Handles Ctrl-C and SIGTERM: an ingest stops after the current batch, with its writes, events and record complete.

Dagster's signal handlers raise in the middle of user code. This module replaces them during each batch and restores them
after it, and uses only public functions.
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
"""SIGINT comes from a terminal; SIGTERM from `kill` or the stop of a container. Dagster terminates a run by one of them."""
_watches: list[Callable[[], bool]] = []
"""The functions of all `watched` blocks of this process."""


def batchwise(work: Iterator[T]) -> Iterator[T]:
    """Yields the items of `work`. After an interrupt, yields the current item and raises DagsterExecutionInterruptedError.

    A second interrupt raises it at once.
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
        raise dg.DagsterExecutionInterruptedError("interrupted; finished work is kept; the next ingest continues")


@contextmanager
def put_off() -> Iterator[list[int]]:
    """Defers an interrupt: its signal number is added to the list. A second one raises DagsterExecutionInterruptedError."""
    came: list[int] = []

    def note(number: int, _: object) -> None:
        if came:
            raise dg.DagsterExecutionInterruptedError("interrupted twice")
        came.append(number)

    if threading.current_thread() is not threading.main_thread():  # handlers are set and called in the main thread
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
    """Yields a function that returns whether a signal arrived within the block, whichever handler received it.

    It reads a wakeup pipe, because Dagster discards an interrupt at the end of a run.
    """
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
    """Whether an interrupt arrived in a `watched` block of this process, such as an ingest by `ingestctl`."""
    return any(came() for came in _watches)
