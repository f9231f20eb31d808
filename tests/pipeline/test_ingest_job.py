"""The job `ingest` on a real instance: plan, memo, partitions, deletions, bad documents, the report."""

import json
import time

import pytest

from wekadocs_assets.app import bootstrap
from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core.models import Collection
from wekadocs_assets.core.ports.stores import ArtifactHeader
from wekadocs_assets.core.recipe import ASSETS, CLEANUP, EMBEDDED, EXTRACTED, GRAPH, PARSED, POINTS, REPORT
from wekadocs_assets.core.stages.parse import parse_documents
from wekadocs_assets.core.stages.plan import plan_collection
from wekadocs_assets.defs.partitions import SENTINEL

ALL_FRESH = {"failed": 0, "blocked": 0, "done": 0}


def cleanup_metadata_of(result) -> dict:
    (found,) = result.asset_materializations_for_node(CLEANUP)
    return {name: value.value for name, value in found.metadata.items()}


def report_of(place, result) -> dict:
    path = place.docs.parent / "reports" / "ingest" / result.run_id / "ingest_report.json"
    return json.loads(path.read_text())


def test_one_run_takes_every_document_through_every_asset(place):
    for name in ("a.md", "b.md", "sub/c.md"):
        place.write(name)
    result = place.run()
    assert result.success
    keys = {"docs/a.md", "docs/b.md", "docs/sub/c.md"}
    assert place.partitions() == keys
    for asset in ASSETS:
        assert place.materialized(asset) == keys
    report = report_of(place, result)
    assert report["documents"]["ingested"] == 3 and report["drift_pct"] == 0
    assert report["graph"]["nodes"]["Section"] == 9 and report["vector"]["points"] == report["vector"]["chunks"] == 9


def test_a_second_run_finds_everything_fresh_and_encodes_nothing(place):
    place.write("a.md")
    place.run()
    result = place.run()
    assert result.success and report_of(place, result)["documents"]["unchanged"] == 1
    assert place.statuses(result, PARSED) == {"done": 0, "fresh": 0, "failed": 0, "blocked": 0}


def test_an_edit_redoes_one_document_and_encodes_only_its_new_text(place):
    place.write("a.md")
    place.write("b.md")
    place.run()
    place.write("a.md", body="Another text altogether.")
    result = place.run()
    assert place.statuses(result, POINTS)["done"] == 1
    assert report_of(place, result)["chunks"] == {"embedded": 1, "reused": 2}


def test_an_edit_that_parses_to_the_same_ends_there(place):
    place.write("a.md")
    place.run()
    page = place.docs / "a.md"
    page.write_text(page.read_text() + "\n\n\n")
    result = place.run()
    assert place.statuses(result, PARSED)["done"] == 1
    for asset in (EXTRACTED, GRAPH, EMBEDDED):
        assert place.statuses(result, asset) == {"done": 0, "fresh": 1, "failed": 0, "blocked": 0}
    assert report_of(place, place.run())["documents"]["unchanged"] == 1, "the ledger knows the new bytes"


def test_a_deleted_document_leaves_nothing_behind(place):
    place.write("a.md")
    place.write("b.md")
    place.run()
    before = place.pipeline.graph.counts("docs")["nodes"]["Section"]
    (place.docs / "b.md").unlink()
    result = place.run()
    assert report_of(place, result)["documents"]["deleted"] == 1
    metadata = cleanup_metadata_of(result)
    assert (metadata["documents_purged"], metadata["documents_kept"]) == (1, 0)
    assert metadata["purged"] == ["b.md"] and metadata["nodes_deleted"] >= 4, "a document and its three sections"
    assert place.partitions() == {"docs/a.md"}
    assert place.pipeline.graph.counts("docs")["nodes"]["Section"] == before // 2
    assert place.pipeline.vectors.count(place.pipeline.recipe.embedding_version, "docs") == 3
    assert place.pipeline.artifacts.headers(PARSED, ["docs/b.md"]) == {}


@pytest.mark.slow
def test_a_page_that_came_and_went_while_ingests_were_killed_leaves_nothing_behind(place):
    """Killed after its parse result was kept, before the ledger had heard of it."""
    place.write("a.md")
    place.run()
    place.instance.add_dynamic_partitions("source_documents", ["docs/gone.md", "other/not-ours.md"])
    artifacts = place.pipeline.artifacts
    artifacts.write(PARSED, "docs/gone.md", ArtifactHeader("f", "o"), b"{}")
    place.write("a.md", "# Another\n")
    place.run()
    assert place.partitions() == {"docs/a.md", "other/not-ours.md"}
    assert artifacts.absent(PARSED, ["docs/a.md", "docs/gone.md"]) == ["docs/gone.md"]


