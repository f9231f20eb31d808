"""The points of every index are compared with the Chunk nodes: of the primary store, of a replica store, of a switch."""

from dataclasses import replace

import numpy
import pytest
from memory_indexes import IndexWithReplica, completed, switching
from memory_pipeline import MemoryIndex

from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import StoreUnavailable
from wekadocs_assets.core.ports.vectors import Point
from wekadocs_assets.core.repair.reconcile import reconcile

from .conftest import PAGES, B, found, only


def a_point(index: MemoryIndex, document: str = B):
    return next(iter(index.vectors.scan(index.version, [document], with_vectors=True)))


def test_a_point_that_is_gone_is_missing(index):
    point = a_point(index)
    index.vectors.delete(index.version, [point.id])
    one = only(index)
    assert one.entry.source_uri == "b.md" and (one.artifacts, one.rows, one.chunks) == ((), 0, {})
    assert one.points[f"in_memory/{index.version}"].missing == (point.payload["chunk_id"],)
    assert found(index).drift_pct == 33.3333


def test_a_point_with_other_labels_is_stale_although_its_text_is_right(index):
    point = a_point(index)
    index.vectors.upsert(index.version, [Point(point.id, point.vector, "x", point.payload | {"title": "Old"})])
    assert only(index).points[f"in_memory/{index.version}"].stale == (point.payload["chunk_id"],)
    assert found(index).drift_pct == 0 and not found(index).agrees


def test_a_point_of_no_known_document_is_untracked_and_one_of_a_known_document_is_foreign(index):
    payload = a_point(index).payload
    vector = numpy.zeros(index.embedder.dimensions, "<f4")
    added = {"1": payload | {"document_id": "gone"}, "2": payload, "3": payload | {"document_id": "gone", "tag": "faq"}}
    index.vectors.upsert(
        index.version, [Point(ids.point_id(name), vector, "x", labels) for name, labels in added.items()]
    )
    assert found(index).compared[0].untracked_points == (ids.point_id("1"),)
    assert found(index).drift_pct == 40, "two of five points have no chunk"
    assert only(index).points[f"in_memory/{index.version}"].foreign == (ids.point_id("2"),)


def test_without_a_model_the_active_version_is_compared(index):
    (collection,) = index.graph.collections()
    index.vectors.delete(index.version, [a_point(index).id])
    made = reconcile(replace(index.pipeline, indexes=()), collection)
    assert [one.index.embedding_version for one in made.compared] == [index.version] and len(made.inconsistencies) == 1


def test_both_versions_of_a_switch_are_compared(index):
    filling = switching(index)
    filling.run(filling.planned())
    index.vectors.delete(filling.target, [next(iter(index.vectors.scan(filling.target, [B]))).id])
    assert only(filling).points.keys() == {f"in_memory/{filling.target}"}


def test_a_replica_store_that_is_away_is_a_problem_and_the_primary_store_raises():
    index = completed(IndexWithReplica(dict(PAGES)))
    (collection,) = index.graph.collections()
    pipeline = index.pipeline
    index.replica.away = True
    made = reconcile(pipeline, collection)
    assert [compared.problem for compared in made.compared] == ["", "the replica store is away"] and not made.agrees

    def away(*arguments, **options):
        raise StoreUnavailable("away")

    index.vectors.scan = away
    with pytest.raises(StoreUnavailable):
        reconcile(pipeline, collection)
