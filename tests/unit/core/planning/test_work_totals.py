"""The work of an ingest and of a document, added up from the records of the stages."""

from handmade_plans import record, row

from wekadocs_assets.core.planning.work import WORK_COUNTS, no_work
from wekadocs_assets.core.planning.work_totals import work_in, work_of, work_of_document
from wekadocs_assets.core.recipe import EMBEDDED, EXTRACTED, GRAPH, PARSED, POINTS


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


def test_facts_that_are_no_work_are_not_counted():
    assert counted(work_in(GRAPH, [row("a", nodes_written=2, sections_added=7, title="A page")])) == {
        "nodes_written": 2
    }
