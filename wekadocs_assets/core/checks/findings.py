"""What is amiss with the stores before an ingest plans: seen from ids, one listing and a count, so that a no-op stays cheap.

A store that was wiped or replaced has another id than the ledger's fingerprints name; what was changed in a store by hand,
or restored from a backup, keeps the id and is for reconcile to find.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wekadocs_assets.core.models import Collection, LedgerEntry
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.planning.ingest import load_ingest
from wekadocs_assets.core.planning.plan import Plan
from wekadocs_assets.core.recipe import EMBEDDED, EXTRACTED, PARSED, embeddings_of, is_of_another_store

MOST_LISTED = 5


def lacking_artifacts(pipeline: Pipeline, ledger: Sequence[LedgerEntry]) -> dict[str, list[str]]:
    """Partition key -> assets whose artifact is not there, though the ledger counts on it; the kept store alone is looked at."""
    store_id = pipeline.recipe.artifact_store_id
    kept = [e for e in ledger if e.graph_fingerprint and not is_of_another_store(e.parse_fingerprint, store_id)]
    found: dict[str, list[str]] = {}
    for asset, name, entries in _expected(pipeline, kept):
        for key in pipeline.artifacts.absent(name, [entry.partition_key for entry in entries]):
            found.setdefault(key, []).append(asset)
    return found


def _expected(pipeline: Pipeline, kept: Sequence[LedgerEntry]) -> Iterator[tuple[str, str, Sequence[LedgerEntry]]]:
    yield PARSED, PARSED, kept
    yield EXTRACTED, EXTRACTED, kept
    for version in dict.fromkeys(index.version for index in pipeline.indexes):
        names = [index.id.name for index in pipeline.indexes if index.version == version]
        embedded = [entry for entry in kept if any(entry.vector_fingerprints.get(name) for name in names)]
        yield EMBEDDED, embeddings_of(version), embedded


def broken_off(pipeline: Pipeline, collection: Collection) -> frozenset[str]:
    """Partition keys of what an ingest worked on that did not come to its end: events of its last batches may be lost."""
    if not collection.is_unfinished:
        return frozenset()
    ingest = load_ingest(pipeline.artifacts, collection.started_ingest_id)
    return frozenset(d.partition_key for d in ingest.work if d.tag == collection.tag) if ingest else frozenset()


def events_are_lost(pipeline: Pipeline, collection: Collection) -> bool:
    """Whether the newest events are not those of what stands: in another storage, or of a version that was given up."""
    return bool(collection.recorded_in and pipeline.record) and collection.recorded_in != pipeline.record


def storage_of(record: str) -> str:
    """Of a pipeline's record, without the version."""
    return record.rpartition(" ")[0]


def findings(
    pipeline: Pipeline, collection: Collection, ledger: Sequence[LedgerEntry], lacking: dict[str, list[str]], made: Plan
) -> Iterator[str]:
    """One sentence each: what is not as it was left, and what this ingest does about it."""
    if made.untracked_points:
        yield (
            f"the graph knows nothing of '{collection.tag}', whose {made.untracked_points} points the vectors hold: it was wiped or "
            "replaced; it is written again from the artifacts, and what has its vector is not embedded again"
        )
    for index in pipeline.recipe.indexes:
        counted = [entry.vector_fingerprints.get(index.name, "") for entry in ledger]
        if lost := sum(is_of_another_store(fingerprint, index.store_id) for fingerprint in counted):
            yield (
                f"the vector store {index.store} is not the one that was written to (wiped or replaced): "
                f"the points of {lost} documents are written again from their embeddings"
            )
    artifacts = pipeline.recipe.artifact_store_id
    if lost := sum(is_of_another_store(entry.parse_fingerprint, artifacts) for entry in ledger):
        yield (
            f"the artifacts are not those that were written (wiped or replaced): {lost} documents are parsed and extracted "
            "again; vectors are taken from the vector store"
        )
    if lacking:
        first = ", ".join(f"{key} ({', '.join(assets)})" for key, assets in sorted(lacking.items())[:MOST_LISTED])
        yield f"artifacts of {len(lacking)} documents are missing and made again: {first}"
    moved = storage_of(collection.recorded_in) != pipeline.recorded_in
    if moved and events_are_lost(pipeline, collection) and ledger:
        yield (
            f"Dagster's storage is not the one that recorded '{collection.tag}' (deleted or replaced): "
            f"the events of {len(ledger)} documents are recorded again"
        )
    new = {document.document_id: document for document in made.with_change("new", "renamed")}
    if (
        ledger
        and new
        and (lost := [new[key].source_uri for key in pipeline.graph.orphans(collection.tag) if key in new])
    ):
        yield (
            f"the nodes of {len(lost)} documents are gone from the graph, their sections are not (deleted by hand?): "
            f"they are made again: {', '.join(lost[:MOST_LISTED])}"
        )
