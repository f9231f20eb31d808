"""What each kind of edit costs, to the row: the `work` of the report against what was changed on the pages."""

import json
import os

import pytest
from places import Snapshot
from work_counted import (
    FIRST,
    GATES,
    INSTALL,
    LIMITS,
    ONE_PAGE,
    PAGE_GONE,
    USE,
    WHOLE_PAGE,
    forbid_encoding,
    ingest,
    names,
    nonzero,
    page,
    points,
    report_of,
    two_pages,
    watch_upserts,
    write,
)

from wekadocs_assets.app import bootstrap
from wekadocs_assets.core.recipe import ASSETS, CLEANUP, REPORT


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory) -> Snapshot:
    return Snapshot.of(tmp_path_factory.mktemp("ingested") / "now", two_pages)


@pytest.fixture
def ingested(snapshot, monkeypatch):
    with snapshot.restored(monkeypatch) as place:
        yield place


@pytest.fixture
def upserts(ingested, monkeypatch) -> list[str]:
    return watch_upserts(monkeypatch)


@pytest.fixture
def no_model(ingested, monkeypatch) -> None:
    """What was ingested before was encoded; from now on nothing may be."""
    forbid_encoding(monkeypatch)


def test_a_first_ingest_writes_everything_once(place):
    assert two_pages(place) == FIRST
    counts = place.pipeline.graph.counts("docs")
    assert sum(counts["nodes"].values()) == 9 + 5 + 1, "with Chunk nodes and the collection's own"
    assert sum(counts["relationships"].values()) == 14 + 5, "with the edges to Chunk nodes"


def test_an_ingest_without_a_change_does_nothing(ingested):
    assert ingest(ingested) == {}


def test_a_touched_file_is_no_work(ingested):
    os.utime(ingested.docs / "gates.md", (1, 1))
    assert ingest(ingested) == {}


@pytest.mark.parametrize("old, new", [(".\n", ".  \n"), ("\n", "\r\n"), ("\n\n##", "\n\n\n\n##")])
def test_other_bytes_that_read_the_same_are_parsed_and_nothing_else(ingested, old, new):
    path = ingested.docs / "gates.md"
    before = path.read_bytes()
    path.write_bytes(before.decode().replace(old, new).encode())
    assert path.read_bytes() != before
    assert ingest(ingested) == {"documents_parsed": 1}
    assert ingest(ingested) == {}


def test_an_edited_paragraph_is_one_section_one_text_one_point(ingested, upserts):
    before = points(ingested)
    write(ingested, "gates.md", "Gates", INSTALL, ("Use", "Something."), LIMITS)
    one = {"nodes_written": 1, "chunks_embedded": 1, "chunk_nodes_written": 1, "points_upserted": 1}
    assert ingest(ingested) == ONE_PAGE | one | {"chunks_reused": 3}
    after = points(ingested)
    changed = [point for point in before if before[point] != after[point]]
    assert before.keys() == after.keys() and upserts == changed and len(changed) == 1


def test_a_section_added_at_the_top_moves_the_others_and_embeds_itself_alone(ingested, upserts):
    before = points(ingested)
    write(ingested, "gates.md", "Gates", ("Terms", "A gate opens."), *GATES)
    assert ingest(ingested) == ONE_PAGE | {
        "nodes_written": 4,  # itself, and the order of the three below it
        "edges_written": 7,  # HAS_SECTION 1 + 3 with another order, HAS_SUBSECTION 1, NEXT_SECTION 2
        "edges_deleted": 1,  # the NEXT_SECTION that it comes between
        "chunks_embedded": 1, "chunks_reused": 4, "chunk_nodes_written": 1, "points_upserted": 1,
    }  # fmt: skip
    after = points(ingested)
    assert before.items() <= after.items() and upserts == [*after.keys() - before.keys()]


def test_a_section_taken_out_embeds_and_upserts_nothing(ingested, upserts, no_model):
    before = points(ingested)
    write(ingested, "gates.md", "Gates", INSTALL, LIMITS)
    assert ingest(ingested) == ONE_PAGE | {
        "nodes_written": 1,  # the order of the one below it
        "edges_written": 2,  # HAS_SECTION with another order, NEXT_SECTION over the gap
        "nodes_deleted": 1, "edges_deleted": 4,  # HAS_SECTION, HAS_SUBSECTION, two NEXT_SECTION
        "chunks_reused": 3, "chunk_nodes_deleted": 1, "points_deleted": 1,
    }  # fmt: skip
    assert points(ingested).items() < before.items() and upserts == []


