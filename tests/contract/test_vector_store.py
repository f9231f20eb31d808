"""What every vector store does alike: ids, filters, reuse, deletes, rankings."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest

from wekadocs_assets.adapters.edge_vectors import EdgeVectors
from wekadocs_assets.adapters.in_memory_vectors import FreeLock, HashEmbedder, InMemoryVectors
from wekadocs_assets.adapters.locks import TurnstileLock
from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.ports import Point, VectorStore

MODEL = HashEmbedder(64)
VERSION = f"{MODEL.model_part}.c128-r1"
WORDS = "weka fs create mount backend cluster protocol nfs smb s3 quota snapshot tier object store the of".split()
Reopen = Callable[[], VectorStore]


@pytest.fixture(params=["memory", "edge", "edge behind a real lock"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Reopen:
    """Opens the same store again, as another process would."""
    if request.param == "memory":
        store = InMemoryVectors()
        return lambda: store
    if request.param == "edge":
        return lambda: EdgeVectors(tmp_path / "vectors", FreeLock())
    return lambda: EdgeVectors(tmp_path / "vectors", TurnstileLock(tmp_path / "locks"))


@pytest.fixture
def store(reopen: Reopen) -> VectorStore:
    store = reopen()
    store.open(VERSION, 64)
    return store


def point(text: str, chunk: str, document: str = "d1", tag: str = "t1", version: str = VERSION) -> Point:
    payload = {
        "chunk_id": chunk, "section_id": f"s-{chunk}", "document_id": document, "source_uri": f"{document}.md", "tag": tag,
        "title": "Page", "heading_path": "Page > Part", "checksum": ids.checksum(text), "embedding_version": version,
    }  # fmt: skip
    return Point(ids.point_id(chunk), MODEL.encode([text])[0], text, payload)


def corpus(size: int) -> list[Point]:
    chance = random.Random(7)
    texts = [" ".join(chance.choices(WORDS, k=chance.randint(2, 30))) + f" id{n}" for n in range(size)]
    return [point(text, f"c{n}", f"d{n % 10}", "t1" if n % 3 else "t2") for n, text in enumerate(texts)]


def ask(store: VectorStore, question: str, tag: str | None = None, limit: int = 10) -> tuple[list, list]:
    return store.candidates(VERSION, MODEL.encode([question])[0], question, tag, limit)


def chunks(hits: list[tuple[str, float]]) -> list[str]:
    return [chunk for chunk, _ in hits]


def test_points_come_back_as_they_were_put_also_after_reopening(store: VectorStore, reopen: Reopen) -> None:
    points = corpus(20)
    store.upsert(VERSION, points)
    for seen in (store, reopen()):
        stored = {p.id: p for p in seen.scan(VERSION, with_vectors=True)}
        assert set(stored) == {p.id for p in points}
        assert all(stored[p.id].payload == p.payload for p in points)
        assert all(numpy.array_equal(stored[p.id].vector, p.vector) for p in points)


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


def test_vectors_are_found_by_checksum_in_any_version_of_the_model(store: VectorStore) -> None:
    other = f"{MODEL.model_part}.c64-r1"
    store.open(other, 64)
    store.upsert(VERSION, [point("one", "c1"), point("one", "c2")])
    store.upsert(other, [point("two", "c3", version=other)])
    wanted = [ids.checksum(text) for text in ("one", "two", "three")]
    found = store.vectors(MODEL.model_part, wanted)
    assert set(found) == set(wanted[:2])
    assert numpy.array_equal(found[wanted[1]], MODEL.encode(["two"])[0])
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
    with pytest.raises(ConfigurationError, match="no vectors"):
        reopen().upsert(VERSION, corpus(1))


def test_other_dimensions_than_stored_are_refused(store: VectorStore, reopen: Reopen) -> None:
    store.open(VERSION, 64)
    with pytest.raises(ConfigurationError, match="64 dimensions"):
        reopen().open(VERSION, 32)


def test_the_store_id_stays(store: VectorStore, reopen: Reopen) -> None:
    made = store.open(VERSION, 64)
    assert made and store.open(VERSION, 64) == reopen().open(VERSION, 64) == made


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


@pytest.mark.parametrize("question", ["", "the of", "???"])
def test_a_question_without_words_finds_nothing_by_bm25(store: VectorStore, question: str) -> None:
    store.upsert(VERSION, corpus(3))
    assert ask(store, question)[1] == []


def test_empty_calls_change_nothing(store: VectorStore) -> None:
    store.upsert(VERSION, [])
    assert store.count(VERSION) == 0


@pytest.mark.parametrize("tag", [None, "t1"])
def test_both_stores_give_the_same_scores(tmp_path: Path, tag: str | None) -> None:
    memory, edge = InMemoryVectors(), EdgeVectors(tmp_path, FreeLock())
    points = corpus(400)
    for store in (memory, edge):
        store.open(VERSION, 64)
        store.upsert(VERSION, points)
        store.delete(VERSION, [p.id for p in points[::7]])
    for question in ("mount the nfs backend", "quota", "snapshot tier of object store", "id13"):
        for ours, engines in zip(ask(memory, question, tag, 400), ask(edge, question, tag, 400), strict=True):
            assert dict(engines) == pytest.approx(dict(ours), abs=1e-4)


def test_edge_stays_open_while_the_lock_is_held_and_closes_with_it(tmp_path: Path) -> None:
    lock = TurnstileLock(tmp_path / "locks")
    store = EdgeVectors(tmp_path / "vectors", lock)
    store.open(VERSION, 64)
    with lock.writing():
        store.upsert(VERSION, corpus(3))
        assert store.count(VERSION) == 3 and store._shards
    assert not store._shards


def test_edge_makes_a_version_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / f".new-{VERSION}" / "segments").mkdir(parents=True)
    store = EdgeVectors(tmp_path, FreeLock())
    store.open(VERSION, 64)
    assert [p.name for p in tmp_path.iterdir()] == [VERSION]


def test_a_wiped_version_gets_another_id(tmp_path: Path) -> None:
    first = EdgeVectors(tmp_path, FreeLock()).open(VERSION, 64)
    shutil.rmtree(tmp_path / VERSION)
    assert EdgeVectors(tmp_path, FreeLock()).open(VERSION, 64) != first


def test_edge_refuses_a_version_that_is_no_folder_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="folder's name"):
        EdgeVectors(tmp_path, FreeLock()).open("../elsewhere", 64)