def test_a_rename_embeds_nothing_and_leaves_the_old_name_nowhere(place):
    place.write("old.md", title="A page")
    place.write("other.md")
    place.run()
    (place.docs / "old.md").rename(place.docs / "new.md")
    result = place.run()
    report = report_of(place, result)
    assert report["documents"]["renamed"] == 1 and report["documents"]["deleted"] == 0
    assert report["chunks"] == {"embedded": 0, "reused": 3}
    assert place.partitions() == {"docs/new.md", "docs/other.md"}
    assert {entry.source_uri for entry in place.pipeline.graph.ledger("docs")} == {"new.md", "other.md"}


def test_the_clean_up_states_which_documents_and_versions_it_kept(place, monkeypatch):
    place.write("a.md")
    place.write("b.md")
    place.run()
    old = place.pipeline.target.name
    monkeypatch.setenv("KEEP_OLD_VECTORS", "true")
    monkeypatch.setenv("CHUNK_TOKENS", "32")
    (place.docs / "b.md").unlink()
    deleting = place.run(["source_documents"])
    metadata = cleanup_metadata_of(place.run([CLEANUP], ingest_id=deleting.run_id))
    assert metadata["deletions_wait_for"] == ["a.md"] and metadata["documents_purged"] == 0
    assert (metadata["documents_kept"], metadata["kept"], metadata["versions_kept"]) == (1, ["b.md"], [old])
    metadata = cleanup_metadata_of(place.run())
    assert metadata["documents_kept"] == 0 and metadata["kept"] == []
    assert metadata["versions_kept"] == [old] and metadata["versions_dropped"] == []


def test_a_bad_document_is_named_and_the_others_are_done(place):
    place.write("good.md")
    (place.docs / "bad.md").write_bytes(b"# Title\n\n\xff\xfe\xfd broken")
    result = place.run()
    assert not result.success, "the run ends red"
    report = report_of(place, result)
    assert [e["source_uri"] for e in report["errors"]] == ["bad.md"]
    assert report["errors"][0]["stage"] == PARSED and report["errors"][0]["hint"]
    assert place.materialized(POINTS) == {"docs/good.md"}
    assert place.statuses(result, EXTRACTED)["blocked"] == 1


def test_the_old_version_is_served_while_the_new_one_is_broken_and_deletions_of_others_go_on(place):
    place.write("a.md")
    place.write("b.md")
    place.run()
    (place.docs / "a.md").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    (place.docs / "b.md").unlink()
    result = place.run()
    assert report_of(place, result)["documents"] | {"failed": 1, "deleted": 1} == report_of(place, result)["documents"]
    assert {e.source_uri for e in place.pipeline.graph.ledger("docs")} == {"a.md"}
    assert place.pipeline.graph.counts("docs")["nodes"]["Section"] == 3
    place.write("a.md", body="Mended.")
    assert place.run().success


def test_a_file_that_vanishes_between_plan_and_read_is_named(place):
    place.write("a.md")
    source = bootstrap.source(read_settings(), str(place.docs))
    plan = plan_collection(source, place.pipeline, Collection(tag="docs", root=str(place.docs)), int(time.time()))
    (place.docs / "a.md").unlink()
    ((outcome,),) = parse_documents(place.pipeline, plan.work)
    assert outcome.status == "failed" and "vanished" in outcome.error
    assert not outcome.permanent, "it may be back with the same bytes, and is to be taken then"


@pytest.mark.slow
def test_a_run_of_an_older_plan_does_what_is_still_to_be_done(place):
    place.write("a.md")
    place.write("b.md")
    first = place.run(["source_documents"])
    (place.docs / "b.md").unlink()
    assert place.run([*ASSETS, CLEANUP, REPORT], ingest_id=first.run_id).success
    assert [entry.source_uri for entry in place.pipeline.graph.ledger("docs")] == ["a.md"]


