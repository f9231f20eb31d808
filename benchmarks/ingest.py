"""Cost of a cold ingest compared with encoding only: `python benchmarks/ingest.py CORPUS`.

Measures in one process, after imports and model load: a cold ingest of CORPUS into an empty data folder through Dagster,
then the *bare encode*: the same strings in one pass of the same embedder (batches sorted by token length, about 2,048
tokens each, float32, same threads). Prints CPU seconds by stage, per document and per 1,000 tokens, peak memory, the share
of Dagster's event storage, and the ratio of both. Uses CPU seconds, so that other load on the machine matters less.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wekadocs_assets.core.pipeline import Pipeline
    from wekadocs_assets.core.planning.ingest import Ingest


class Stopwatch:
    """Replaces a method by one that adds up its CPU seconds and calls."""

    def __init__(self, owner: type, name: str) -> None:
        self.seconds, self.calls = 0.0, 0
        inner = getattr(owner, name)

        def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.process_time()
            try:
                return inner(*args, **kwargs)
            finally:
                self.seconds += time.process_time() - began
                self.calls += 1

        setattr(owner, name, timed)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("corpus", type=Path)
    arguments.add_argument("--model", default="", help="EMBEDDING_MODEL; `hash` measures without a model")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "WEKADOCS_HOME": f"{folder}/data", "REPORTS_DIR": f"{folder}/reports", "EMBEDDING_MODEL": options.model,
        }  # fmt: skip
        print(json.dumps(measure(options.corpus.resolve()), indent=1))


def measure(corpus: Path) -> dict[str, Any]:
    from wekadocs_assets.app import bootstrap
    from wekadocs_assets.app.planner import plan_now
    from wekadocs_assets.cli.progress import Lines
    from wekadocs_assets.cli.targets import targets
    from wekadocs_assets.config.settings import read_settings
    from wekadocs_assets.core.planning.ingest import Ingest, save_ingest
    from wekadocs_assets.defs.instance import KeptConnections
    from wekadocs_assets.defs.launch import launch

    settings = read_settings()
    pipeline = bootstrap.open_pipeline(settings)
    embedder = pipeline.indexes[0].embedder
    embedder.encode(["warm up"] * 64)
    events = Stopwatch(KeptConnections, "store_event")

    began, wall = time.process_time(), time.perf_counter()
    (target,) = targets({}, [str(corpus)], "", rebind=False)
    plan = plan_now(settings, pipeline, target.collection)
    ingest = Ingest(bootstrap.new_ingest_id(), (plan,), settings.documents_per_run, int(time.time()))
    save_ingest(pipeline.artifacts, ingest)
    launched = launch(ingest, Lines())
    cpu, wall = time.process_time() - began, time.perf_counter() - wall
    if launched.crash:
        sys.exit(launched.crash.error)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    report = json.loads(bootstrap.reports(settings).read(f"ingest/{ingest.id}/ingest_report.json"))
    texts, tokens = encoded_strings(pipeline, ingest)
    began = time.process_time()
    embedder.encode(texts)
    bare = time.process_time() - began
    return {
        "documents": report["documents"]["ingested"],
        "failed": report["documents"]["failed"],
        "texts": len(texts),
        "tokens": tokens,
        "cpu_seconds": round(cpu, 2),
        "wall_seconds": round(wall, 2),
        "cpu_seconds_by_stage": {stage: t["cpu"] / 1000 for stage, t in report["timings_ms"].items()},
        "cpu_ms_per_document": round(cpu * 1000 / max(report["documents"]["ingested"], 1), 2),
        "cpu_ms_per_1000_tokens": round(cpu * 1e6 / max(tokens, 1), 2),
        "dagster_event_storage": {"cpu_seconds": round(events.seconds, 2), "events": events.calls},
        "peak_memory_mib": round(peak),
        "bare_encode_cpu_seconds": round(bare, 2),
        "ratio_to_bare_encode": round(cpu / bare, 3),
    }


def encoded_strings(pipeline: Pipeline, ingest: Ingest) -> tuple[list[str], int]:
    """(the distinct strings that the ingest encoded, the total of their tokens)."""
    from wekadocs_assets.core import artifacts
    from wekadocs_assets.core.chunking import encoded_text
    from wekadocs_assets.core.recipe import PARSED, embeddings_of

    embeddings = embeddings_of(pipeline.indexes[0].version)
    texts: dict[str, tuple[str, int]] = {}
    for planned in ingest.work:
        try:
            document = artifacts.load_document(pipeline.artifacts.read(PARSED, planned.partition_key))
            chunks = artifacts.load_embeddings(pipeline.artifacts.read(embeddings, planned.partition_key)).chunks
        except KeyError:
            continue
        sections = {section.id: section for section in document.sections}
        for chunk in chunks:
            texts[chunk.checksum] = encoded_text(sections[chunk.section_id], document.title, chunk), chunk.tokens
    return [text for text, _ in texts.values()], sum(tokens for _, tokens in texts.values())


if __name__ == "__main__":
    main()
