"""What counts as work on a document: the rows that a change writes, and those that a new version lacks."""

from __future__ import annotations

import pytest
from graph_documents import Part, page

from wekadocs_assets.core.graph.builder import Subgraph, build
from wekadocs_assets.core.graph.diff import diff
from wekadocs_assets.core.planning.work import rows_deleted, rows_written, sum_work

ONE, TWO = Part("One"), Part("Two", mentions=(("Command", "run"),))
STEPS = Part("Three", steps=("run", "stop"))


def graph_of(*parts: Part, title: str = "A page") -> Subgraph:
    return build(*page("a.md", parts, title=title))


def test_a_name_that_does_not_exist_is_an_error():
    with pytest.raises(KeyError):
        sum_work({"points_written": 1})


def test_a_new_document_is_written_whole_and_a_purged_one_deleted_but_for_what_pages_share():
    graph = graph_of(ONE, TWO)
    edges = len(graph.all_edges())
    assert rows_written(diff(None, graph)) == {"nodes_written": 1 + 2 + 1, "edges_written": edges}
    assert rows_deleted(None, graph) == {"nodes_deleted": 0, "edges_deleted": 0}
    assert rows_deleted(graph, None) == {"nodes_deleted": 1 + 2, "edges_deleted": edges}


def test_a_superseded_section_counts_with_all_that_hangs_on_it():
    old, new = graph_of(ONE, STEPS), graph_of(ONE)
    lost = {label: len(rows) - len(new.nodes.get(label, {})) for label, rows in old.nodes.items()}
    assert lost == {"Document": 0, "Section": 1, "Procedure": 1, "Step": 2, "Command": 2}
    gone = rows_deleted(old, new)
    assert gone == {"nodes_deleted": 1 + 1 + 2, "edges_deleted": len(old.all_edges()) - len(new.all_edges())}


def test_an_unchanged_document_is_no_rows():
    change = diff(graph_of(ONE, STEPS), graph_of(ONE, STEPS))
    assert rows_written(change) == {"nodes_written": 0, "edges_written": 0}
    assert rows_deleted(graph_of(ONE, STEPS), graph_of(ONE, STEPS)) == {"nodes_deleted": 0, "edges_deleted": 0}