def test_materializing_one_partition_in_the_ui_does_that_document_alone(place):
    place.write("a.md")
    place.write("b.md")
    place.run(["source_documents"])
    result = place.run(list(ASSETS), {"dagster/partition": "docs/a.md"})
    assert result.success
    for asset in ASSETS:
        assert place.materialized(asset) == {"docs/a.md"}


def test_a_range_of_partitions_in_which_one_fails_turns_none_green_and_does_the_others(place):
    place.write("a.md")
    place.write("c.md")
    (place.docs / "b.md").write_bytes(b"\x00\x01\x02\x00")
    place.run(["source_documents"])
    place.instance.get_dynamic_partitions("source_documents")
    tags = {"dagster/asset_partition_range_start": "docs/a.md", "dagster/asset_partition_range_end": "docs/c.md"}
    result = place.run([PARSED], tags)
    assert not result.success
    assert place.materialized(PARSED) == set()
    headers = place.pipeline.artifacts.headers(PARSED, ["docs/a.md", "docs/b.md", "docs/c.md"])
    assert set(headers) == {"docs/a.md", "docs/c.md"}, "the effect is there; the next ingest heals the events"
    assert place.run().success is False
    assert place.materialized(PARSED) == {"docs/a.md", "docs/c.md"}


def test_a_partition_whose_document_is_gone_fails_by_name(place):
    place.write("a.md")
    place.write("b.md")
    place.run()
    (place.docs / "b.md").unlink()
    result = place.run([PARSED], {"dagster/partition": "docs/b.md"})
    assert not result.success
    message = result.get_step_failure_events()[0].step_failure_data.error_display_string
    assert "docs/b.md" in message and "no such document" in message


def test_a_choice_of_documents_in_the_run_config_is_done_alone(place):
    for name in ("a.md", "b.md", "c.md"):
        place.write(name)
    place.run(list(ASSETS), documents=["docs/a.md", "docs/c.md"])
    assert place.materialized(POINTS) == {"docs/a.md", "docs/c.md"}


def test_no_collection_is_an_error_with_a_hint(place, monkeypatch):
    monkeypatch.setenv("COLLECTIONS", "")
    result = place.run()
    assert not result.success
    assert "no collection is known" in result.get_step_failure_events()[0].step_failure_data.error_display_string


def test_progress_tells_of_every_document_and_stage_once(place):
    place.write("a.md")
    place.write("b.md")
    place.run()
    told = [(event.source_uri, event.stage) for event in place.listener.events]
    stages = ("PARSING", "EXTRACTING", "GRAPHING", "EMBEDDING", "VECTORS")
    assert sorted(told) == sorted((uri, stage) for uri in ("a.md", "b.md") for stage in stages)
    assert {event.status for event in place.listener.events} == {"done"}


def test_lost_events_are_healed_without_doing_the_work_again(place):
    place.write("a.md")
    place.run()
    place.instance.wipe_assets([place.run().asset_materializations_for_node(PARSED)[0].asset_key])
    assert place.materialized(PARSED) == set()
    place.write("b.md")
    page = place.docs / "a.md"
    page.write_text(page.read_text() + "\n")
    place.run()
    assert place.materialized(PARSED) == {"docs/a.md", "docs/b.md"}


def test_the_sentinel_is_no_document(place):
    place.write("a.md")
    place.run()
    assert SENTINEL not in place.partitions()


def test_a_section_that_moves_under_a_heading_of_the_pages_title_keeps_no_stale_payload(place):
    page = place.docs / "a.md"
    page.write_text("# T\n\nhello\n")
    place.run()
    page.write_text("hello\n\n# T\n\nother\n")
    assert place.run().success
    version = place.pipeline.recipe.embedding_version
    paths = {p.payload["section_id"]: p.payload["heading_path"] for p in place.pipeline.vectors.scan(version)}
    sections = {
        row["id"]: " > ".join(json.loads(row["heading_path"])) for row in place.pipeline.graph.export("Section")
    }
    assert paths == sections


def test_points_of_documents_that_the_graph_has_forgotten_are_dropped(place):
    for name in ("a.md", "b.md", "c.md"):
        place.write(name)
    place.run()
    place.pipeline.graph.purge([e.document_id for e in place.pipeline.graph.ledger("docs")])
    (place.docs / "b.md").unlink()
    result = place.run()
    assert result.success and report_of(place, result)["drift_pct"] == 0
    assert place.pipeline.vectors.count(place.pipeline.recipe.embedding_version, "docs") == 6
