"""Sections with what surrounds them in the graph, and bounded walks."""

import pytest
from graph_documents import TAG, Part, entry, page

from wekadocs_assets.adapters.memory.graph import InMemoryGraph
from wekadocs_assets.core import ids
from wekadocs_assets.core.graph.builder import build
from wekadocs_assets.core.graph.diff import diff
from wekadocs_assets.core.ports.graph_reader import GraphReader
from wekadocs_assets.core.search import knowledge
from wekadocs_assets.core.search.knowledge import MOST_ENTITIES

PARTS = (
    Part("Top", mentions=(("Command", "run"), ("Concept", "Gate"), ("Concept", "gate keeper"))),
    Part("Steps", steps=("run", "stop"), solves="no route"),
    Part("Many", mentions=tuple(("Concept", f"c{n:02d}") for n in range(MOST_ENTITIES + 3))),
)
DOCUMENT, EXTRACTION = page("a.md", PARTS)
TOP, STEPS, MANY = (section.id for section in DOCUMENT.sections)


@pytest.fixture(scope="module")
def reader() -> GraphReader:
    graph = InMemoryGraph()
    graph.apply([diff(None, build(DOCUMENT, EXTRACTION))], [entry(DOCUMENT)])
    return graph.reader()


def test_passages_keep_the_order_that_was_asked_for_and_name_their_document(reader):
    found = knowledge.passages(reader, [MANY, "absent", TOP])
    assert list(found) == [MANY, TOP]
    assert (found[TOP].source_uri, found[TOP].document_title, found[TOP].heading_path) == ("a.md", "A page", ("Top",))
    assert [passage.title for passage in knowledge.outline(reader, DOCUMENT.id)] == ["Top", "Steps", "Many"]
    assert knowledge.outline(reader, "absent") == []


def test_parent_and_next_section_are_known_and_may_be_missing(reader):
    around = knowledge.neighbours(reader, list(knowledge.passages(reader, [TOP, MANY]).values()))
    assert (around[TOP][0], around[TOP][1].title) == (None, "Steps")
    assert (around[MANY][0].title, around[MANY][1]) == ("Top", None)


def test_entities_that_the_question_names_come_first_and_only_so_many(reader):
    found = knowledge.entities(reader, [TOP, MANY], "what does the Gate Keeper do?")
    assert [(e.name, e.asked) for e in found[TOP]] == [("Gate", True), ("gate keeper", True), ("run", False)]
    assert len(found[MANY]) == MOST_ENTITIES


def test_a_procedure_has_its_steps_in_order(reader):
    found = knowledge.procedures(reader, [TOP, STEPS])
    assert [(one.name, one.steps) for one in found[STEPS]] == [("Procedure 0", ("do 0", "do 1"))] and TOP not in found
    assert knowledge.with_steps(reader, []) == {}


def test_every_run_of_words_may_be_a_name():
    names = knowledge.names_in("Is `--Size` the max-size, or fs  add?")
    assert {"--size", "size", "max-size", "fs add", "the max-size"} <= names and "" not in names


def test_a_walk_is_bounded_by_hops_and_nodes_and_meets_each_node_once(reader):
    one = knowledge.traverse(reader, "Section", TOP, 1, 100)
    assert {(hop.edge, hop.out) for hop in one} >= {
        ("HAS_SECTION", False),
        ("HAS_SUBSECTION", True),
        ("MENTIONS", True),
    }
    two = knowledge.traverse(reader, "Section", TOP, 2, 100)
    reached = [hop.node["id"] for hop in two]
    assert len(set(reached)) == len(reached) > len(one) and TOP not in reached and two[: len(one)] == one
    assert len(knowledge.traverse(reader, "Section", TOP, 5, 3)) == 3
    assert knowledge.traverse(reader, "Section", TOP, 0, 9) == []


def test_a_walk_says_where_it_came_from(reader):
    command = ids.shared_entity_id(TAG, "Command", "run")
    hops = knowledge.traverse(reader, "Command", command, 1, 9)
    assert {(hop.edge, hop.out, hop.from_id, hop.label) for hop in hops} == {
        ("MENTIONS", False, command, "Section"),
        ("EXECUTES", False, command, "Step"),
    }
