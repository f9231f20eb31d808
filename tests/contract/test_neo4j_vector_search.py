"""Searches in the vectors of Neo4j: hostile questions, filters and the index, rankings beside those of edge."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from recording_session import Recording
from vector_stores import MODEL, VERSION, ask, chunks, corpus, point

from wekadocs_assets.adapters.data_folder.locks import FreeLock
from wekadocs_assets.adapters.neo4j import vector_statements as statements
from wekadocs_assets.adapters.neo4j import vectors as neo4j_vectors
from wekadocs_assets.adapters.neo4j.vectors import Neo4jVectors
from wekadocs_assets.adapters.qdrant.edge import EdgeVectors
from wekadocs_assets.core.ports.vectors import ANYWHERE, Point, VectorStore, Within
from wekadocs_assets.core.search.hybrid import shortlist

SLUG = statements.slug_of(VERSION)
HOSTILE = [
    "", " ", "?", "*", "~", "\\", '"', "'", "AND", "OR NOT", "TO", "&&", "||", "!", "-", "+", "()", "[ TO ]", "{a TO b}",
    'un"closed', "un(closed", "un[closed", "un{closed", "a:b:c", "text:*", "*:*", "field:[* TO *]", "/regex[/", "a~99 b^", "^",
    "a^-1", "a AND", "NOT a", "AND OR", "a && || b", "\\u", "\\uD800", "\\", "x\\", "C:\\weka\\bin", "--flag=<value>", "a=b", ">= 3",
    "<b>", "s3://bucket/a?b=c&d", "\u0000", "a\u0000b", "\u3000", "\ud800", "half \udfff pair", "\U0001f600", "'; MATCH (n) DELETE n",
    "`", "$tag", "weka" * 20_000, " ".join(f"w{n}" for n in range(3000)), "/".join(f"w{n}" for n in range(3000)), "雪" * 3000,
    " ".join("雪" * n for n in range(1, 300)), "é-" * 2000, "ก" * 3000,
]  # fmt: skip


@pytest.fixture
def session(neo4j: Any) -> Iterator[Recording]:
    made = Recording(neo4j.uri, neo4j.user, neo4j.password, neo4j.database)
    yield made
    made.close()


@pytest.fixture
def store(session: Recording) -> Neo4jVectors:
    store = Neo4jVectors(session)
    store.open(VERSION, 64)
    return store


def test_hostile_questions_never_fail_and_hide_no_word(store: Neo4jVectors) -> None:
    store.upsert(VERSION, [*corpus(30), point("the one page about zebras", "zebra")])
    for text in HOSTILE:
        ask(store, text)
        assert "zebra" in chunks(ask(store, f"zebras {text}")[1]), text[:80]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.one_of(st.characters(), st.sampled_from('+-!(){}[]^"~*?:\\/&|<>= \tANDORTO')), max_size=120))
@example("AND")
def test_random_questions_never_fail_and_hide_no_word(store: Neo4jVectors, text: str) -> None:
    if not store.count(VERSION):
        store.upsert(VERSION, [*corpus(10), point("the one page about zebras", "zebra")])
    assert "zebra" in chunks(ask(store, f"zebras {text}")[1])


@pytest.mark.parametrize("exact_up_to", [5000, 0], ids=["exact", "by the index"])
def test_a_point_put_again_with_another_vector_is_found_by_that(
    store: Neo4jVectors, monkeypatch: pytest.MonkeyPatch, exact_up_to: int
) -> None:
    monkeypatch.setattr(neo4j_vectors, "EXACT_UP_TO", exact_up_to)
    store.upsert(VERSION, corpus(50))
    changed, turned = next(p for p in corpus(1)), -corpus(1)[0].vector
    store.upsert(VERSION, [Point(changed.id, turned, changed.text, changed.payload)])
    nearest, _ = store.candidates(VERSION, turned, "", ANYWHERE, 1)
    assert [hit.chunk_id for hit in nearest] == [changed.payload["chunk_id"]] and nearest[0].score == pytest.approx(
        1, abs=1e-5
    )
    assert store.count(VERSION) == 50
    assert numpy.array_equal(store.vectors(MODEL.model_part, [changed.payload["checksum"]]).popitem()[1], turned)


def test_a_rare_tag_is_found_as_often_as_it_is_there(store: Neo4jVectors) -> None:
    points = [point(p.text, f"c{n}", f"d{n % 10}", "rare" if n % 20 == 0 else "t1") for n, p in enumerate(corpus(1200))]
    store.upsert(VERSION, points)
    for hits in ask(store, "weka fs create mount backend cluster protocol nfs", "rare", 30):
        assert len(hits) == 30 and {int(chunk[1:]) % 20 for chunk in chunks(hits)} == {0}
    assert len(ask(store, "weka", "rare", 100)[0]) == 60


@pytest.mark.slow
def test_the_index_gives_nearly_the_exact_list_and_cosines_like_it(
    store: Neo4jVectors, session: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = corpus(1500)
    store.upsert(VERSION, points)
    stored = {p.payload["chunk_id"]: p.vector for p in points}
    for tag in (None, "t2"):
        asked = [f"{p.text} and more" for p in corpus(10)]
        exact = [ask(store, question, tag, 10)[0] for question in asked]
        with monkeypatch.context() as changed:
            changed.setattr(neo4j_vectors, "EXACT_UP_TO", 10)
            session.ran = []
            found = [ask(store, question, tag, 10)[0] for question in asked]
        assert session.ran.count(statements.nearest_by_index(SLUG, ["tag"] if tag else ())) == 10
        assert [len(hits) for hits in found] == [10] * 10
        pairs = list(zip(map(dict, exact), map(dict, found), strict=True))
        assert sum(len(ours.keys() & theirs.keys()) for ours, theirs in pairs) >= 95
        for question, hits in zip(asked * 2, exact + found, strict=True):
            vector = MODEL.encode([question])[0]
            assert dict(hits) == pytest.approx({chunk: float(stored[chunk] @ vector) for chunk, _ in hits}, abs=1e-5)


def test_the_index_is_asked_again_when_its_nearest_are_of_another_tag(
    store: Neo4jVectors, session: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question is far from everything under the tag, which has half of the points."""
    chance = random.Random(3)
    near = [point(f"weka mount {chance.random()}", f"n{n}", tag="near") for n in range(300)]
    far = [point(f"zebra giraffe {chance.random()}", f"f{n}", tag="far") for n in range(300)]
    store.upsert(VERSION, near + far)
    monkeypatch.setattr(neo4j_vectors, "EXACT_UP_TO", 10)
    session.ran = []
    assert len(ask(store, "weka mount", "far", 10)[0]) == 10
    assert (
        session.ran.count(statements.nearest_by_index(SLUG, ["tag"])) >= 2
        or statements.nearest_exact(SLUG, ["tag"]) in session.ran
    )


