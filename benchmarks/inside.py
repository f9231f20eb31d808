"""`ingestctl ingest`, which says where its CPU went: `python benchmarks/inside.py SPLIT.json [options of ingest]`.

Used by increments.py. CPU seconds of the process by part, each without those within it, so that the parts add up; written
to SPLIT.json at the end. Imports as little as it can, for what it imports is measured too.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path


class Clock:
    """CPU seconds of this process by part, the innermost that is running taking them; other threads' work included."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.running = ["the rest"]
        self.since = 0.0
        self.thread = threading.get_ident()
        self._switch("start of the interpreter")

    def _switch(self, charged: str) -> None:
        now = time.process_time()
        self.seconds[charged] += now - self.since
        self.since = now

    def timed(self, part: str, inner: Callable) -> Callable:
        """inner, with what it uses charged to the part."""

        def call(*arguments, **options):
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

    def told(self) -> dict[str, dict]:
        self._switch(self.running[-1])
        return {"seconds": dict(self.seconds), "calls": dict(self.calls)}


def ingest_with_clock(place: str, arguments: list[str]) -> None:
    """`ingestctl ingest`, measured from within; where its CPU went is written to the place."""
    clock = Clock()
    import _frozen_importlib

    find_and_load = _frozen_importlib._find_and_load  # called for what is not imported yet, and for nothing else
    _frozen_importlib._find_and_load = clock.timed("imports", find_and_load)
    watch(clock)
    from wekadocs_assets.cli.main import main

    sys.argv = ["ingestctl", "ingest", *arguments]
    try:
        main()
    finally:
        told = clock.told() | {"loaded": [name for name in ("dagster", "torch", "tokenizers") if name in sys.modules]}
        Path(place).write_text(json.dumps(told))


def watch(clock: Clock) -> None:
    """The modules named here are light, and an ingest imports them anyway."""
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
