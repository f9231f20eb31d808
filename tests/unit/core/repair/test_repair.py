"""What reconcile found is removed with the least work, and the stores agree again."""

from dataclasses import replace
from functools import partial

import numpy
import pytest
from memory_indexes import IndexWithReplica, completed
from memory_pipeline import TAG, MemoryIndex

from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.ports.vectors import Point
from wekadocs_assets.core.recipe import EXTRACTED, PARSED, embeddings_of
from wekadocs_assets.core.repair.repair import RepairResult, repair

from .conftest import PAGES, B, found


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


def delete_artifact(asset: str, index: MemoryIndex) -> None:
    index.artifacts.delete(asset, ["docs/b.md"])


def delete_points_and_embeddings(index: MemoryIndex) -> None:
    delete_points(index)
    delete_artifact(embeddings_of(index.version), index)


def delete_sections_and_links(index: MemoryIndex) -> None:
    index.graph.delete_sections(index.graph.section_ids([B])[B])
    index.graph.write_links([], [(section, *ends[0]) for section, ends in index.graph.links(TAG).items()])


@pytest.mark.parametrize(
    ("damage", "encoded", "written"),
    [
        (delete_points, 0, 2),
        (delete_points_and_embeddings, 2, 2),
        (partial(delete_artifact, PARSED), 0, 0),
        (partial(delete_artifact, EXTRACTED), 0, 0),
        (delete_sections_and_links, 0, 0),
    ],
    ids=["points", "points and embeddings", "parse result", "extraction", "sections and links"],
)
def test_each_damage_is_repaired_with_the_least_work(index, damage, encoded, written):
    damage(index)
    assert counts(repaired(index)) == (1, encoded, written, 0)


def test_an_index_that_agrees_is_left_as_it_is(index):
    before = index.graph.ledger()
    assert counts(repair(index.pipeline, found(index))) == (0, 0, 0, 0) and index.graph.ledger() == before


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
    index = completed(IndexWithReplica(dict(PAGES)))
    index.replica.delete(index.version, [point.id for point in index.replica.scan(index.version, [B])])
    assert counts(repaired(index)) == (1, 0, 0, 0)
    assert index.replica.count(index.version) == 3
