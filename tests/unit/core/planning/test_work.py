"""What counts as work, and how tries, parts and assets of an ingest add up."""

from __future__ import annotations

import pytest
from graph_documents import Part, page

from wekadocs_assets.core.graph.builder import Subgraph, build
from wekadocs_assets.core.graph.diff import diff
from wekadocs_assets.core.planning.record import OutcomeRow, StageRecord, with_earlier_try
from wekadocs_assets.core.planning.work import WORK_COUNTS, no_work, rows_deleted, rows_written, sum_work
from wekadocs_assets.core.planning.work_totals import work_of, work_of_document
from wekadocs_assets.core.recipe import EMBEDDED, EXTRACTED, PARSED, POINTS

ONE, TWO = Part("One"), Part("Two", mentions=(("Command", "run"),))
STEPS = Part("Three", steps=("run", "stop"))


def graph_of(*parts: Part, title: str = "A page") -> Subgraph:
    return build(*page("a.md", parts, title=title))


def row(document: str, status: str = "done", **facts) -> OutcomeRow:
    return OutcomeRow(
        document_id=document, tag="docs", source_uri=f"{document}.md", checksum="c", status=status, facts=facts
    )


def record(asset: str, *rows: OutcomeRow, part: int = 0, **more) -> StageRecord:
    return StageRecord(asset=asset, part=part, rows=rows, wall_ms=1, cpu_ms=1, **more)


def counted(work: dict[str, int]) -> dict[str, int]:
    assert tuple(work) == WORK_COUNTS
    return {name: count for name, count in work.items() if count}


def test_without_records_there_is_no_work():
    assert work_of([]) == no_work() and set(no_work().values()) == {0}


def test_only_documents_that_were_done_count_as_parsed_and_extracted():
    rows = [row(status, status) for status in ("done", "fresh", "failed", "blocked")]
    assert counted(work_of([record(PARSED, *rows), record(EXTRACTED, *rows)])) == {
        "documents_parsed": 1, "documents_extracted": 1,
    }  # fmt: skip


def test_parts_assets_and_what_is_done_to_no_single_document_add_up():
    records = [
        record(EMBEDDED, row("a", encoded=2, reused=1, tokens=90), row("b", encoded=0, reused=4)),
        record(EMBEDDED, row("c", encoded=1, reused=0), part=1),
        record(POINTS, row("a", points=3, points_upserted=2, points_deleted=1)),
        record(POINTS, part=1, work={"points_deleted": 5, "links_added": 2}),
    ]
    assert counted(work_of(records)) == {
        "chunks_embedded": 3, "chunks_reused": 5, "points_upserted": 2, "points_deleted": 6, "links_added": 2,
    }  # fmt: skip


def test_a_document_has_the_work_of_all_its_assets():
    rows = {PARSED: row("a"), EMBEDDED: row("a", encoded=2, reused=0), POINTS: row("a", points_upserted=2)}
    work = work_of_document(rows)
    assert {name: count for name, count in work.items() if count} == {
        "documents_parsed": 1, "chunks_embedded": 2, "points_upserted": 2,
    }  # fmt: skip
    assert not [name for name in work if name.startswith("links")], "they are resolved for the whole collection"


def test_a_name_that_does_not_exist_is_an_error():
    with pytest.raises(KeyError):
        sum_work({"points_written": 1})


def test_a_try_after_others_counts_what_all_of_them_did():
    first = record(POINTS, row("a", points_upserted=2))
    second = record(POINTS, row("a", "fresh"), row("b", points_upserted=3), purged=("x.md",), work={"nodes_deleted": 4})
    third = record(POINTS, row("a", "fresh"), row("b", "fresh"), purged=("y.md",), work={"nodes_deleted": 1})
    merged = with_earlier_try(third, with_earlier_try(second, first))
    assert counted(work_of([merged])) == {"points_upserted": 5, "nodes_deleted": 5}
    assert merged.purged == ("x.md", "y.md") and [row.status for row in merged.rows] == ["done", "done"]


def test_a_first_try_is_itself():
    one = record(POINTS, row("a", "fresh"))
    assert with_earlier_try(one, None) is one


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
