"""What is Neo4j's alone as a vector store: its schema, refusals, interrupted work, and the statements it runs."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy
import pytest
from recording_session import Recording
from vector_stores import MODEL, VERSION, ask, corpus, point

from wekadocs_assets.adapters.embedding.hash_embedder import HashEmbedder
from wekadocs_assets.adapters.neo4j import vector_statements as statements
from wekadocs_assets.adapters.neo4j import vectors as neo4j_vectors
from wekadocs_assets.adapters.neo4j.session import Neo4jSession
from wekadocs_assets.adapters.neo4j.vectors import Neo4jVectors
from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import ConfigurationError, StoreBusy
from wekadocs_assets.core.ports.vectors import ANYWHERE, Point, Within

SLUG = statements.slug_of(VERSION)


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


def everything(session: Neo4jSession) -> tuple[list, list, list]:
    """Every node with its labels, every index and constraint."""
    nodes = session.run("MATCH (n) RETURN elementId(n) AS id, labels(n) AS labels, properties(n) AS kept ORDER BY id")
    indexes = session.run("SHOW INDEXES YIELD name WHERE name <> '' RETURN name ORDER BY name")
    return nodes, indexes, session.run("SHOW CONSTRAINTS YIELD name RETURN name ORDER BY name")


@pytest.mark.parametrize("vector", [[1.0] * 63, [1.0] * 65, [0.0] * 64, [float("nan")] * 64, [float("inf")] * 64])
def test_a_vector_that_would_never_be_found_is_refused_with_all_of_its_batch(
    store: Neo4jVectors, vector: list[float]
) -> None:
    good, bad = point("one", "c1"), point("two", "c2")
    with pytest.raises(ValueError, match=f"{bad.id}|cannot be indexed"):
        store.upsert(VERSION, [good, Point(bad.id, numpy.array(vector, numpy.float32), bad.text, bad.payload)])
    assert store.count(VERSION) == 0


def test_a_point_of_another_version_is_refused(store: Neo4jVectors) -> None:
    with pytest.raises(ValueError, match="payload"):
        store.upsert(VERSION, [point("one", "c1", version="hash-64-sum.other")])


@pytest.mark.usefixtures("neo4j_bare")
def test_more_dimensions_than_can_be_indexed_are_refused_with_nothing_written(session: Recording) -> None:
    before = everything(session)
    with pytest.raises(ConfigurationError, match="5000 dimensions"):
        Neo4jVectors(session).open(VERSION, 5000)
    assert everything(session) == before


@pytest.mark.usefixtures("neo4j_bare")
@pytest.mark.parametrize("label", ["VectorPoint", "VectorIndex"])
def test_foreign_nodes_under_our_labels_are_refused_with_nothing_written(session: Recording, label: str) -> None:
    session.run(f"CREATE (:{label} {{id: 'theirs', text: 'x'}})-[:OF]->(:Theirs)")
    before = everything(session)
    store = Neo4jVectors(session)
    with pytest.raises(ConfigurationError, match=f"{label} nodes of another program"):
        store.open(VERSION, 64)
    with pytest.raises(StoreBusy, match="no vectors"):
        store.upsert(VERSION, corpus(1))
    store.drop(VERSION)
    assert everything(session) == before and store.versions() == []


def test_foreign_nodes_under_other_labels_stay_as_they_are(session: Recording) -> None:
    session.run(
        "CREATE (:Point {id: 'c1', text: 'weka', tag: 't1'})-[:OF]->(:Chunk {id: 'c1', embedding_version: $v})",
        v=VERSION,
    )
    session.run("CREATE CONSTRAINT theirs FOR (n:Point) REQUIRE n.id IS UNIQUE")
    before = everything(session)[0]
    store = Neo4jVectors(session)
    store.open(VERSION, 64)
    store.upsert(VERSION, corpus(20))
    store.delete(VERSION, [p.id for p in store.scan(VERSION)][:5])
    assert ask(store, "weka", "t1")[1]
    store.drop(VERSION)
    assert everything(session)[0] == before
    assert {"name": "theirs"} in everything(session)[2]


@pytest.mark.slow
@pytest.mark.parametrize("finish", ["drop", "open"])
def test_a_drop_killed_anywhere_is_completed(session: Recording, monkeypatch: pytest.MonkeyPatch, finish: str) -> None:
    monkeypatch.setattr(neo4j_vectors, "BATCH", 20)
    store, kills = Neo4jVectors(session), 0
    first = store.open(VERSION, 64)
    while True:
        store.upsert(VERSION, corpus(30))
        session.ran, session.dies_before = [], kills
        try:
            store.drop(VERSION)
            break
        except KeyboardInterrupt:
            session.dies_before = None
        if finish == "drop":
            store.drop(VERSION)
            assert store.versions() == [] and everything(session)[0] == []
            assert statements.vector_index(SLUG) not in str(everything(session)[1])
        second = store.open(VERSION, 64)
        assert second != first or kills < 2  # killed before it was marked: nothing was dropped
        assert store.count(VERSION) == (30 if second == first else 0)
        first, kills = second, kills + 1
    assert kills >= 6


@pytest.mark.slow
@pytest.mark.usefixtures("neo4j_bare")
def test_an_open_killed_anywhere_is_completed(session: Recording) -> None:
    store, kills = Neo4jVectors(session), 0
    while True:
        session.ran, session.dies_before = [], kills
        try:
            store.open(VERSION, 64)
            break
        except KeyboardInterrupt:
            session.dies_before = None
        assert Neo4jVectors(session).open(VERSION, 64)
        store.upsert(VERSION, corpus(5))
        assert all(ask(store, "weka mount of store quota"))
        store.drop(VERSION)
        session.run("MATCH (n) DETACH DELETE n")
        for name in statements.schema(SLUG):
            session.run(f"DROP {'CONSTRAINT' if name.endswith('unique') else 'INDEX'} {name} IF EXISTS")
        kills += 1
    assert kills >= len(statements.schema(SLUG))


def test_points_of_a_writer_that_missed_a_drop_do_not_come_back(store: Neo4jVectors, session: Recording) -> None:
    other = "hash-64-sum.other"
    store.open(other, 64)  # else the point left behind would be somebody else's
    store.drop(VERSION)
    session.run("CREATE (:VectorPoint {id: 'late', embedding_version: $v, tag: 't1', document_id: 'd'})", v=VERSION)
    store.open(VERSION, 64)
    assert store.count(VERSION) == 0


def test_a_wiped_store_has_a_new_id(store: Neo4jVectors, session: Recording) -> None:
    first = store.open(VERSION, 64)
    session.run("MATCH (n) DETACH DELETE n")
    assert store.versions() == [] and store.open(VERSION, 64) != first


def test_an_index_that_was_taken_away_is_made_again(store: Neo4jVectors, session: Recording) -> None:
    first = store.open(VERSION, 64)
    store.upsert(VERSION, corpus(20))
    session.run(f"DROP INDEX {statements.TEXT_INDEX}")
    session.run(f"DROP INDEX {statements.vector_index(SLUG)}")
    assert store.open(VERSION, 64) == first
    assert all(ask(store, "weka mount"))


@pytest.mark.usefixtures("neo4j_bare")
def test_several_that_open_at_once_see_one_store(session: Recording) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = {*pool.map(lambda _: Neo4jVectors(session).open(VERSION, 64), range(4))}
    assert len(made) == 1 and Neo4jVectors(session).versions() == [VERSION]


def test_an_open_of_what_is_there_writes_nothing_and_reads_little(store: Neo4jVectors, session: Recording) -> None:
    session.ran = []
    store.open(VERSION, 64)
    assert len(session.ran) <= 2 and not any("CREATE" in statement for statement in session.ran)


def test_versions_of_other_dimensions_stand_side_by_side(store: Neo4jVectors) -> None:
    model = HashEmbedder(32)
    other = f"{model.model_part}.c128-r1"
    store.open(other, 32)
    store.upsert(VERSION, [point("weka mount", "c1")])
    theirs = point("weka mount", "c2", version=other)
    store.upsert(other, [Point(theirs.id, model.encode([theirs.text])[0], theirs.text, theirs.payload)])
    assert store.versions() == sorted([VERSION, other])
    for version, encoder, chunk in ((VERSION, MODEL, "c1"), (other, model, "c2")):
        assert (store.count(version), [p.payload["chunk_id"] for p in store.scan(version)]) == (1, [chunk])
        hits = store.candidates(version, encoder.encode(["weka"])[0], "weka", ANYWHERE, 10)
        assert [[hit.chunk_id for hit in found] for found in hits] == [[chunk], [chunk]]
        assert store.vectors(encoder.model_part, [ids.checksum("weka mount")]).popitem()[1].shape == (
            encoder.dimensions,
        )
    store.delete(VERSION, [theirs.id])
    store.drop(VERSION)
    assert store.versions() == [other] and store.count(other) == 1


def test_only_listed_statements_are_run_whatever_the_texts_are(session: Recording) -> None:
    version, hostile = "v'}) DETACH DELETE n //`", "x'}) MATCH (n) DETACH DELETE n //`"
    store = Neo4jVectors(session)
    store.open(version, 64)
    points = [point(hostile, f"{hostile}{n}", hostile, hostile, version) for n in range(3)]
    store.upsert(version, points)
    assert [p.payload for p in store.scan(version, [hostile])] == [p.payload for p in store.scan(version)]
    assert store.count(version, hostile) == 3
    assert [len(hits) for hits in store.candidates(version, points[0].vector, hostile, Within(hostile), 5)] == [3, 3]
    assert store.vectors("v", [points[0].payload["checksum"]])
    store.delete(version, [points[0].id, hostile])
    store.drop(version)
    assert set(session.ran) <= set(statements.every_statement(statements.slug_of(version)))


@pytest.mark.parametrize("slug", ["", "abc", "0123456789ab`", "0123456789AB", "0123456789ab\n", VERSION])
def test_nothing_but_a_slug_goes_into_a_statement(slug: str) -> None:
    with pytest.raises(ValueError, match="slug"):
        list(statements.every_statement(slug))
