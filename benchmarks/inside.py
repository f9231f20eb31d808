"""Runs `ingestctl ingest` and measures its CPU seconds by part: `python benchmarks/inside.py SPLIT.json [INGEST OPTIONS]`.

increments.py starts it. Each part is counted without the parts inside it, so that they add up to the whole; the result is
written to SPLIT.json. This module imports as little as possible, because its imports are measured too.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any


class Clock:
    """CPU seconds of this process by part: time is charged to the innermost running part, that of other threads too."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()
        self.running = ["the rest"]
        self.since = 0.0
        self.thread = threading.get_ident()
        self._switch("start of the interpreter")

    def _switch(self, charged: str) -> None:
        now = time.process_time()
        self.seconds[charged] += now - self.since
        self.since = now

    def timed(self, part: str, inner: Callable[..., Any]) -> Callable[..., Any]:
        """inner, with its CPU seconds charged to the part."""

        def call(*arguments: Any, **options: Any) -> Any:
            if threading.get_ident() != self.thread:
                return inner(*arguments, **options)
            self._switch(self.running[-1])
            self.running.append(part)
            self.calls[part] += 1
            try:
                return inner(*arguments, **options)
            finally:
                self._switch(self.running.pop())

        return call

    def result(self) -> dict[str, Any]:
        self._switch(self.running[-1])
        return {"seconds": dict(self.seconds), "calls": dict(self.calls)}


def ingest_with_clock(target: str, arguments: list[str]) -> None:
    """Runs `ingestctl ingest` with these arguments and writes the CPU seconds by part to the file `target`."""
    clock = Clock()
    importlib: Any = import_module("_frozen_importlib")
    importlib._find_and_load = clock.timed("imports", importlib._find_and_load)  # called only for new modules
    instrument(clock)
    from wekadocs_assets.cli.main import main

    sys.argv = ["ingestctl", "ingest", *arguments]
    try:
        main()
    finally:
        loaded = [name for name in ("dagster", "torch", "tokenizers") if name in sys.modules]
        Path(target).write_text(json.dumps(clock.result() | {"loaded": loaded}))


def instrument(clock: Clock) -> None:
    """Times the methods of the parts. Imports only modules that are cheap and that every ingest imports."""
    from wekadocs_assets.adapters.embedding.sentence_transformer import SentenceTransformerEmbedder
    from wekadocs_assets.adapters.ladybug.session import LadybugSession
    from wekadocs_assets.adapters.qdrant.edge import EdgeVectors
    from wekadocs_assets.core.stages import conclude

    opening = "opening and closing of stores"
    for owner, name, part in (
        (conclude, "verify", "verification"),
        (SentenceTransformerEmbedder, "encode", "encoding"),
        (LadybugSession, "_open", opening),
        (LadybugSession, "close", opening),
        (EdgeVectors, "_shard", opening),
        (EdgeVectors, "_close", opening),
    ):
        setattr(owner, name, clock.timed(part, getattr(owner, name)))
    for name, part in (("_model", "model load"), ("_tokenizer", "tokenizer load")):
        loader = vars(SentenceTransformerEmbedder)[name]  # a cached_property
        loader.func = clock.timed(part, loader.func)


if __name__ == "__main__":
    ingest_with_clock(sys.argv[1], sys.argv[2:])
