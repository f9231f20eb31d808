"""What reconcile found is removed with the least work, and the stores agree again."""

from dataclasses import replace

import numpy
import pytest
from memory_indexes import IndexWithReplica
from memory_pipeline import TAG, MemoryIndex

from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.models import Collection
from wekadocs_assets.core.ports.vectors import Point
from wekadocs_assets.core.recipe import EXTRACTED, PARSED, embeddings_of
from wekadocs_assets.core.repair.reconcile import Reconciliation, reconcile
from wekadocs_assets.core.repair.repair import RepairResult, repair
from wekadocs_assets.core.stages.purge_and_link import resolve_links

PAGES = {"a.md": b"# A\n\nSee [b](b.md).\n", "b.md": b"# B\n\nOf b.\n\n## More\n\nRun `bctl on`.\n"}
B = ids.document_id(TAG, "b.md")


def ingested(index: MemoryIndex) -> MemoryIndex:
    index.run(index.planned())
    resolve_links(index.pipeline, TAG)
    index.graph.save_collection(Collection(tag=TAG, root="/docs"))
    return index


@pytest.fixture
def index() -> MemoryIndex:
    return ingested(MemoryIndex(dict(PAGES)))


def found(index: MemoryIndex) -> Reconciliation:
    (collection,) = index.graph.collections()
    return reconcile(index.pipeline, collection)


def repaired(index: MemoryIndex) -> RepairResult:
    """The index agrees afterwards."""
    damage = found(index)
    assert not damage.agrees
    result = repair(index.pipeline, damage)
    assert found(index).agrees, found(index)
    return result


def counts(result: RepairResult) -> tuple[int, int, int, int]:
    assert result.lost == ()
    return result.documents, result.texts_encoded, result.points_written, result.points_deleted


def delete_points(index: MemoryIndex) -> None:
    index.vectors.delete(index.version, [point.id for point in index.vectors.scan(index.version, [B])])


def test_an_index_that_agrees_is_left_as_it_is(index):
    before = index.graph.ledger()
    assert counts(repair(index.pipeline, found(index))) == (0, 0, 0, 0) and index.graph.ledger() == before


def test_lost_points_are_written_again_without_the_model(index):
    delete_points(index)
    assert counts(repaired(index)) == (1, 0, 2, 0)


def test_a_text_whose_vector_is_nowhere_is_encoded(index):
    delete_points(index)
    index.artifacts.delete(embeddings_of(index.version), ["docs/b.md"])
    assert counts(repaired(index)) == (1, 2, 2, 0)


@pytest.mark.parametrize("asset", [PARSED, EXTRACTED])
def test_a_lost_artifact_is_made_again_and_no_point_is_written(index, asset):
    index.artifacts.delete(asset, ["docs/b.md"])
    assert counts(repaired(index)) == (1, 0, 0, 0)
    assert index.artifacts.headers(asset, ["docs/b.md"])


def test_lost_nodes_links_and_chunk_nodes_are_written_again(index):
    index.graph.delete_sections(index.graph.section_ids([B])[B])
    (link,) = ((section, *ends[0]) for section, ends in index.graph.links(TAG).items())
    index.graph.write_links([], [link])
    assert counts(repaired(index)) == (1, 0, 0, 0)


def test_untracked_and_foreign_points_are_deleted(index):
    payload = next(iter(index.vectors.scan(index.version, [B]))).payload
    vector = numpy.zeros(index.embedder.dimensions, "<f4")
    added = [("1", payload | {"document_id": "gone"}), ("2", payload)]
    index.vectors.upsert(index.version, [Point(ids.point_id(name), vector, "x", labels) for name, labels in added])
    assert counts(repaired(index)) == (1, 0, 0, 2) and index.vectors.count(index.version) == 3


def test_sections_of_a_document_that_is_gone_are_deleted(index):
    index.graph._drop_nodes({("Document", B)})
    del index.graph._ledger[B]
    del index.pages["b.md"]
    repair(index.pipeline, found(index))
    assert found(index).orphans == () and len(list(index.graph.export("Section"))) == 1


def test_a_document_whose_file_changed_is_left_to_an_ingest_and_named(index):
    index.artifacts.delete(PARSED, ["docs/b.md"])
    index.pages["b.md"] += b"Changed.\n"
    (outcome,) = repair(index.pipeline, found(index)).lost
    assert (outcome.document.source_uri, outcome.status) == ("b.md", "failed") and "changed" in outcome.error
    assert {document.source_uri for document in index.planned().work} == {"b.md"}


def test_the_source_is_read_for_a_lost_parse_result_only_and_a_missing_root_changes_nothing(index):
    def missing(tag):
        raise ConfigurationError("/docs: there is no such folder")

    pipeline = replace(index.pipeline, source_of=missing)
    delete_points(index)
    assert repair(pipeline, found(index)).points_written == 2
    delete_points(index)
    index.artifacts.delete(PARSED, ["docs/b.md"])
    damage, before = found(index), index.graph.ledger()
    with pytest.raises(ConfigurationError):
        repair(pipeline, damage)
    assert index.graph.ledger() == before


def test_a_replica_store_alone_is_repaired_alone():
    index = ingested(IndexWithReplica(dict(PAGES)))
    index.replica.delete(index.version, [point.id for point in index.replica.scan(index.version, [B])])
    assert counts(repaired(index)) == (1, 0, 0, 0)
    assert index.replica.count(index.version) == 3
