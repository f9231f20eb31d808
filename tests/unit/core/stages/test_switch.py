"""From one embedding_version to another: the old index is active until the target index has every document."""

from dataclasses import replace

import pytest
from memory_indexes import SwitchingIndex, switching, with_indexes
from memory_pipeline import TAG, MemoryIndex

from wekadocs_assets.core import artifacts, ids
from wekadocs_assets.core.errors import StoreBusy
from wekadocs_assets.core.models import Document
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.recipe import PARSED, embeddings_of, index_name
from wekadocs_assets.core.stages.switch import (
    activate_first_version,
    finish_switch,
    is_switched,
    switch_waits_for,
    trim_frozen,
)

PAGES = {"a.md": b"# A\n\nOf a.\n\n## More\n\nOf more.\n", "b.md": b"# B\n\nOf b.\n"}


@pytest.fixture
def index() -> SwitchingIndex:
    """Two pages in the active version, and the setting of another one."""
    made = MemoryIndex(dict(PAGES))
    activate_first_version(made.pipeline)
    made.run(made.planned())
    return switching(made)


def fill(index: SwitchingIndex) -> None:
    index.run(index.planned())


def active(index: MemoryIndex) -> str:
    return index.graph.open().embedding_version


def chunk_versions(index: MemoryIndex) -> set[str]:
    return {str(row["embedding_version"]) for row in index.graph.export("Chunk")}


def test_the_first_ingest_activates_its_version_and_a_later_one_keeps_the_active_one(index):
    assert active(index) == index.version
    activate_first_version(index.pipeline)
    assert active(index) == index.version and not is_switched(index.pipeline)
    fresh = MemoryIndex({})
    activate_first_version(replace(fresh.pipeline, embedded_by="{}"))
    assert (active(fresh), fresh.graph.open().embedded_by) == (fresh.version, "{}") and is_switched(fresh.pipeline)


def test_a_switch_waits_for_every_document_of_the_active_version(index):
    planned = index.planned()
    index.run(replace(planned, plans=(replace(planned.plans[0], documents=planned.plans[0].documents[:1]),)))
    assert switch_waits_for(index.pipeline) == ["docs: b.md"]
    result = finish_switch(index.pipeline, "ingest-2")
    assert result.switch_waits_for == ("docs: b.md",)
    assert result.versions_kept == (index_name("in_memory", index.version),)
    assert active(index) == index.version and chunk_versions(index) == {index.version, index.target}


def test_a_complete_switch_activates_the_target_and_drops_all_of_the_old_version(index):
    fill(index)
    result = finish_switch(index.pipeline, "ingest-2")
    assert result.versions_dropped == (index_name("in_memory", index.version),) and result.switch_waits_for == ()
    assert result.versions_kept == ()
    assert active(index) == index.target and index.vectors.versions() == [index.target]
    assert chunk_versions(index) == {index.target}
    assert index.artifacts.headers(embeddings_of(index.version), ["docs/a.md", "docs/b.md"]) == {}
    assert {name for entry in index.graph.ledger() for name in entry.vector_fingerprints} == {
        index_name("in_memory", index.target)
    }
    done, index.graph.hold = frozen(index), None  # would be called: there is nothing to wait for
    assert finish_switch(done, "ingest-3").versions_dropped == () and is_switched(done)


def test_old_vectors_are_kept_when_the_settings_say_so(index):
    fill(index)
    keeping = replace(index.pipeline, keep_old_vectors=True)
    kept = (index_name("in_memory", index.version),)
    for ingest_id in ("ingest-2", "ingest-3"):  # the second one finds the switch done
        result = finish_switch(keeping, ingest_id)
        assert (result.versions_dropped, result.versions_kept) == ((), kept) and active(index) == index.target
    assert index.vectors.versions() == sorted([index.version, index.target])


def test_nothing_is_waited_for_when_the_active_version_is_gone_from_the_store(index):
    pipeline = index.pipeline
    index.vectors.drop(index.version)
    assert switch_waits_for(pipeline) == []


def test_a_switch_waits_for_another_worker_that_holds_a_collection(index):
    def taken(tags, owner):
        raise StoreBusy("another process holds 'docs'")

    fill(index)
    index.graph.hold = taken
    result = finish_switch(index.pipeline, "ingest-2")
    assert result.switch_waits_for == ("another process holds 'docs'",)
    assert result.versions_kept == (index_name("in_memory", index.version),)
    assert active(index) == index.version and index.version in index.vectors.versions()


def test_points_of_a_frozen_version_whose_text_is_gone_are_deleted_and_the_others_stay(index):
    pipeline = frozen(index)
    edited = page(index, b"# A\n\nOf a.\n\n## More\n\nOf much more.\n")
    stale = trim_frozen(pipeline, [edited])
    left = {point.payload["chunk_id"]: point.payload["title"] for point in index.vectors.scan(index.version)}
    assert sorted(left.values()) == ["A", "B"] and len(stale) == 1 and stale[0] not in left


def test_a_page_as_it_was_loses_no_point_of_a_frozen_version(index):
    assert trim_frozen(frozen(index), [page(index, PAGES["a.md"])]) == []
    assert index.vectors.count(index.version) == 3


def frozen(index: SwitchingIndex) -> Pipeline:
    """Writes the target version only."""
    return with_indexes(index.pipeline, index.pipeline.indexes[0])


def page(index: SwitchingIndex, content: bytes) -> Document:
    """a.md with this content, parsed."""
    index.pages["a.md"] = content
    index.run(index.planned(), PARSED)
    return artifacts.load_document(index.artifacts.read(PARSED, ids.partition_key(TAG, "a.md")))
