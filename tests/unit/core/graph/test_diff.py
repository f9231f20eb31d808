"""Only the difference is written, and what is superseded waits for its deletion."""

from __future__ import annotations

from graph_documents import Part, page

from wekadocs_assets.core.graph.builder import Subgraph, build
from wekadocs_assets.core.graph.diff import diff

ONE, TWO, THREE = Part("One"), Part("Two", mentions=(("Command", "run"),)), Part("Three", steps=("run", "stop"))


def graph_of(*parts: Part, title: str = "A page") -> Subgraph:
    return build(*page("a.md", parts, title=title))


def written(change) -> dict[str, int]:
    return {label: len(rows) for label, rows in change.nodes.items()}


def test_a_new_document_is_written_whole():
    new = graph_of(ONE, TWO, THREE)
    change = diff(None, new)
    assert written(change) == {label: len(rows) for label, rows in new.nodes.items()}
    assert change.edges_added == len(new.all_edges())
    assert change.nodes_added == sum(map(len, new.nodes.values()))
    assert not (change.update or change.removed_edges or change.removed_nodes or change.stale_sections)


def test_an_unchanged_document_gives_an_empty_change():
    assert diff(graph_of(ONE, TWO, THREE), graph_of(ONE, TWO, THREE)).empty


def test_another_title_writes_the_document_node_alone():
    change = diff(graph_of(ONE, TWO), graph_of(ONE, TWO, title="Another"))
    assert written(change) == {"Document": 1}
    assert change.nodes_added == 0
    assert not (change.create or change.update or change.removed_edges)


def test_another_text_writes_its_section_alone():
    change = diff(graph_of(ONE, TWO), graph_of(Part("One", text="new"), TWO))
    assert written(change) == {"Section": 1}
    assert change.edges_added == 0


def test_an_inserted_section_mends_the_chain_and_moves_the_order_of_those_after_it():
    old, new = graph_of(ONE, TWO), graph_of(ONE, THREE, TWO)
    change = diff(old, new)
    by_type = {edge.type: len(rows) for edge, rows in change.update.items()}
    assert by_type == {"HAS_SECTION": 1}
    assert {edge.type for edge in change.removed_edges} == {"NEXT_SECTION"}
    assert sum(len(rows) for edge, rows in change.create.items() if edge.type == "NEXT_SECTION") == 2


def test_a_superseded_section_stays_with_all_that_hangs_on_it():
    old, new = graph_of(ONE, TWO, THREE), graph_of(ONE, TWO)
    change = diff(old, new)
    assert len(change.stale_sections) == 1
    assert change.empty
    assert not (change.removed_nodes or change.removed_edges)


def test_a_section_taken_out_of_the_middle_leaves_the_others_chained():
    change = diff(graph_of(ONE, THREE, TWO), graph_of(ONE, TWO))
    (created,) = (rows for edge, rows in change.create.items() if edge.type == "NEXT_SECTION")
    assert [(row["from_id"], row["to_id"]) for row in created] == [
        tuple(section.id for section in page("a.md", [ONE, TWO])[0].sections)
    ]


def test_a_superseded_section_that_comes_back_needs_nothing_but_its_own_edges():
    stored = graph_of(ONE, TWO, THREE)
    assert diff(stored, graph_of(ONE, TWO, THREE)).empty


def test_steps_that_a_remaining_section_lost_are_dropped_and_their_commands_looked_at():
    change = diff(graph_of(THREE), graph_of(Part("Three", steps=("run",))))
    assert {label: len(ids) for label, ids in change.removed_nodes.items()} == {"Step": 1}
    assert {label: len(ids) for label, ids in change.loosened.items()} == {"Command": 1}


def test_a_shared_entity_is_never_dropped_by_a_diff():
    change = diff(graph_of(TWO), graph_of(Part("Two")))
    assert not change.removed_nodes
    assert {label: len(ids) for label, ids in change.loosened.items()} == {"Command": 1}
