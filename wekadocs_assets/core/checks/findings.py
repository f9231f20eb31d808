"""Finds damage in the stores before an ingest is planned: wiped or replaced stores, missing artifacts.

Add a finding here if ids, a listing or a count reveal it: an ingest without changes must stay fast. A comparison of
contents belongs to core/repair, which also finds the differences in a store that was edited or restored from a backup.
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
    """Partition key -> assets whose artifact is missing although the ledger expects it.

    Documents whose artifacts were in another, replaced store are skipped.
    """
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


def unfinished_documents(pipeline: Pipeline, collection: Collection) -> frozenset[str]:
    """Partition keys of the documents of an unfinished ingest: Dagster may lack the events of its last batches."""
    if not collection.is_unfinished:
        return frozenset()
    ingest = load_ingest(pipeline.artifacts, collection.started_ingest_id)
    return frozenset(d.partition_key for d in ingest.work if d.tag == collection.tag) if ingest else frozenset()


def events_are_lost(pipeline: Pipeline, collection: Collection) -> bool:
    """Whether Dagster lacks the events of the current state: they are in another storage or of an old version.

    False if the storage of the collection or of this pipeline is unknown.
    """
    return bool(collection.recorded_in and pipeline.record) and collection.recorded_in != pipeline.record


def storage_of(record: str) -> str:
    """The storage part of a pipeline's record, without the version."""
    return record.rpartition(" ")[0]


def findings(
    pipeline: Pipeline, collection: Collection, ledger: Sequence[LedgerEntry], lacking: dict[str, list[str]], made: Plan
) -> Iterator[str]:
    """One sentence for each problem: what is wrong, and what this ingest does about it."""
    if made.untracked_points:
        yield (
            f"the graph does not contain '{collection.tag}', but the vector store has {made.untracked_points} points of it: the graph "
            "was wiped or replaced; it is written again from the artifacts, and existing vectors are reused"
        )
    for index in pipeline.recipe.indexes:
        counted = [entry.vector_fingerprints.get(index.name, "") for entry in ledger]
        if lost := sum(is_of_another_store(fingerprint, index.store_id) for fingerprint in counted):
            yield (
                f"the vector store {index.store} was wiped or replaced: "
                f"the points of {lost} documents are written again from their embeddings"
            )
    artifacts = pipeline.recipe.artifact_store_id
    if lost := sum(is_of_another_store(entry.parse_fingerprint, artifacts) for entry in ledger):
        yield (
            f"the artifacts were wiped or replaced: {lost} documents are parsed and extracted again; "
            "vectors are taken from the vector store"
        )
    if lacking:
        first = ", ".join(f"{key} ({', '.join(assets)})" for key, assets in sorted(lacking.items())[:MOST_LISTED])
        yield f"artifacts of {len(lacking)} documents are missing and are created again: {first}"
    moved = storage_of(collection.recorded_in) != pipeline.recorded_in
    if moved and events_are_lost(pipeline, collection) and ledger:
        yield (
            f"Dagster's storage, which recorded '{collection.tag}', was deleted or replaced: "
            f"the events of {len(ledger)} documents are recorded again"
        )
    new = {document.document_id: document for document in made.with_change("new", "renamed")}
    if (
        ledger
        and new
        and (missing := [new[key].source_uri for key in pipeline.graph.orphans(collection.tag) if key in new])
    ):
        yield (
            f"the nodes of {len(missing)} documents are missing in the graph, but their sections are not (deleted by hand?): "
            f"they are created again: {', '.join(missing[:MOST_LISTED])}"
        )
