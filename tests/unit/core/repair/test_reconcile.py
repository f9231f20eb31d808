"""Every difference between the ledger and the stores is found, named by document, and nothing is changed."""

from dataclasses import replace

import numpy
import pytest
from memory_indexes import IndexWithReplica, switching
from memory_pipeline import TAG, MemoryIndex

from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import StoreUnavailable
from wekadocs_assets.core.models import Collection
from wekadocs_assets.core.ports.vectors import Point
from wekadocs_assets.core.recipe import EXTRACTED, PARSED, embeddings_of
from wekadocs_assets.core.repair.reconcile import Inconsistency, Reconciliation, reconcile
from wekadocs_assets.core.stages.purge_and_link import resolve_links

PAGES = {"a.md": b"# A\n\nSee [b](b.md).\n", "b.md": b"# B\n\nOf b.\n\n## More\n\nRun `bctl on`.\n"}
A, B = ids.document_id(TAG, "a.md"), ids.document_id(TAG, "b.md")


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


def only(index: MemoryIndex) -> Inconsistency:
    (inconsistency,) = found(index).inconsistencies
    return inconsistency


def a_point(index: MemoryIndex, document: str = B):
    return next(iter(index.vectors.scan(index.version, [document], with_vectors=True)))


def test_an_index_as_an_ingest_leaves_it_agrees(index):
    made = found(index)
    assert made.agrees and made.documents == 2 and made.drift_pct == 0 and not made.unfinished
    assert [(compared.tally.chunks, compared.tally.points) for compared in made.compared] == [(3, 3)]


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


@pytest.mark.parametrize("asset", [PARSED, EXTRACTED])
def test_a_lost_artifact_is_named(index, asset):
    index.artifacts.delete(asset, ["docs/b.md"])
    assert (only(index).entry.source_uri, only(index).artifacts) == ("b.md", (asset,))


def test_lost_embeddings_are_named_by_their_version(index):
    index.artifacts.delete(embeddings_of(index.version), ["docs/b.md"])
    assert only(index).artifacts == (embeddings_of(index.version),)


def test_an_artifact_of_other_inputs_counts_as_lost(index):
    (entry,) = (one for one in index.graph.ledger() if one.source_uri == "b.md")
    index.graph.write_ledger([replace(entry, parse_fingerprint="of before")])
    assert only(index).artifacts == (PARSED,)


def test_nodes_edges_and_chunk_nodes_that_differ_are_counted(index):
    section = index.graph.section_ids([B])[B][1]
    chunk = index.graph.chunks([B], index.version)[B][0]
    index.graph.write_chunks([], [chunk.id], [])
    assert only(index).chunks == {index.version: 1} and only(index).rows == 0
    index.graph.delete_sections([section])
    assert only(index).chunks == {index.version: 2} and only(index).rows > 3


def test_links_and_sections_without_a_document_are_counted(index):
    (link,) = ((section, *ends[0]) for section, ends in index.graph.links(TAG).items())
    index.graph.write_links([], [link])
    assert found(index).links == 1 and not found(index).agrees
    sections = index.graph.section_ids([B])[B]
    index.graph._drop_nodes({("Document", B)})
    del index.graph._ledger[B]
    assert sorted(found(index).orphans) == sorted(sections)


def test_a_document_that_failed_is_nothing_to_repair(index):
    index.pages["b.md"] = b"\xe4 is not UTF-8"
    index.run(index.planned())
    index.artifacts.delete(PARSED, ["docs/b.md"])
    assert found(index).inconsistencies == () and found(index).documents == 2


def test_an_unfinished_ingest_is_told(index):
    index.graph.save_collection(Collection(tag=TAG, root="/docs", started_ingest_id="2"))
    assert found(index).unfinished


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
    index = ingested(IndexWithReplica(dict(PAGES)))
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
