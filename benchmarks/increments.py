"""What small changes cost beside a cold ingest: `python benchmarks/increments.py FOLDER`, or `--synthetic 10000`.

Copies the folder (or makes documents, see scale.py) and ingests it cold; then, each by `ingestctl ingest --json` in a process
of its own: with nothing to do, after a sentence was added to 1 % of the pages (three at least), and after three pages were
renamed. CPU seconds are those of the whole process. Where they go is told by the process itself: each part without those
within it, so that the parts add up. EMBEDDING_MODEL of the environment is used; synthetic documents, of which only the no-op
is measured, have the hash embedder.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import scale
from changes import NoPage, edit_paragraph, new_place, rename_pages

TAG = "increments"
ASIDE = ("start of the interpreter", "imports", "model load", "verification")
"""What the limit for an edit leaves out."""
LIMITS = {"nothing to do": 0.6, "nothing to do, 10,000 made documents": 1.5, "edit, beside what is left out": 1.0}
"""CPU seconds that these are to stay within."""


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

    def timed(self, part: str | Callable[..., str], inner: Callable) -> Callable:
        """inner, with what it uses charged to the part; a function gives the part's name from its arguments."""

        def call(*arguments, **options):
            if threading.get_ident() != self.thread:
                return inner(*arguments, **options)
            name = part if isinstance(part, str) else part(*arguments)
            self._switch(self.running[-1])
            self.running.append(name)
            self.calls[name] += 1
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
    from wekadocs_assets.adapters.edge_vectors import EdgeVectors
    from wekadocs_assets.adapters.embedding_model import SentenceTransformerEmbedder
    from wekadocs_assets.adapters.ladybug_session import LadybugSession
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


def main() -> None:
    if sys.argv[1:2] == ["--inside"]:
        return ingest_with_clock(sys.argv[2], sys.argv[3:])
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path, nargs="?")
    arguments.add_argument("--synthetic", type=int, default=0, metavar="N", help="no-op alone, on N made documents")
    arguments.add_argument("--sections", type=int, default=3, help="sections of a made document")
    arguments.add_argument("--repeat", type=int, default=3, help="how often nothing is done")
    options = arguments.parse_args()
    if bool(options.folder) == bool(options.synthetic):
        arguments.error("name a folder, or --synthetic N")
    with tempfile.TemporaryDirectory(prefix="increments-") as folder:
        if options.synthetic:
            told = synthetic(Path(folder), options)
        else:
            told = increments(Path(folder), options)
    print(json.dumps(told, indent=1))


def synthetic(folder: Path, options: argparse.Namespace) -> dict:
    scale.SECTIONS = options.sections
    scale.write_documents(folder / "docs", options.synthetic, seed=1)
    environment = scale.clean_environment(folder, "embedded")
    cold = scale.ingest(environment, folder / "docs", TAG)
    runs = [measured(folder, environment) for _ in range(options.repeat)]
    for run in runs:
        if run["documents"] != {"unchanged": options.synthetic}:
            sys.exit(f"the second ingest had something to do: {run['documents']}")
    return {
        "documents": options.synthetic,
        "sections_each": options.sections,
        "cold": {"cpu_seconds": round(cold.cpu, 2), "peak_memory_mib": round(cold.peak)},
        "nothing to do": runs,
        "limits": LIMITS,
    }


def increments(folder: Path, options: argparse.Namespace) -> dict:
    place = new_place(folder, options.folder)
    cold = measured(folder, place.environment)
    again = [measured(folder, place.environment) for _ in range(options.repeat)]
    edited = edit_pages(place)
    edit = measured(folder, place.environment)
    rename_pages(place)
    rename = measured(folder, place.environment)
    return {
        "model": place.environment["EMBEDDING_MODEL"] or "the built-in one",
        "cold": cold,
        "nothing to do": again,
        f"{edited} pages edited": edit,
        "3 pages renamed": rename,
        "limits": LIMITS,
    }


def edit_pages(place) -> int:
    """How many: 1 %, at least three, of the pages that have titled sections."""
    wanted = max(3, len(list(place.docs.rglob("*.*"))) // 100)
    for number in range(wanted):
        try:
            edit_paragraph(place, number)
        except NoPage:
            return number
    return wanted


def measured(folder: Path, environment: dict[str, str]) -> dict:
    """One ingest: what it did, and its CPU seconds by part."""
    split = folder / "split.json"
    command = [sys.executable, __file__, "--inside", str(split), str(folder / "docs"), "--tag", TAG, "--json"]
    used = scale.used_by(command, environment, folder)
    told = json.loads(split.read_text())
    parts = {name: round(seconds, 3) for name, seconds in sorted(told["seconds"].items(), key=lambda item: -item[1])}
    aside = sum(told["seconds"].get(name, 0) for name in ASIDE)
    return {
        "documents": {kind: count for kind, count in used.result["documents"].items() if count},
        "work": {name: count for name, count in used.result["work"].items() if count},
        "loaded": told["loaded"],
        "cpu_seconds": round(used.cpu, 3),
        "wall_seconds": round(used.wall, 3),
        "cpu_seconds_by_part": parts | {"exit": round(used.cpu - sum(told["seconds"].values()), 3)},
        "calls": told["calls"],
        "cpu_seconds_beside_imports_model_load_and_verification": round(used.cpu - aside, 3),
    }


if __name__ == "__main__":
    main()