def test_a_retitled_heading_is_another_section(ingested, upserts):
    write(ingested, "gates.md", "Gates", INSTALL, ("Usage", USE[1]), LIMITS)
    assert ingest(ingested) == ONE_PAGE | {
        "nodes_written": 1, "edges_written": 4, "nodes_deleted": 1, "edges_deleted": 4,
        "chunks_embedded": 1, "chunks_reused": 3, "chunk_nodes_written": 1, "chunk_nodes_deleted": 1,
        "points_upserted": 1, "points_deleted": 1,
    }  # fmt: skip
    assert len(upserts) == 1


def test_a_retitled_page_keeps_its_sections_and_points_under_their_ids(ingested):
    before = points(ingested)
    write(ingested, "gates.md", "Doors", *GATES, about="About Gates.")
    assert ingest(ingested) == ONE_PAGE | {
        "nodes_written": 5,  # the page, and four sections whose heading paths begin with its title
        "chunks_embedded": 4, "chunk_nodes_written": 4, "points_upserted": 4,
    }  # fmt: skip
    assert points(ingested).keys() == before.keys()


def test_a_renamed_page_is_written_under_its_new_name_without_the_model(ingested, no_model):
    (ingested.docs / "gates.md").rename(ingested.docs / "doors.md")
    assert ingest(ingested) == WHOLE_PAGE | PAGE_GONE | {"chunks_reused": 4}
    assert names(ingested, "Command") == ["gatectl install"]


def test_a_renamed_page_whose_title_is_its_file_name_embeds_its_own_chunks_again(ingested):
    (ingested.docs / "notes.md").write_text("Of gates.\n")
    place_of = {"nodes_written": 2, "edges_written": 1, "chunks_embedded": 1}
    one = ONE_PAGE | place_of | {"chunk_nodes_written": 1, "points_upserted": 1}
    assert ingest(ingested) == one
    (ingested.docs / "notes.md").rename(ingested.docs / "remarks.md")
    gone = {"nodes_deleted": 2, "edges_deleted": 1, "chunk_nodes_deleted": 1, "points_deleted": 1}
    assert ingest(ingested) == one | gone


def test_a_section_that_moves_to_a_page_with_the_same_title_and_path_is_not_embedded(ingested, monkeypatch):
    write(ingested, "more/gates.md", "Gates", about="More of them.")
    ingest(ingested)
    forbid_encoding(monkeypatch)
    write(ingested, "gates.md", "Gates", INSTALL, LIMITS)
    write(ingested, "more/gates.md", "Gates", USE, about="More of them.")
    work = ingest(ingested)
    assert "chunks_embedded" not in work and work["chunks_reused"] == 3 + 2
    assert (work["points_upserted"], work["points_deleted"]) == (1, 1)
    assert (work["nodes_written"], work["nodes_deleted"]) == (2, 1), "itself, and the order of what stood below it"


def test_a_section_that_moves_elsewhere_embeds_exactly_its_own_chunks(ingested):
    write(ingested, "gates.md", "Gates", INSTALL, LIMITS)
    write(ingested, "tides.md", "Tides", USE)
    work = ingest(ingested)
    assert (work["chunks_embedded"], work["chunks_reused"]) == (1, 3 + 1)
    assert (work["points_upserted"], work["points_deleted"]) == (1, 1)


def test_a_deleted_page_takes_its_own_rows_and_points_and_the_entities_that_it_alone_named(ingested, no_model):
    (ingested.docs / "gates.md").unlink()
    assert ingest(ingested) == PAGE_GONE
    counts = ingested.pipeline.graph.counts("docs")["nodes"]
    left = {"Collection": 1, "Document": 1, "Section": 1, "Chunk": 1}
    assert {label: count for label, count in counts.items() if count} == left


@pytest.mark.slow
def test_an_entity_of_two_pages_lives_as_long_as_one_of_them_names_it(ingested):
    write(ingested, "tides.md", "Tides", INSTALL)
    work = ingest(ingested)
    assert work["nodes_written"] == 1 + 2, "a section; command and option are written for each page that comes to them"
    write(ingested, "gates.md", "Gates", ("Install", "Nothing."), USE, LIMITS)
    work = ingest(ingested)
    assert (work["nodes_written"], work["edges_deleted"]) == (1, 3) and "nodes_deleted" not in work
    assert names(ingested, "Command") == ["gatectl install"] and names(ingested, "Configuration") == ["force"]
    write(ingested, "tides.md", "Tides", ("Install", "Nothing."))
    assert ingest(ingested)["edges_deleted"] == 3
    assert names(ingested, "Command") == names(ingested, "Configuration") == []


