"""A thread that says at intervals that this process lives."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from wekadocs_assets.core.errors import StoreUnavailable


@contextmanager
def beating(beat: Callable[[], None], interval: float) -> Iterator[None]:
    """Calls `beat` every so many seconds over the block; a server that is away for a beat is asked again at the next."""
    stop = threading.Event()

    def go_on() -> None:
        while not stop.wait(interval):
            with suppress(StoreUnavailable):
                beat()

    thread = threading.Thread(target=go_on, daemon=True, name="heartbeat")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
