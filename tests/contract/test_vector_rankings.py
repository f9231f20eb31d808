"""The engines that rank alike: the same scores, and the same order once the two lists are fused."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from vector_stores import LOCAL_MODE, QUESTIONS, RANKED_ALIKE, VERSION, WORDS, ask, corpus, ranking

from wekadocs_assets.adapters.memory.vectors import InMemoryVectors
from wekadocs_assets.core.ports.vectors import VectorStore

pytestmark = LOCAL_MODE


@pytest.fixture(params=RANKED_ALIKE)
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[VectorStore, VectorStore]]:
    """in_memory and another store, empty."""
    with RANKED_ALIKE[request.param](request, tmp_path) as opened:
        stores = InMemoryVectors(), opened()
        for store in stores:
            store.open(VERSION, 64)
        yield stores


@pytest.mark.parametrize("tag", [None, "t2", "absent"])
def test_fresh_points_are_ranked_alike_by_every_engine(pair: tuple[VectorStore, VectorStore], tag: str | None) -> None:
    for store in pair:
        store.upsert(VERSION, corpus(300))
    chance = random.Random(11)
    questions = [" ".join(chance.choices([*WORDS, "id7", "id123"], k=chance.randint(1, 5))) for _ in range(40)]
    rankings = [[ranking(store, question, tag) for question in questions] for store in pair]
    assert rankings[0] == rankings[1]
    assert sum(map(len, rankings[0])) > 40 * 20 or tag == "absent"


@pytest.mark.parametrize("tag", [None, "t1"])
def test_scores_are_the_same_too(pair: tuple[VectorStore, VectorStore], tag: str | None) -> None:
    for store in pair:
        store.upsert(VERSION, corpus(200))
    for question in QUESTIONS:
        for ours, engines in zip(*(ask(store, question, tag, 400) for store in pair), strict=True):
            assert dict(engines) == pytest.approx(dict(ours), abs=1e-4)


@pytest.mark.parametrize("pair", ["edge"], indirect=True)  # a server's IDF goes on counting deleted points
@pytest.mark.parametrize("tag", [None, "t1"])
def test_edge_scores_stay_the_same_after_deletes(pair: tuple[VectorStore, VectorStore], tag: str | None) -> None:
    points = corpus(400)
    for store in pair:
        store.upsert(VERSION, points)
        store.delete(VERSION, [p.id for p in points[::7]])
    for question in QUESTIONS:
        for ours, engines in zip(*(ask(store, question, tag, 400) for store in pair), strict=True):
            assert dict(engines) == pytest.approx(dict(ours), abs=1e-4)
