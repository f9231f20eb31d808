"""What the stages share: batches, artifacts that are damaged, replica stores that fail, and failures in the ledger."""

from dataclasses import replace

import pytest
from handmade_plans import entry, planned
from memory_indexes import IndexWithReplica, SwitchingIndex
from memory_pipeline import MemoryIndex

from wekadocs_assets.core.errors import StoreUnavailable, WekadocsError
from wekadocs_assets.core.pipeline import new_entry, remember_failures, tolerate_replica_failure
from wekadocs_assets.core.planning.outcome import Outcome
from wekadocs_assets.core.ports.stores import ArtifactHeader
from wekadocs_assets.core.recipe import PARSED


def away() -> str:
    raise StoreUnavailable("away")


def test_batches_are_bounded_by_documents_and_by_bytes():
    pipeline = replace(MemoryIndex({}).pipeline, documents_per_batch=3, bytes_per_batch=100)
    documents = [planned(f"{n}.md", size=size) for n, size in enumerate([10, 10, 10, 10, 95, 500, 1])]
    batches = [[d.size for d in batch] for batch in pipeline.batches(documents)]
    assert batches == [[10, 10, 10], [10], [95], [500], [1]]
    assert [len(batch) for batch in pipeline.batches(documents[:4], most=2)] == [2, 2]


def test_a_damaged_artifact_is_deleted_so_that_the_next_ingest_makes_it_again():
    index = MemoryIndex({})
    index.artifacts.write(PARSED, "docs/a.md", ArtifactHeader("f", "o"), b"body")
    assert index.pipeline.artifact(PARSED, "docs/a.md") == b"body"
    index.artifacts.read = lambda asset, key: {}[key]  # as a store says that the body is damaged
    with pytest.raises(WekadocsError, match="parsed_documents was damaged"):
        index.pipeline.artifact(PARSED, "docs/a.md")
    assert index.artifacts.headers(PARSED, ["docs/a.md"]) == {}


def test_a_failure_costs_nothing_in_a_replica_store_and_is_raised_of_the_primary_store(caplog):
    index = IndexWithReplica({})
    pipeline = index.pipeline
    assert tolerate_replica_failure(index.replica, pipeline, lambda: "done", "") == "done"
    assert tolerate_replica_failure(index.replica, pipeline, away, "otherwise") == "otherwise"
    assert "the replica store replica failed: away" in caplog.text
    with pytest.raises(StoreUnavailable):
        tolerate_replica_failure(index.vectors, pipeline, away, "otherwise")


def test_a_version_that_is_not_written_is_frozen_and_still_a_place_of_points():
    index = SwitchingIndex({})
    pipeline = index.pipeline
    index.vectors.open("old-model.c64", 8)
    assert pipeline.frozen() == [(index.vectors, "old-model.c64")]
    assert [version for _, version in pipeline.point_sets()] == [index.target, index.version, "old-model.c64"]


def test_the_frozen_versions_of_a_replica_store_that_is_away_are_unknown():
    index = IndexWithReplica({})
    pipeline = index.pipeline
    index.replica.away = True
    assert pipeline.frozen() == []


def test_events_are_recorded_for_a_storage_and_the_target_version():
    pipeline = MemoryIndex({}).pipeline
    assert pipeline.record == ""
    assert replace(pipeline, recorded_in="sqlite-1").record == f"sqlite-1 {pipeline.recipe.embedding_version}"


def test_a_failure_is_kept_in_the_ledger_with_the_version_that_failed():
    index, old, new = MemoryIndex({}), planned("old.md", checksum="c2", size=7), planned("new.md")
    index.graph.write_ledger([entry("old.md", checksum="c1", graph_fingerprint="g")])
    outcomes = [
        Outcome(document=document, status="failed", error="broken", hint="repair it", permanent=True)
        for document in (old, new)
    ]
    remember_failures(index.pipeline, PARSED, [*outcomes, Outcome(document=planned("fine.md"), status="done")])
    kept = {one.source_uri: one for one in index.graph.ledger()}
    assert kept.keys() == {"old.md", "new.md"}
    assert (kept["old.md"].checksum, kept["old.md"].size, kept["old.md"].graph_fingerprint) == ("c2", 7, "g")
    failure = kept["new.md"].failure
    assert (failure.stage, failure.error, failure.hint, failure.permanent) == (PARSED, "broken", "repair it", True)
    assert (failure.checksum, failure.recipe) == (new.checksum, index.pipeline.recipe.digest)


def test_a_new_entry_has_the_names_of_the_document_and_no_fingerprint():
    made = new_entry(planned("a.md"))
    assert made == entry("a.md", checksum="") and not made.graph_fingerprint
