"""One suite for what answers read of a graph, over every engine."""

from __future__ import annotations

import pytest
from graph_documents import NASTY, TAG, Part, entry, page

from wekadocs_assets.core import ids
from wekadocs_assets.core.graph.builder import build
from wekadocs_assets.core.graph.diff import diff
from wekadocs_assets.core.graph.schema import EDGES
from wekadocs_assets.core.models import KINDS
from wekadocs_assets.core.ports.graph_reader import GraphReader
from wekadocs_assets.core.ports.stores import GraphStore
from wekadocs_assets.core.search import knowledge

MENTIONS = EDGES["MENTIONS", "Section", "Command"]
LONG = "a text of more than a dozen words, so that it counts as one which says something"


def put(store: GraphStore, uri: str, parts: list[Part], tag: str = TAG, title: str = "A page") -> str:
    document, extraction = page(uri, parts, tag, title)
    store.apply([diff(None, build(document, extraction))], [entry(document)])
    return document.id


def section(uri: str, title: str, tag: str = TAG) -> str:
    return ids.section_id(ids.document_id(tag, uri), (title,), 0)


def command(name: str, tag: str = TAG) -> str:
    return ids.shared_entity_id(tag, "Command", name)


@pytest.fixture
def reader(graph_store: GraphStore) -> GraphReader:
    put(
        graph_store,
        "a/one.md",
        [
            Part("One", mentions=(("Command", "run"), ("Concept", NASTY))),
            Part("Two", text=LONG, steps=("run", "stop"), solves="E1"),
            Part("Three", option="--size", mentions=(("Parameter", "-s"), ("Command", "Run fast"))),
        ],
    )
    put(graph_store, "b.md", [Part("One", text=LONG, mentions=(("Command", "run"),))], title="B")
    put(graph_store, "b.md", [Part("Two", mentions=(("Command", "run"),))], tag="other")
    return graph_store.reader()


def test_an_empty_graph_has_nothing_to_tell(graph_store: GraphStore) -> None:
    reader = graph_store.reader()
    assert reader.nodes("Section", ["x"]) == {} and reader.edges(MENTIONS, ["x"]) == [] == reader.documents()
    assert reader.named("Command", ["x"]) == [] == reader.like("Command", "x", "", 5) == reader.mentioning("Command")
    assert reader.once_titled(TAG, 5) == [] == reader.empty_documents(TAG) and reader.unreached("Command", TAG) == 0
    assert (
        knowledge.passages(reader, ["x"]) == {} == knowledge.entities(reader, ["x"]) == knowledge.procedures(reader, [])
    )
    assert knowledge.traverse(reader, "Section", "x", 3, 10) == []


def test_nodes_and_edges_are_read_from_either_end(reader: GraphReader) -> None:
    assert reader.nodes("Command", [command("run"), "absent"])[command("run")]["name"] == "run"
    leaving = reader.edges(MENTIONS, [section("a/one.md", "One")])
    entering = reader.edges(MENTIONS, [command("run")], leaving=False)
    assert [row["to_id"] for row in leaving] == [command("run")] and leaving[0]["role"] == "uses"
    assert {row["from_id"] for row in entering} == {section("a/one.md", "One"), section("b.md", "One")}


def test_a_document_that_only_failed_is_no_document(graph_store: GraphStore) -> None:
    document, _ = page("bad.md", [])
    graph_store.write_ledger([entry(document)])
    assert graph_store.reader().nodes("Document", [document.id]) == {} and graph_store.reader().documents() == []


def test_entities_are_found_by_name_and_by_a_part_of_it(reader: GraphReader) -> None:
    assert [row["id"] for row in reader.named("Command", ["run", "RUN", "absent"], TAG)] == [command("run")]
    assert len(reader.named("Command", ["run"])) == 2 and reader.named("Command", []) == []
    assert [row["name"] for row in reader.like("Command", "RUN", TAG, 5)] == ["Run fast", "run"]
    assert [row["name"] for row in reader.like("Command", "RUN", TAG, 1)] == ["Run fast"]
    assert reader.like("Concept", NASTY[:20], TAG, 5)[0]["name"] == ids.canonical_name(NASTY)


