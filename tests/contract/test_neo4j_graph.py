"""What the graph on a Neo4j server promises beyond the port: other people's data left alone, faults told, all or nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from graph_documents import TAG, Part, entry, page
from servers.access import Neo4jAccess
from servers.neo4j import Neo4jServer

from wekadocs_assets.adapters.cypher import deletes, statements
from wekadocs_assets.adapters.neo4j.errors import TransactionTooLarge
from wekadocs_assets.adapters.neo4j.graph import Neo4jGraph
from wekadocs_assets.adapters.neo4j.session import Neo4jSession
from wekadocs_assets.core.errors import ConfigurationError, Retryable, StoreUnavailable
from wekadocs_assets.core.graph import schema
from wekadocs_assets.core.graph.builder import build
from wekadocs_assets.core.graph.diff import GraphChange, diff
from wekadocs_assets.core.models import PLACED_KINDS, SHARED_KINDS, Collection

PARTS = (Part("One", mentions=(("Command", "run"),)), Part("Two", steps=("run",), solves="E1"))
DOCUMENT, EXTRACTION = page("a.md", PARTS)
NODES = "MATCH (n) RETURN elementId(n) AS id, labels(n) AS labels, properties(n) AS values ORDER BY id"
EDGES = (
    "MATCH (a)-[r]->(b) RETURN elementId(r) AS id, type(r) AS type, properties(r) AS values, elementId(a) AS a, "
    "elementId(b) AS b ORDER BY id"
)
DEFINED = "SHOW INDEXES YIELD name, type, entityType, labelsOrTypes, properties WHERE type <> 'LOOKUP' RETURN *"
UNIQUE = "SHOW CONSTRAINTS YIELD name, type, labelsOrTypes, properties RETURN *"


def session_at(access: Neo4jAccess | Neo4jServer, **changed) -> Neo4jSession:
    known = {"uri": access.uri, "user": access.user, "password": access.password, "database": access.database}
    return Neo4jSession(**(known | changed))


@pytest.fixture
def session(neo4j: Neo4jAccess) -> Iterator[Neo4jSession]:
    opened = session_at(neo4j)
    yield opened
    opened.close()


def change_of(parts: tuple[Part, ...] = PARTS, graph: Neo4jGraph | None = None) -> GraphChange:
    document, extraction = page("a.md", parts)
    old = graph.read([document.id]).get(document.id) if graph else None
    return diff(old, build(document, extraction))


def fill(graph: Neo4jGraph, parts: tuple[Part, ...] = PARTS) -> GraphChange:
    change = change_of(parts, graph)
    graph.apply([change], [entry(DOCUMENT, checksum="c")])
    return change


def rows(session: Neo4jSession, statement: str) -> list[dict]:
    return session.run(statement)


def everything(session: Neo4jSession) -> list[list[dict]]:
    return [rows(session, statement) for statement in (NODES, EDGES, DEFINED, UNIQUE)]


@pytest.mark.parametrize("use", [Neo4jGraph.open, Neo4jGraph.ledger, fill, lambda g: g.hold([TAG], "me").__enter__()])
def test_nodes_under_our_labels_without_our_singleton_are_somebody_elses(neo4j_bare, session, use):
    session.run("CREATE (:Section:Novel {name: 'x'})-[:NEXT]->(:Person {name: 'y'})")
    before = everything(session)
    with pytest.raises(ConfigurationError, match="belongs to another program.*Section") as caught:
        use(Neo4jGraph(session))
    assert "Nothing was written" in caught.value.hint
    assert everything(session) == before


def test_vector_points_of_somebody_else_are_not_joined_by_a_graph_of_ours(neo4j_bare, session):
    session.run("CREATE (:VectorPoint {mine: 1})")
    with pytest.raises(ConfigurationError, match="VectorPoint"):
        Neo4jGraph(session).open()
    assert rows(session, "SHOW INDEXES YIELD type WHERE type <> 'LOOKUP' RETURN type") == []
    assert rows(session, "MATCH (n) RETURN labels(n) AS labels") == [{"labels": ["VectorPoint"]}]


def test_other_labels_in_the_same_database_are_left_alone(session):
    session.run(
        "CREATE (a:Person {name: 'a', id: 'docs'})-[:KNOWS {since: 1}]->(b:Person {name: 'b', tag: 'docs'}) "
        "CREATE (:Novel {section_id: 'x'})-[:BY]->(b)"
    )
    foreign = list(rows(session, NODES)), rows(session, EDGES)
    graph = Neo4jGraph(session)
    graph.open()
    fill(graph)
    session.run("MATCH (p:Person {name: 'a'}), (s:Section {title: 'One'}) CREATE (p)-[:READS {page: 1}]->(s)")
    session.run("MATCH (p:Person {name: 'a'}), (d:Document) CREATE (d)-[:WRITTEN_BY]->(p)")
    superseded = fill(graph, PARTS[:1]).stale_sections
    graph.delete_sections(superseded)
    theirs = "MATCH (n) WHERE n:Person OR n:Novel RETURN elementId(n) AS id, labels(n) AS labels, properties(n) AS values ORDER BY id"
    ours = "MATCH ()-[r:READS|WRITTEN_BY]->() RETURN type(r) AS type, properties(r) AS values ORDER BY type"
    assert rows(session, theirs) == foreign[0]
    assert rows(session, ours) == [{"type": "READS", "values": {"page": 1}}, {"type": "WRITTEN_BY", "values": {}}]
    graph.purge([DOCUMENT.id])
    assert rows(session, theirs) == foreign[0]
    assert rows(session, EDGES) == foreign[1]
    assert graph.counts()["nodes"]["Section"] == 0


def test_the_constraints_and_indexes_are_those_of_the_schema_table(neo4j_bare, session):
    Neo4jGraph(session).open()
    constraints = {(*row["labelsOrTypes"], *row["properties"], row["type"]) for row in rows(session, UNIQUE)}
    assert constraints == {(label, "id", "UNIQUENESS") for label in schema.NODES}
    indexed = {(label, name) for label, node in schema.NODES.items() for name in ("id", *node.indexed)}
    derived = {(edge.type, "derived_from_section_id") for edge in schema.DERIVED}
    found = rows(session, DEFINED)
    assert {(*row["labelsOrTypes"], *row["properties"]) for row in found} == indexed | derived
    assert len(found) == len(indexed | derived)
    assert Neo4jGraph(session).missing() == []


def test_several_that_open_an_empty_database_at_once_end_with_one_id(neo4j_bare, session):
    found: list[str] = []
    openers = [threading.Thread(target=lambda: found.append(Neo4jGraph(session).open().store_id)) for _ in range(4)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join()
    assert len(found) == 4 and len(set(found)) == 1


def test_a_schema_without_its_singleton_is_completed(neo4j_bare, session):
    definitions = list(schema.ddl("neo4j"))
    for statement in definitions[: len(definitions) // 2]:
        session.run(statement)
    graph = Neo4jGraph(session)
    assert len(graph.missing()) == len(definitions) - len(definitions) // 2
    assert graph.open().store_id and graph.missing() == []


def test_a_schema_of_another_version_is_refused(session):
    Neo4jGraph(session).open()
    session.run("MATCH (n:WekadocsSchema) SET n.schema_version = 99")
    for use in (Neo4jGraph.open, Neo4jGraph.ledger, fill):
        with pytest.raises(ConfigurationError, match="version 99"):
            use(Neo4jGraph(session))


BY_ID = [
    *(made(label) for label in schema.NODES for made in (statements.nodes_by_id, statements.tags)),
    *(made(label) for label in schema.NODES for made in (statements.merge_nodes, statements.delete_nodes)),
    *(made(edge) for edge in schema.EDGES.values() for made in (statements.create_edges, statements.delete_edges)),
    *(statements.update_edges(edge) for edge in schema.EDGES.values() if edge.values),
    *(statements.edges_from(edge) for edge in schema.OF_DOCUMENT if not edge.is_derived),
    *(statements.edges_derived_from(edge) for edge in schema.DERIVED),
    *(statements.delete_edges_derived_from(edge) for edge in schema.DERIVED),
    *(statements.edges_from_placed(edge) for edge in deletes.FROM_PLACED),
    *(statements.delete_placed(label) for label in PLACED_KINDS),
    *(statements.delete_unreached(label) for label in SHARED_KINDS),
    *(statements.merge_ledger(), statements.SECTION_IDS, statements.CHUNKS_OF_DOCUMENTS),
    *(statements.DOCUMENTS_OF_SECTIONS, statements.DELETE_CHUNKS_OF_SECTIONS),
]


@pytest.mark.slow
@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
def test_whatever_goes_by_ids_does_not_read_a_whole_collection_for_each(session, neo4j_driver, filled):
    """Beside an id the index on tags looks as good as the one on ids to a planner whose statistics are old."""
    graph = Neo4jGraph(session)
    graph.open()
    if filled:
        pages = [page(f"{number}.md", [Part(f"Part {n}") for n in range(10)]) for number in range(100)]
        graph.apply([diff(None, build(*one)) for one in pages], [entry(document) for document, _ in pages])
    with neo4j_driver.session(database=session.database) as explaining:
        parameters = {"ids": ["a"], "rows": [{}], "tag": TAG, "embedding_version": "v"}
        plans = {text: explaining.run(f"EXPLAIN {text}", parameters).consume().plan for text in BY_ID}
    by_tag = [text for text, plan in plans.items() if any("(tag)" in part for part in details(plan))]
    assert by_tag == [] and len(plans) == len(set(BY_ID))


def details(plan: dict) -> list[str]:
    """What each operator of the plan works on."""
    return [plan["args"].get("Details", ""), *(part for child in plan.get("children", ()) for part in details(child))]


def test_reading_where_nothing_was_written_creates_nothing(neo4j_bare, session):
    graph = Neo4jGraph(session)
    assert graph.ledger() == [] and graph.counts()["nodes"]["Document"] == 0 and graph.collections() == []
    assert everything(session) == [[], [], [], []]


def test_a_write_before_open_makes_the_schema(neo4j_bare, session):
    graph = Neo4jGraph(session)
    graph.write_ledger([entry(DOCUMENT)])
    assert [known.source_uri for known in graph.ledger()] == ["a.md"] and graph.missing() == []


def test_a_failing_write_leaves_everything_as_it_was(session):
    graph = Neo4jGraph(session)
    graph.open()
    before = everything(session)
    change = change_of()
    broken = {
        edge: [{**row, "start": {"not": "a value"}} for row in found]
        for edge, found in change.create.items()
        if edge.type == "MENTIONS"
    }
    assert broken
    change.create.update(broken)
    with pytest.raises(Exception, match="Property values can only be of primitive types") as caught:
        graph.apply([change], [entry(DOCUMENT)])
    assert not isinstance(caught.value, Retryable)
    assert everything(session) == before
    fill(graph)
    assert graph.counts()["nodes"]["Section"] == 2


def in_the_background(work: Callable[[], None]) -> tuple[threading.Thread, list[Exception]]:
    errors: list[Exception] = []

    def run() -> None:
        try:
            work()
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, errors


@pytest.mark.slow
def test_a_server_killed_read_only_or_gone(own_neo4j: Neo4jServer):
    """One server for all of it: starting one takes seconds."""
    graph = Neo4jGraph(session_at(own_neo4j, retry_seconds=90.0))
    graph.open()
    fill(graph)
    own_neo4j.kill()
    writer, errors = in_the_background(lambda: graph.save_collection(Collection(tag=TAG, root="/srv/a")))
    own_neo4j.start()
    writer.join()
    assert errors == [] and graph.collections() == [Collection(tag=TAG, root="/srv/a")]
    assert graph.read([DOCUMENT.id]) == {DOCUMENT.id: build(DOCUMENT, EXTRACTION)}

    own_neo4j.stop()
    own_neo4j.extra_conf = {"server.databases.default_to_read_only": "true", "db.memory.transaction.max": "16m"}
    own_neo4j.start()
    begun = time.monotonic()
    with pytest.raises(ConfigurationError, match="is read-only: ") as caught:
        graph.save_collection(Collection(tag=TAG, root="/srv/b"))
    assert "\n" not in caught.value.message
    with pytest.raises(TransactionTooLarge, match="limit"):
        graph._session.write(lambda run: run("UNWIND range(1, 10000000) AS x RETURN size(collect(toString(x))) AS n"))
    assert time.monotonic() - begun < 45
    assert graph.collections() == [Collection(tag=TAG, root="/srv/a")]
    graph.close()

    impatient = Neo4jGraph(session_at(own_neo4j, retry_seconds=1.0))
    impatient.open()
    own_neo4j.kill()
    begun = time.monotonic()
    with pytest.raises(StoreUnavailable, match="does not answer"):
        impatient.save_collection(Collection(tag=TAG, root="/srv/b"))
    assert time.monotonic() - begun < 30
    impatient.close()
