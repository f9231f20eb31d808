"""Damage that a plan reports: wiped or replaced stores, missing artifacts, an ingest that was interrupted."""

from dataclasses import replace

import pytest
from memory_pipeline import TAG, MemoryIndex

from wekadocs_assets.adapters.memory.artifacts import InMemoryArtifacts
from wekadocs_assets.adapters.memory.graph import InMemoryGraph
from wekadocs_assets.adapters.memory.vectors import InMemoryVectors
from wekadocs_assets.core import ids
from wekadocs_assets.core.checks.findings import events_are_lost, lacking_artifacts, storage_of, unfinished_documents
from wekadocs_assets.core.models import Collection
from wekadocs_assets.core.planning.ingest import save_ingest
from wekadocs_assets.core.planning.plan import Plan
from wekadocs_assets.core.recipe import EMBEDDED, EXTRACTED, PARSED, embeddings_of
from wekadocs_assets.core.stages.plan import plan_collection

PAGES = {"a.md": b"# A\n\nOf a.\n", "b.md": b"# B\n\nOf b.\n"}
COLLECTION = Collection(tag=TAG, root="/docs")


@pytest.fixture
def index() -> MemoryIndex:
    made = MemoryIndex(dict(PAGES))
    made.run(made.planned())
    return made


def planned(index: MemoryIndex, collection: Collection = COLLECTION, recorded_in: str = "") -> Plan:
    pipeline = replace(index.pipeline, recorded_in=recorded_in)
    return plan_collection(pipeline.source_of(TAG), pipeline, collection, 1_000)


def lacking(index: MemoryIndex) -> dict[str, list[str]]:
    return lacking_artifacts(index.pipeline, index.graph.ledger(TAG))


def test_nothing_is_found_after_an_ingest(index):
    assert planned(index).findings == () and lacking(index) == {}


def test_a_missing_artifact_is_named_with_its_document_and_makes_it_work(index):
    index.artifacts.delete(PARSED, ["docs/a.md"])
    index.artifacts.delete(EXTRACTED, ["docs/a.md"])
    index.artifacts.delete(embeddings_of(index.version), ["docs/b.md"])
    assert lacking(index) == {"docs/a.md": [PARSED, EXTRACTED], "docs/b.md": [EMBEDDED]}
    made = planned(index)
    assert {document.source_uri for document in made.work} == {"a.md", "b.md"}
    assert made.findings[0].startswith("artifacts of 2 documents are missing") and "docs/b.md" in made.findings[0]


def test_artifacts_that_were_replaced_as_a_whole_are_one_finding(index):
    index.artifacts = InMemoryArtifacts()
    assert lacking(index) == {}
    assert [finding.split(":")[0] for finding in planned(index).findings] == ["the artifacts were wiped or replaced"]


def test_a_vector_store_that_was_replaced_is_named(index):
    index.vectors = InMemoryVectors()
    (finding,) = planned(index).findings
    assert finding.startswith("the vector store in_memory was wiped or replaced") and "2 documents" in finding


def test_a_graph_that_was_wiped_is_known_by_the_points_of_its_collection(index):
    index.graph = InMemoryGraph()
    (finding,) = planned(index).findings
    assert "the graph does not contain 'docs'" in finding and "2 points" in finding


def test_a_node_that_was_deleted_by_hand_is_known_by_the_sections_that_it_left(index):
    document = ids.document_id(TAG, "a.md")
    index.graph._drop_nodes({("Document", document)})
    del index.graph._ledger[document]
    (finding,) = planned(index).findings
    assert finding.startswith("the nodes of 1 documents are missing") and finding.endswith("a.md")


def test_the_documents_of_an_unfinished_ingest_may_lack_events(index):
    index.pages["a.md"] += b"More.\n"
    ingest = index.planned()
    save_ingest(index.artifacts, ingest)
    unfinished = replace(COLLECTION, started_ingest_id=ingest.id)
    assert unfinished_documents(index.pipeline, unfinished) == {"docs/a.md"}
    assert unfinished_documents(index.pipeline, replace(unfinished, finished_ingest_id=ingest.id)) == frozenset()
    assert unfinished_documents(index.pipeline, replace(unfinished, started_ingest_id="unknown")) == frozenset()


def test_events_of_another_storage_or_version_are_lost_and_of_an_unknown_one_are_not(index):
    pipeline = replace(index.pipeline, recorded_in="new")
    for recorded_in, lost in (("", False), (pipeline.record, False), ("old v", True), (f"new {index.version}0", True)):
        assert events_are_lost(pipeline, replace(COLLECTION, recorded_in=recorded_in)) is lost, recorded_in
    assert not events_are_lost(index.pipeline, replace(COLLECTION, recorded_in="old v"))
    assert storage_of("postgres 1 model.c128") == "postgres 1"
    (finding,) = planned(index, replace(COLLECTION, recorded_in="old v"), recorded_in="new").findings
    assert finding.startswith("Dagster's storage") and "2 documents" in finding