def test_sections_and_documents_are_found_by_place(reader: GraphReader) -> None:
    assert reader.mentioning("Procedure") == [section("a/one.md", "Two")]
    assert len(reader.mentioning("Command")) == 4 and reader.mentioning("Command", "other") == [
        section("b.md", "Two", "other")
    ]
    assert [row["source_uri"] for row in reader.documents(TAG, "a/")] == ["a/one.md"]
    assert [(row["tag"], row["source_uri"]) for row in reader.documents()] == [
        (TAG, "a/one.md"), (TAG, "b.md"), ("other", "b.md"),
    ]  # fmt: skip
    assert reader.documents("", NASTY) == []


def test_sections_with_a_title_of_their_own_come_in_the_order_of_their_ids(reader: GraphReader) -> None:
    """'One' stands twice, 'Three' has no text to speak of."""
    assert reader.once_titled(TAG, 5) == [section("a/one.md", "Two")]
    assert reader.once_titled(TAG, 0) == [] == reader.once_titled("absent", 5)


def test_what_hangs_on_nothing_is_counted(graph_store: GraphStore, reader: GraphReader) -> None:
    assert [reader.unreached(kind, TAG) for kind in KINDS] == [0] * len(KINDS) and reader.empty_documents(TAG) == []
    put(graph_store, "empty.md", [])
    assert reader.empty_documents(TAG) == ["empty.md"] and reader.empty_documents("other") == []


def test_a_passage_knows_its_document(reader: GraphReader) -> None:
    wanted = [section("b.md", "One"), "absent", section("a/one.md", "Two")]
    found = knowledge.passages(reader, wanted)
    assert [(p.source_uri, p.title, p.heading_path) for p in found.values()] == [
        ("b.md", "One", ("One",)), ("a/one.md", "Two", ("Two",)),
    ]  # fmt: skip
    assert found[wanted[0]].document_title == "B" and found[wanted[0]].text == LONG


def test_an_outline_is_in_reading_order(reader: GraphReader) -> None:
    assert [p.title for p in knowledge.outline(reader, ids.document_id(TAG, "a/one.md"))] == ["One", "Two", "Three"]
    assert knowledge.outline(reader, "absent") == []


def test_parent_and_next_section_are_known(reader: GraphReader) -> None:
    found = knowledge.passages(reader, [section("a/one.md", title) for title in ("One", "Two", "Three")])
    around = knowledge.neighbours(reader, list(found.values()))
    titles = [(parent and parent.title, following and following.title) for parent, following in around.values()]
    assert titles == [(None, "Two"), ("One", "Three"), ("One", None)]


def test_what_a_question_names_is_told_first(reader: GraphReader) -> None:
    three = section("a/one.md", "Three")
    told = knowledge.entities(reader, [three], "what is `-s`?")[three]
    assert [(entity.name, entity.asked) for entity in told] == [("-s", True), ("Run fast", False)]
    (first, *_) = knowledge.entities(reader, [three], "how do I Run fast, please")[three]
    assert (first.kind, first.name, first.asked) == ("Command", "Run fast", True)


def test_a_procedure_has_its_steps_in_order(reader: GraphReader) -> None:
    two = section("a/one.md", "Two")
    (procedure,) = knowledge.procedures(reader, [two, section("a/one.md", "One")])[two]
    assert procedure.steps == ("do 0", "do 1")


def test_a_walk_is_bounded_and_meets_each_node_once(reader: GraphReader) -> None:
    around = knowledge.traverse(reader, "Command", command("run"), 1, 100)
    assert {(step.edge, step.out, step.label) for step in around} == {
        ("MENTIONS", False, "Section"), ("EXECUTES", False, "Step"), ("HAS_PARAMETER", True, "Configuration"),
    }  # fmt: skip
    far = knowledge.traverse(reader, "Command", command("run"), 3, 100)
    ends = [step.node["id"] for step in far]
    assert len(ends) == len(set(ends)) > len(around) and command("run") not in ends
    assert len(knowledge.traverse(reader, "Command", command("run"), 3, 4)) == 4