@pytest.mark.slow
def test_a_link_is_added_once_and_removed_with_its_words(ingested):
    write(ingested, "tides.md", "Tides", about="See [gates](gates.md#use).")
    assert ingest(ingested)["links_added"] == 1
    assert "links_added" not in ingest(ingested)
    write(ingested, "tides.md", "Tides", about="See gates.")
    work = ingest(ingested)
    assert work["links_removed"] == 1 and "edges_deleted" not in work
    write(ingested, "tides.md", "Tides", about="See [gates](gates.md#use).")
    ingest(ingested)
    write(ingested, "gates.md", "Gates", INSTALL, LIMITS)
    work = ingest(ingested)
    assert (work["links_added"], work["links_removed"]) == (1, 1), "to the page, for the anchor is gone"


def test_a_page_made_bad_costs_nothing_and_made_good_again_neither(ingested, no_model):
    before, path = points(ingested), ingested.docs / "gates.md"
    good = path.read_bytes()
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    assert ingest(ingested) == {}
    path.write_bytes(good)
    assert ingest(ingested) == {}
    assert points(ingested) == before and not [e for e in ingested.pipeline.graph.ledger() if e.failure]


@pytest.mark.slow
def test_a_page_that_is_mended_with_an_edit_costs_that_edit(ingested):
    path = ingested.docs / "gates.md"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    ingest(ingested)
    write(ingested, "gates.md", "Gates", INSTALL, ("Use", "Something."), LIMITS)
    one = {"nodes_written": 1, "chunks_embedded": 1, "chunks_reused": 3, "chunk_nodes_written": 1, "points_upserted": 1}
    assert ingest(ingested) == ONE_PAGE | one


def test_every_document_has_its_share_in_its_own_report(ingested):
    write(ingested, "gates.md", "Gates", *GATES, ("More", "Of them."))
    write(ingested, "tides.md", "Tides", ("More", "Of these."))
    total = ingest(ingested)
    reports = [
        json.loads(p.read_text()) for p in (ingested.docs.parent / "reports").glob("ingest/*/ingest_report.json")
    ]
    found = [report["work"] for report in reports if "job_id" in report and report["diff"]["unchanged"]]
    assert len(found) == 2
    assert {name: sum(work[name] for work in found) for name in total} == total


def test_a_command_line_without_work_says_so_too(home):
    (home.docs / "gates.md").write_text(page("Gates", *GATES))
    _, first = home.ingest()
    assert nonzero(first["work"]) == WHOLE_PAGE | {"chunks_embedded": 4}
    _, again = home.ingest()
    assert nonzero(again["work"]) == {}


def test_deletions_wait_while_a_planned_document_is_not_in(place):
    """Of two runs the first never came, as when it was killed."""
    two_pages(place)
    write(place, "gates.md", "Gates", INSTALL, LIMITS)
    write(place, "weirs.md", "Weirs")
    (place.docs / "tides.md").unlink()
    planned(place, "killed", documents_per_part=1)
    work = ingest(place, [*ASSETS, CLEANUP, REPORT], ingest_id="killed", part=1)
    assert "points_deleted" not in work and report_of(place, "killed")["waiting"] == ["gates.md"]
    assert "docs/tides.md" in place.partitions()
    work = ingest(place)
    assert (work["nodes_deleted"], work["points_deleted"]) == (1 + 2, 1 + 1), "the section, and the page that waited"
    assert place.partitions() == {"docs/gates.md", "docs/weirs.md"}


def planned(place, ingest_id: str, documents_per_part: int) -> None:
    """As `ingestctl` plans and keeps it before it starts runs."""
    from wekadocs_assets.app.planner import plan_now
    from wekadocs_assets.config.settings import read_settings
    from wekadocs_assets.core.planning.ingest import Ingest, save_ingest

    settings, pipeline = read_settings(), place.pipeline
    (collection,) = bootstrap.known_collections(settings).values()
    made = plan_now(settings, pipeline, collection)
    save_ingest(pipeline.artifacts, Ingest(ingest_id, (made,), documents_per_part, 0))
