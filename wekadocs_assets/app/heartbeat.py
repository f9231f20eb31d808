"""A background thread that renews a lease while a block of code runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from wekadocs_assets.core.errors import StoreUnavailable


@contextmanager
def heartbeat(beat: Callable[[], None], interval: float) -> Iterator[None]:
    """Calls `beat` every `interval` seconds while the block runs. Ignores StoreUnavailable: the next call retries."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(interval):
            with suppress(StoreUnavailable):
                beat()

    thread = threading.Thread(target=run, daemon=True, name="heartbeat")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