def generated(size: int) -> list[Point]:
    """Chunks as documentation has them: a page's few words often, common ones everywhere, names with marks."""
    chance = random.Random(11)
    syllables = "we ka fs mo unt clu ster ba ck end snap shot ti er quo ta ob ject sto re li mit pro to col".split()
    words = ["".join(chance.choices(syllables, k=chance.randint(1, 3))) for _ in range(1500)]
    marked = [f"--{word}={n}" for n, word in enumerate(words[:100])] + [f"/opt/{word}/bin" for word in words[100:200]]
    weights = [1 / (rank + 3) for rank in range(len(words))]
    pages = [chance.sample(words + marked, 12) for _ in range(size // 12 + 1)]
    points = []
    for n in range(size):
        text = (
            chance.choices(words, weights, k=chance.randint(20, 80))
            + chance.choices(pages[n // 12], k=12)
            + ["the", "of", "a"]
        )
        chance.shuffle(text)
        points.append(point(" ".join(text), f"c{n}", f"d{n // 12}", "t2" if n % 4 == 0 else "t1"))
    return points


def found_again(store: VectorStore, asked: list[Point], of_tag: bool) -> int:
    """For how many of the points their own text has them among the first five."""
    found = 0
    for asked_for in asked:
        tag = asked_for.payload["tag"] if of_tag else None
        near, wordy = store.candidates(VERSION, asked_for.vector, asked_for.text, Within(tag), 50)
        attainable = sum(store.best_scores(VERSION, asked_for.text.split()))
        found += asked_for.payload["section_id"] in shortlist(near, wordy, attainable, 5)[:5]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("of_tag", [False, True], ids=["all", "of a tag"])
def test_a_chunk_asked_for_by_its_text_is_found_as_often_as_on_edge(
    store: Neo4jVectors, tmp_path: Path, of_tag: bool
) -> None:
    points, edge = generated(500), EdgeVectors(tmp_path, FreeLock())
    edge.open(VERSION, 64)
    for each in (store, edge):
        each.upsert(VERSION, points)
    asked = points[::10]
    assert found_again(store, asked, of_tag) >= found_again(edge, asked, of_tag) - 2 >= 40
