"""Two engines at once: the same history through both leaves the same answers in both, after every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy
import pytest
from congruence_documents import EVERY_METHOD, TAGS, VERSIONS, Writer, histories
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_graph_store import content
from vector_stores import ENGINES, LOCAL_MODE, MODEL, RANKED_ALIKE, VERSION, WORDS, Reopen, ask, point, ranking

from wekadocs_assets.adapters.memory.graph import InMemoryGraph
from wekadocs_assets.adapters.memory.vectors import InMemoryVectors
from wekadocs_assets.core import ids
from wekadocs_assets.core.ports.stores import GraphStore
from wekadocs_assets.core.ports.vectors import Point, VectorStore

pytestmark = LOCAL_MODE
FIXTURE_STAYS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
"""Each example empties the stores itself."""


@pytest.fixture(params=["ladybug", "neo4j"])
def fresh(request: pytest.FixtureRequest) -> Callable[[], AbstractContextManager[GraphStore]]:
    """Makes an empty store of an engine that is compared with in_memory."""
    return request.getfixturevalue(f"fresh_{request.param}")


def answers(store: GraphStore) -> list:
    """What an ingest looks at first."""
    return [store.counts(), store.ledger(), *(store.links(tag) for tag in TAGS)]


def everything(store: GraphStore) -> dict[str, Any]:
    """What every reading method says, and every row of every label and type."""
    documents = [known.document_id for known in store.ledger()]
    return content(store) | {
        "collections": store.collections(),
        "by tag": [(store.counts(tag), store.ledger(tag)) for tag in TAGS],
        "documents": store.read(documents),
        "section ids": {document: sorted(found) for document, found in store.section_ids(documents).items()},
        "chunks": [store.chunks(documents, version) for version in VERSIONS],
        "targets": [sorted(store.link_targets(tag)) for tag in TAGS],
        "anchors": [store.link_anchors(tag) for tag in TAGS],
    }


def assert_alike_after_every_step(fresh, history: list[tuple]) -> None:
    with fresh() as engine:
        writers = Writer(InMemoryGraph()), Writer(engine)
        engine.open()
        for method, *arguments in history:
            for writer in writers:
                getattr(writer, method)(*arguments)
            ours, engines = (answers(writer.store) for writer in writers)
            assert engines == ours
        ours, engines = (everything(writer.store) for writer in writers)
        assert engines == ours


@pytest.mark.slow_for("neo4j")
def test_two_graphs_answer_alike_after_every_method(fresh) -> None:
    assert_alike_after_every_step(fresh, EVERY_METHOD)


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=FIXTURE_STAYS)
@given(history=histories)
def test_two_graphs_answer_alike_after_every_step(fresh, history: list[tuple]) -> None:
    assert_alike_after_every_step(fresh, history)


# Vectors. A chunk is a place in a document; editing keeps its id, renaming gives its text another one.

texts = st.lists(st.sampled_from([*WORDS, "id1", "id2", "/opt/weka", "--size=3"]), min_size=1, max_size=12).map(
    " ".join
)
documents = st.sampled_from(["d1", "d2", "d3"])
vector_step = st.one_of(
    st.tuples(st.just("write"), documents, st.lists(texts, min_size=1, max_size=6)),
    st.tuples(st.just("write"), documents, st.lists(texts, min_size=1, max_size=6)),
    st.tuples(st.just("rename"), documents, documents),
    st.tuples(st.just("delete"), documents),
)
vector_histories = st.lists(vector_step, min_size=2, max_size=10)
questions = st.lists(texts, min_size=3, max_size=6)
LIMITED = 50


def points_of(document: str, contents: list[str]) -> list[Point]:
    tag = "t1" if document == "d1" else "t2"
    return [point(text, f"{document}-{n}", document, tag) for n, text in enumerate(contents)]


def carry_out(stores: tuple[VectorStore, ...], history: list[tuple]) -> Iterator[dict[str, list[str]]]:
    """Every document's texts after each step: the new points first, then what is stale by id, as the pipeline writes."""
    state: dict[str, list[str]] = {}
    for action, document, *rest in history:
        new = dict(state)
        if action == "write":
            new[document] = rest[0]
        elif document in state and rest != [document]:
            moved = new.pop(document)
            if action == "rename":
                new[rest[0]] = moved
        before, after = ({p.id: p for d, found in s.items() for p in points_of(d, found)} for s in (state, new))
        for store in stores:
            store.upsert(VERSION, list(after.values()))
            store.delete(VERSION, sorted(before.keys() - after.keys()))
        state = new
        yield state


