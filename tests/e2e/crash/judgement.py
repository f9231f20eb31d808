"""What the stores hold when a history has ended: the export to the last bit, and what else must be true then."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from wekadocs_assets.app import bootstrap
from wekadocs_assets.config.dagster_home import dagster_home
from wekadocs_assets.config.settings import Settings, read_settings
from wekadocs_assets.core.checks.verify import verify
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.recipe import EMBEDDED, EXTRACTED, GRAPH, PARSED, POINTS, embeddings_of
from wekadocs_assets.core.reports.export import tables
from wekadocs_assets.defs.partitions import SENTINEL, source_document_partitions

Tables = dict[str, list[dict]]
FIRST = 3
"""Differing rows that are shown of each table."""
DATA_VERSION = "dagster/data_version"
LEFT = ("QUEUED", "NOT_STARTED", "STARTING", "STARTED", "CANCELING", "MANAGED")
"""States of a run that somebody is said to be at work on."""


def judge(result: Path) -> int:
    """For a forked child: writes the export and the findings of its environment's stores as a pickle."""
    settings = read_settings()
    pipeline = bootstrap.open_pipeline(settings)
    os.environ["DAGSTER_HOME"] = str(dagster_home())
    with pipeline.lock.reading():
        keys = {entry.partition_key for entry in pipeline.graph.ledger()}
        with dg.DagsterInstance.get() as instance:
            left = [*_artifacts(pipeline, settings, keys), *_dagster(instance, keys)]
            left += _events(pipeline, instance)
        findings = [*_stores(pipeline), *left]
        result.write_bytes(pickle.dumps((_tables(pipeline), findings)))
    return 0


def export(result: Path) -> int:
    """For a forked child: the export alone."""
    pipeline = bootstrap.open_pipeline(read_settings())
    with pipeline.lock.reading():
        result.write_bytes(pickle.dumps((_tables(pipeline), [])))
    return 0


def differences(ours: Tables, clean: Tables) -> list[str]:
    """Rows that are on one side alone, with all columns, vectors bit for bit; rows that are there twice count twice."""
    found = []
    for name, rows in clean.items():
        left, right = sorted(map(repr, ours[name])), sorted(map(repr, rows))
        if left == right:
            continue
        for sign, here, there in (("extra", left, right), ("missing", right, left)):
            lost = list(here)
            for row in there:
                if row in lost:
                    lost.remove(row)
            if lost:
                shown = "\n    ".join(row[:400] for row in lost[:FIRST])
                found.append(f"{name}: {len(lost)} rows {sign}:\n    {shown}")
    return found


def _tables(pipeline: Pipeline) -> Tables:
    """The export, its vectors as the bytes that they are."""
    return {name: [_as_bytes(row) for row in rows] for name, rows in tables(pipeline)}


def _as_bytes(row: dict) -> dict:
    return {name: value.tobytes() if name == "vector" else value for name, value in row.items()}


def _stores(pipeline: Pipeline) -> Iterator[str]:
    ledger = pipeline.graph.ledger()
    for entry in ledger:
        if entry.failure or not pipeline.recipe.is_current(entry, entry.checksum):
            yield f"ledger: {entry.tag}/{entry.source_uri} is not current: {entry.failure}"
    for tag in sorted({entry.tag for entry in ledger}):
        seen = verify(pipeline, pipeline.target, tag)
        if seen.drift_pct or any(replica.drift_pct or replica.problem for replica in seen.replicas):
            yield f"drift of {tag}: {seen}"
    active = pipeline.active.embedding_version
    if active != pipeline.target.embedding_version:
        yield f"versions: {active} is still active"
    for store in pipeline.stores:
        if active not in store.versions():
            yield f"versions: {store.engine} holds {store.versions()}, but not {active}"
        for version in set(store.versions()) - {active}:
            yield f"leftovers: {store.engine} holds {store.count(version)} points of {version}, {active} is active"
    if other := {row["embedding_version"] for row in pipeline.graph.export("Chunk")} - {active}:
        yield f"versions: the graph holds chunks of {other}"


def _artifacts(pipeline: Pipeline, settings: Settings, known: set[str]) -> Iterator[str]:
    """Those of documents or versions that are gone, and temporary files."""
    root = settings.data_folder / "artifacts"
    kept = (PARSED, EXTRACTED, f"{EMBEDDED}/{pipeline.active.embedding_version}")
    for folder in (PARSED, EXTRACTED, EMBEDDED):
        for path in sorted(path for path in (root / folder).rglob("*") if path.is_file()):
            asset = path.relative_to(root).parent.parent.as_posix()
            if path.name.startswith("."):
                yield f"litter: {path.relative_to(root)}"
            elif asset not in kept:
                yield f"leftovers: {asset} is no version that is active"
            elif (key := json.loads(path.read_bytes().partition(b"\n")[0])["key"]) not in known:
                yield f"orphans: {asset} of {key}, which the ledger does not know"


def _dagster(instance: dg.DagsterInstance, keys: set[str]) -> Iterator[str]:
    """keys: the partitions of the documents that the ledger knows."""
    unfinished = [status for status in dg.DagsterRunStatus if status.name in LEFT]
    for run in instance.get_runs(dg.RunsFilter(statuses=unfinished)):
        yield f"runs: {run.run_id} is {run.status.name}"
    partitions = set(instance.get_dynamic_partitions(source_document_partitions.name)) - {SENTINEL}
    if extra := partitions - keys:
        yield f"orphans: partitions of no document: {sorted(extra)}"
    if lost := keys - partitions:
        yield f"partitions: {sorted(lost)} are missing"


def _events(pipeline: Pipeline, instance: dg.DagsterInstance) -> Iterator[str]:
    """Whether the last event of each document and asset tells of the output that stands now."""
    for asset, outputs in _outputs(pipeline).items():
        found = instance.event_log_storage.get_latest_tags_by_partition(
            dg.AssetKey(asset), dg.DagsterEventType.ASSET_MATERIALIZATION, [DATA_VERSION], list(outputs)
        )
        recorded = {key: tags[DATA_VERSION] for key, tags in found.items()}
        if lost := sorted(outputs.keys() - recorded.keys()):
            yield f"events: {asset} of {lost} was never recorded as materialized"
        if old := sorted(key for key in recorded if not outputs[key].startswith(recorded[key])):
            yield f"old events: the last that was recorded of {asset} of {old} is not what stands now"


def _outputs(pipeline: Pipeline) -> dict[str, dict[str, str]]:
    """Asset -> partition key -> the output that its event is to name as its data version."""
    ledger = {entry.partition_key: entry for entry in pipeline.graph.ledger()}
    headers = pipeline.artifacts.headers(embeddings_of(pipeline.active.embedding_version), list(ledger))
    embedded = {key: header.output for key, header in headers.items()}
    return {
        PARSED: {key: entry.parse_output for key, entry in ledger.items()},
        EXTRACTED: {key: entry.extract_output for key, entry in ledger.items()},
        GRAPH: {key: entry.graph_fingerprint for key, entry in ledger.items()},
        EMBEDDED: embedded,
        POINTS: embedded,
    }
