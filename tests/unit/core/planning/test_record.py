"""Records of the stages: saved and loaded, merged over tries of a step, and put together for the report."""

from handmade_plans import plan_of, planned, record, row

from wekadocs_assets.adapters.memory.artifacts import InMemoryArtifacts
from wekadocs_assets.core.planning.ingest import Ingest
from wekadocs_assets.core.planning.outcome import Outcome
from wekadocs_assets.core.planning.record import (
    RECORDS,
    CleanupResult,
    OutcomeRow,
    cleanup_of,
    load_record,
    load_records,
    outcome_row,
    rows_by_document,
    save_record,
    with_earlier_try,
)
from wekadocs_assets.core.ports.stores import ArtifactHeader
from wekadocs_assets.core.recipe import CLEANUP, EXTRACTED, PARSED, POINTS


def test_a_try_after_others_counts_what_all_of_them_did():
    first = record(POINTS, row("a", points_upserted=2))
    second = record(POINTS, row("a", "fresh"), row("b", points_upserted=3), purged=("x.md",), work={"nodes_deleted": 4})
    third = record(POINTS, row("a", "fresh"), row("b", "fresh"), purged=("y.md",), work={"nodes_deleted": 1})
    merged = with_earlier_try(third, with_earlier_try(second, first))
    assert merged.work["nodes_deleted"] == 5 and merged.purged == ("x.md", "y.md")
    assert [(row.status, row.facts) for row in merged.rows] == [
        ("done", {"points_upserted": 2}),
        ("done", {"points_upserted": 3}),
    ]


def test_a_row_that_failed_in_the_later_try_is_the_later_one():
    merged = with_earlier_try(record(POINTS, row("a", "failed")), record(POINTS, row("a")))
    assert [row.status for row in merged.rows] == ["failed"]


def test_a_first_try_is_itself():
    one = record(POINTS, row("a", "fresh"))
    assert with_earlier_try(one, None) is one


def test_a_row_keeps_what_the_report_needs_of_an_outcome():
    document = planned("a.md")
    outcome = Outcome(document=document, status="failed", facts={"chunks": 2}, error="e", hint="h", preview="# long")
    assert outcome_row(outcome, 1.23456) == OutcomeRow(
        document_id=document.document_id,
        tag="docs",
        source_uri="a.md",
        checksum=document.checksum,
        status="failed",
        ms=1.235,
        error="e",
        hint="h",
        facts={"chunks": 2},
    )


def test_records_are_loaded_by_part_and_asset_and_a_later_one_replaces_an_earlier_one():
    store = InMemoryArtifacts()
    ingest = Ingest(
        id="ingest-1", plans=(plan_of(planned("a.md"), planned("b.md")),), documents_per_part=1, started_at=1
    )
    saved = [record(EXTRACTED, row("b"), part=1), record(PARSED, row("b"), part=1), record(PARSED, row("a"))]
    for one in (record(PARSED, row("a", "failed")), *saved):
        save_record(store, ingest.id, one)
    assert load_records(store, ingest) == [saved[2], saved[1], saved[0]]
    assert load_records(store, ingest, [EXTRACTED]) == [saved[0]]
    assert load_record(store, "ingest-2", 0, PARSED) is None


def test_the_clean_up_is_known_by_its_record():
    done = record(CLEANUP, purged=("x.md",), links={"resolved": 2}, work={"links_added": 1})
    assert cleanup_of([record(PARSED), done]) == CleanupResult(
        purged=("x.md",), links={"resolved": 2}, work={"links_added": 1}
    )
    assert cleanup_of([record(PARSED)]) is None


def test_a_record_that_was_saved_without_what_was_kept_is_loaded():
    store = InMemoryArtifacts()
    ingest = Ingest(id="ingest-1", plans=(plan_of(planned("a.md")),), documents_per_part=1, started_at=1)
    body = b'{"asset": "collection_cleanup", "part": 0, "rows": [], "wall_ms": 1, "cpu_ms": 1, "purged": ["x.md"]}'
    store.write(RECORDS, f"{ingest.id}/00000/{CLEANUP}", ArtifactHeader(ingest.id, "o"), body)
    assert cleanup_of(load_records(store, ingest)) == CleanupResult(purged=("x.md",), kept=(), versions_kept=())


def test_two_results_of_a_clean_up_are_added():
    both = CleanupResult(purged=("x.md",), links={"file": 1}, work={"links_added": 1}, kept=("w.md",)).plus(
        CleanupResult(
            waiting=("y.md",), links={"file": 2, "nowhere": 1}, work={"links_added": 3}, kept=("z.md",),
            versions_kept=("edge/v1",),
        )
    )  # fmt: skip
    assert (both.kept, both.versions_kept) == (("w.md", "z.md"), ("edge/v1",))
    assert (both.purged, both.waiting, both.links) == (("x.md",), ("y.md",), {"file": 3, "nowhere": 1})
    assert both.work["links_added"] == 4


def test_rows_are_put_together_by_document_and_asset():
    table = rows_by_document([record(PARSED, row("a"), row("b")), record(POINTS, row("a", "fresh"))])
    assert {key: list(rows) for key, rows in table.items()} == {"a": [PARSED, POINTS], "b": [PARSED]}
    assert table["a"][POINTS].status == "fresh"