def kept(store: VectorStore, checksums: list[str]) -> dict[str, Any]:
    """What the store holds, by every filter that it knows."""
    found = {p.id: p.payload for p in store.scan(VERSION)}
    return {
        "payloads": found,
        "counts": [store.count(VERSION, tag) for tag in (None, "t1", "t2", "absent")],
        "documents": {d: sorted(p.id for p in store.scan(VERSION, [d])) for d in ("d1", "d2", "d3")},
        "nearest": [{chunk for chunk, _ in ask(store, "weka", tag, 200)[0]} for tag in (None, "t1", "t2", "absent")],
        "reusable": sorted(store.vectors(MODEL.model_part, checksums)),
    }


@pytest.fixture(params=[*RANKED_ALIKE, "neo4j"])
def open_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Reopen]:
    engines = ENGINES | RANKED_ALIKE  # edge opened once: opening it for each call takes 10 times as long
    with engines[request.param](request, tmp_path) as opened:
        yield opened


def emptied(open_engine: Callable[[], VectorStore]) -> tuple[VectorStore, VectorStore]:
    """in_memory and the engine, both with a collection in which nothing ever was."""
    stores = InMemoryVectors(), open_engine()
    for store in stores:
        store.drop(VERSION)
        store.open(VERSION, 64)
    return stores


@pytest.mark.slow_for("neo4j", "edge")
@settings(max_examples=15, deadline=None, suppress_health_check=FIXTURE_STAYS)
@given(history=vector_histories)
def test_two_vector_stores_hold_the_same_after_every_step(open_engine: Reopen, history: list[tuple]) -> None:
    stores = emptied(open_engine)
    seen: set[str] = set()
    for state in carry_out(stores, history):
        seen |= {ids.checksum(text) for contents in state.values() for text in contents}
        ours, engines = (kept(store, sorted(seen)) for store in stores)
        assert engines == ours
        assert len(ours["payloads"]) == sum(map(len, state.values()))
    mine, theirs = ({p.id: p.vector for p in s.scan(VERSION, with_vectors=True)} for s in stores)
    assert all(numpy.allclose(theirs[id_], vector, rtol=0, atol=1e-6) for id_, vector in mine.items())


@pytest.fixture(params=RANKED_ALIKE)
def open_ranked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Reopen]:
    with RANKED_ALIKE[request.param](request, tmp_path) as opened:
        yield opened


def rankings(store: VectorStore, asked: list[str]) -> list[list[tuple[str, float]]]:
    tags = (None, "t1", "t2")
    return [ranking(store, question, tag, LIMITED) for question in asked for tag in tags]


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=FIXTURE_STAYS)
@given(history=vector_histories, asked=questions)
def test_what_a_history_left_is_ranked_alike_once_it_is_loaded_afresh(
    open_ranked: Reopen, history: list[tuple], asked: list[str]
) -> None:
    """On fresh collections: a server's IDF goes on counting deleted points for a while."""
    (*_, last) = carry_out((), history)
    stores = emptied(open_ranked)
    for store in stores:
        store.upsert(VERSION, [p for document, contents in last.items() for p in points_of(document, contents)])
    ours, engines = (rankings(store, asked) for store in stores)
    assert engines == ours


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=FIXTURE_STAYS)
@given(history=vector_histories, asked=questions)
def test_edge_ranks_alike_at_the_end_of_any_history(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, history: list[tuple], asked: list[str]
) -> None:
    """No server here that forgets late."""
    with RANKED_ALIKE["edge"](request, tmp_path_factory.mktemp("edge")) as opened:
        stores = emptied(opened)
        for _ in carry_out(stores, history):
            pass
        ours, engines = (rankings(store, asked) for store in stores)
        assert engines == ours
