"""What every vector store does alike: ids, filters, reuse, versions, deletes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy
import pytest
from vector_stores import (
    ENGINES,
    LOCAL_MODE,
    MODEL,
    NORMALISING,
    OTHER,
    VERSION,
    Reopen,
    ask,
    chunks,
    corpus,
    point,
)

from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import ConfigurationError, StoreBusy
from wekadocs_assets.core.ports.vectors import VectorStore, Within

pytestmark = LOCAL_MODE


@pytest.fixture(params=ENGINES)
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Reopen]:
    """Opens the same store again, as another process would."""
    with ENGINES[request.param](request, tmp_path) as opened:
        yield opened


@pytest.fixture
def same_vector(request: pytest.FixtureRequest) -> Callable[[numpy.ndarray, numpy.ndarray], bool]:
    engine = request.node.callspec.params["reopen"]
    return (lambda a, b: numpy.allclose(a, b, rtol=0, atol=1e-6)) if engine in NORMALISING else numpy.array_equal


@pytest.fixture
def store(reopen: Reopen) -> VectorStore:
    store = reopen()
    store.open(VERSION, 64)
    return store


def test_points_come_back_as_they_were_put_also_after_reopening(
    store: VectorStore, reopen: Reopen, same_vector: Callable
) -> None:
    points = corpus(20)
    store.upsert(VERSION, points)
    for seen in (store, reopen()):
        stored = {p.id: p for p in seen.scan(VERSION, with_vectors=True)}
        assert set(stored) == {p.id for p in points}
        assert all(stored[p.id].payload == p.payload for p in points)
        assert all(same_vector(stored[p.id].vector, p.vector) for p in points)


def test_vectors_are_left_out_unless_asked_for(store: VectorStore) -> None:
    store.upsert(VERSION, corpus(1))
    assert [p.vector for p in store.scan(VERSION)] == [None]


def test_every_point_is_scanned_once_beyond_a_page(store: VectorStore) -> None:
    points = corpus(2300)
    store.upsert(VERSION, points)
    assert sorted(p.id for p in store.scan(VERSION)) == sorted(p.id for p in points)
    assert store.count(VERSION) == 2300


def test_scan_and_count_keep_to_documents_and_tag(store: VectorStore) -> None:
    store.upsert(VERSION, corpus(30))
    assert {p.payload["document_id"] for p in store.scan(VERSION, ["d1", "d2", "absent"])} == {"d1", "d2"}
    assert list(store.scan(VERSION, [])) == []
    assert (store.count(VERSION, "t1"), store.count(VERSION, "t2"), store.count(VERSION, "absent")) == (20, 10, 0)


def test_putting_a_point_again_replaces_it(store: VectorStore) -> None:
    store.upsert(VERSION, [point("old words", "c1")])
    store.upsert(VERSION, [point("new text", "c1")])
    assert store.count(VERSION) == 1
    assert ask(store, "old")[1] == [] and chunks(ask(store, "text")[1]) == ["c1"]


def test_deleted_points_are_gone_and_absent_ones_no_error(store: VectorStore) -> None:
    store.upsert(VERSION, corpus(5))
    store.delete(VERSION, [ids.point_id("c1"), ids.point_id("never there")])
    store.delete(VERSION, [])
    store.delete("no-such.version", [ids.point_id("c1")])
    assert sorted(p.payload["chunk_id"] for p in store.scan(VERSION)) == ["c0", "c2", "c3", "c4"]


def test_vectors_are_found_by_checksum_in_any_version_of_the_model(store: VectorStore, same_vector: Callable) -> None:
    store.open(OTHER, 64)
    store.upsert(VERSION, [point("one", "c1"), point("one", "c2")])
    store.upsert(OTHER, [point("two", "c3", version=OTHER)])
    wanted = [ids.checksum(text) for text in ("one", "two", "three")]
    found = store.vectors(MODEL.model_part, wanted)
    assert set(found) == set(wanted[:2])
    assert same_vector(found[wanted[1]], MODEL.encode(["two"])[0])
    assert found[wanted[0]].dtype == numpy.float32
    assert store.vectors(MODEL.model_part, []) == {}


def test_vectors_of_a_model_with_a_longer_name_are_not_taken(store: VectorStore) -> None:
    store.upsert(VERSION, [point("one", "c1")])
    assert store.vectors("hash-6", [ids.checksum("one")]) == {}
    assert store.vectors("hash-64", [ids.checksum("one")])


def test_a_version_that_does_not_exist_reads_as_empty(reopen: Reopen) -> None:
    store = reopen()
    assert list(store.scan(VERSION)) == [] and store.count(VERSION) == 0
    assert ask(store, "weka") == ([], [])
    assert store.vectors(MODEL.model_part, ["0" * 64]) == {}


def test_writing_to_a_version_that_was_not_opened_is_refused(reopen: Reopen) -> None:
    with pytest.raises(StoreBusy, match="no vectors"):
        reopen().upsert(VERSION, corpus(1))


def test_other_dimensions_than_stored_are_refused_and_nothing_is_touched(store: VectorStore, reopen: Reopen) -> None:
    store.upsert(VERSION, corpus(3))
    made = store.open(VERSION, 64)
    with pytest.raises(ConfigurationError, match="64 dimensions"):
        reopen().open(VERSION, 32)
    assert store.count(VERSION) == 3 and reopen().open(VERSION, 64) == made


def test_the_store_id_stays(store: VectorStore, reopen: Reopen) -> None:
    made = store.open(VERSION, 64)
    assert made and store.open(VERSION, 64) == reopen().open(VERSION, 64) == made


def test_a_version_that_was_wiped_and_made_again_has_another_id(store: VectorStore, reopen: Reopen) -> None:
    made, other = store.open(VERSION, 64), store.open(OTHER, 64)
    reopen().drop(VERSION)
    assert reopen().open(VERSION, 64) not in (made, other)
    assert store.open(OTHER, 64) == other


def test_versions_are_those_that_were_opened_in_order(reopen: Reopen) -> None:
    store = reopen()
    assert store.versions() == []
    store.open(VERSION, 64)
    store.open(OTHER, 64)
    assert store.versions() == reopen().versions() == [VERSION, OTHER]


def test_a_dropped_version_reads_as_empty_and_the_others_stay(store: VectorStore, reopen: Reopen) -> None:
    store.open(OTHER, 64)
    store.upsert(VERSION, [point("one", "c1")])
    store.upsert(OTHER, [point("two", "c2", version=OTHER)])
    assert store.count(VERSION) == 1
    reopen().drop(VERSION)
    for seen in (store, reopen()):
        assert seen.versions() == [OTHER] and seen.count(VERSION) == 0 and list(seen.scan(VERSION)) == []
        assert set(seen.vectors(MODEL.model_part, [ids.checksum("one"), ids.checksum("two")])) == {ids.checksum("two")}
        assert [p.id for p in seen.scan(OTHER)] == [ids.point_id("c2")]
    with pytest.raises(StoreBusy, match="no vectors"):
        store.upsert(VERSION, corpus(1))


def test_dropping_twice_or_what_was_never_there_is_no_error(store: VectorStore) -> None:
    store.drop(VERSION)
    store.drop(VERSION)
    store.drop("never-there.c1")
    assert store.versions() == []


def test_a_dropped_version_can_be_made_anew_with_other_dimensions(store: VectorStore) -> None:
    store.upsert(VERSION, corpus(2))
    store.drop(VERSION)
    store.open(VERSION, 32)
    assert store.count(VERSION) == 0


def test_serving_one_version_after_another_changes_no_points(store: VectorStore, reopen: Reopen) -> None:
    store.upsert(VERSION, corpus(2))
    store.open(OTHER, 64)
    for version in (VERSION, VERSION, OTHER, VERSION):
        reopen().serve(version)
    assert store.versions() == [VERSION, OTHER] and (store.count(VERSION), store.count(OTHER)) == (2, 0)


def test_a_served_version_can_be_dropped_and_served_again(store: VectorStore, reopen: Reopen) -> None:
    store.serve(VERSION)
    store.drop(VERSION)
    assert store.versions() == []
    reopen().open(VERSION, 64)
    reopen().serve(VERSION)
    assert store.versions() == [VERSION]


def test_candidates_are_ranked_best_first_and_limited(store: VectorStore) -> None:
    store.upsert(VERSION, [point("alpha beta", "c1"), point("alpha gamma delta", "c2"), point("epsilon", "c3")])
    dense, sparse = ask(store, "alpha beta")
    assert chunks(dense)[0] == "c1" and dense[0][1] == pytest.approx(1, abs=1e-5)
    assert chunks(sparse) == ["c1", "c2"] and sparse[0][1] > sparse[1][1]
    assert [len(hits) for hits in ask(store, "alpha beta", limit=1)] == [1, 1]


def test_candidates_keep_to_the_tag(store: VectorStore) -> None:
    store.upsert(VERSION, [point("alpha", "c1", tag="t1"), point("alpha", "c2", tag="t2")])
    assert [chunks(hits) for hits in ask(store, "alpha", "t2")] == [["c2"], ["c2"]]
    assert ask(store, "alpha", "absent") == ([], [])


@pytest.mark.parametrize(
    "within",
    [
        Within(document_ids=("d1", "d3")),
        Within(section_ids=("s-c1", "s-c3", "s-c4")),
        Within("t2", ("d1", "d2"), ("s-c2", "s-c3")),
        Within("t1", ()),
        Within(section_ids=("absent",)),
    ],
    ids=str,
)
def test_candidates_keep_to_documents_and_sections(store: VectorStore, within: Within) -> None:
    places = [("c1", "d1", "t1"), ("c2", "d2", "t2"), ("c3", "d1", "t2"), ("c4", "d3", "t1")]
    points = [point(f"alpha {chunk}", chunk, document, tag) for chunk, document, tag in places]
    store.upsert(VERSION, points)
    wanted = {p.payload["chunk_id"] for p in points if within.allows(p.payload)}
    for hits in store.candidates(VERSION, MODEL.encode(["alpha"])[0], "alpha", within, 10):
        assert {hit.chunk_id for hit in hits} == wanted and all(hit.section_id == f"s-{hit.chunk_id}" for hit in hits)


def test_a_rare_word_scores_more_than_a_common_one_and_an_absent_one_nothing(store: VectorStore) -> None:
    store.upsert(VERSION, [point(f"alpha {word}", f"c-{word}") for word in ("beta", "gamma", "delta")])
    common, rare, absent, stop = store.best_scores(VERSION, ["alpha", "gamma", "omega", "the"])
    assert rare > common > 0 == absent == stop
    assert store.best_scores(VERSION, []) == [] and store.best_scores(OTHER, ["alpha"]) == [0]


def test_points_of_sections_are_scanned_with_their_vectors(store: VectorStore) -> None:
    store.upsert(VERSION, corpus(1200))
    wanted = [f"s-c{n}" for n in range(0, 1200, 2)]
    found = list(store.scan(VERSION, section_ids=[*wanted, "absent"], with_vectors=True))
    assert sorted(p.payload["section_id"] for p in found) == sorted(wanted) and found[0].vector.shape == (64,)
    assert list(store.scan(VERSION, section_ids=[])) == []


@pytest.mark.parametrize("question", ["", "the of", "???"])
def test_a_question_without_words_finds_nothing_by_bm25(store: VectorStore, question: str) -> None:
    store.upsert(VERSION, corpus(3))
    assert ask(store, question)[1] == []


def test_empty_calls_change_nothing(store: VectorStore) -> None:
    store.upsert(VERSION, [])
    assert store.count(VERSION) == 0
