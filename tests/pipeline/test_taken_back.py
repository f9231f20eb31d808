"""Histories that once lost a page or kept one too many: things deleted, killed, damaged or away for a moment, then put back."""

import os
import shutil
import time
import unicodedata
from contextlib import suppress

import pytest
from test_broken_off import Killed, content, has_nothing_to_do

from wekadocs_assets.app import bootstrap
from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core.checks.findings import storage_of
from wekadocs_assets.core.errors import StoreBusy
from wekadocs_assets.core.recipe import ASSETS
from wekadocs_assets.core.repair.reconcile import reconcile
from wekadocs_assets.core.repair.repair import repair
from wekadocs_assets.core.stages import parse, points, purge_and_link
from wekadocs_assets.core.stages.plan import plan_collection
from wekadocs_assets.defs import recording

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect")


def die(*_, **__):
    raise Killed


def served(place) -> set[str]:
    pipeline = place.pipeline
    return {p.payload["source_uri"] for p in pipeline.vectors.scan(pipeline.target.embedding_version)}


def collection_of(place):
    (collection,) = place.pipeline.graph.collections()
    return collection


def planned(place):
    pipeline, collection = place.pipeline, collection_of(place)
    source = bootstrap.source(read_settings(), collection.root)
    return plan_collection(source, pipeline, collection, int(time.time()))


def wipe(*paths) -> None:
    bootstrap.open_stores.cache_clear()
    for path in paths:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.slow
@pytest.mark.parametrize("where", ["its artifacts go", "its node goes"])
def test_a_deletion_that_was_killed_before_and_taken_back_leaves_the_page_whole(place, monkeypatch, where):
    for name in ("a.md", "b.md", "c.md"):
        place.write(name)
    place.run()
    before = content(place)
    (place.docs / "a.md").unlink()
    with monkeypatch.context() as patch, suppress(BaseException):
        if where == "its artifacts go":
            patch.setattr(purge_and_link, "_versions", die)
        else:
            patch.setattr(type(place.pipeline.graph), "purge", die)
        place.run()
    place.write("a.md")
    assert place.run().success and content(place) == before


@pytest.mark.slow
def test_a_page_whose_new_name_does_not_come_in_stays_under_its_old_one(place, monkeypatch):
    place.write("a.md")
    place.write("b.md")
    place.run()
    (place.docs / "a.md").rename(place.docs / "new.md")
    real = parse._parse

    def edited_meanwhile(pipeline, document, header):
        if document.source_uri == "new.md":
            place.write("new.md", body="More.")
        return real(pipeline, document, header)

    with monkeypatch.context() as patch:
        patch.setattr(parse, "_parse", edited_meanwhile)
        place.run()
    assert served(place) == {"a.md", "b.md"}
    assert place.run().success and served(place) == {"b.md", "new.md"}


def test_a_renamed_page_finds_its_vectors_in_the_artifacts_of_its_old_name(place, monkeypatch):
    place.write("a.md")
    place.run()
    wipe(read_settings().vectors_path)
    (place.docs / "a.md").rename(place.docs / "new.md")
    monkeypatch.setattr(type(place.pipeline.indexes[0].embedder), "encode", die)
    assert place.run().success and served(place) == {"new.md"}


@pytest.mark.parametrize("name", ["café.md", unicodedata.normalize("NFD", "café.md")])
def test_a_page_that_cannot_be_read_is_kept_however_its_name_is_spelt(place, tmp_path, name):
    place.write(name)
    place.write("b.md")
    place.run()
    (tmp_path / "outside.md").write_text("# Outside\n")
    (place.docs / name).unlink()
    (place.docs / name).symlink_to(tmp_path / "outside.md")
    place.run()
    assert len(served(place)) == 2


@pytest.mark.slow
def test_pages_below_a_linked_folder_that_leads_nowhere_for_a_moment_are_kept(place):
    for name in ("v1/x.md", "v1/y.md", "a.md", "b.md", "c.md"):
        place.write(name)
    (place.docs / "current").symlink_to(place.docs / "v1")
    place.run()
    assert len(served(place)) == 7
    os.unlink(place.docs / "current")
    (place.docs / "current").symlink_to(place.docs / "v2")
    assert planned(place).deleted == ()


def test_another_folder_in_the_place_of_a_collection_deletes_nothing_unasked(place):
    for number in range(15):
        place.write(f"p{number}.md")
    place.run()
    for path in place.docs.iterdir():
        path.unlink()
    place.write("readme.md")
    assert not place.run().success and len(served(place)) == 15


def test_a_damaged_artifact_costs_one_ingest_and_no_more(place):
    place.write("a.md")
    place.write("b.md")
    place.run()
    folder = read_settings().data_folder / "artifacts" / "parsed_documents"
    damaged = min(path for path in folder.rglob("*") if path.is_file())
    damaged.write_bytes(damaged.read_bytes()[:-20] + bytes(20))
    wipe(read_settings().vectors_path)
    assert not place.run().success
    assert place.run().success and served(place) == {"a.md", "b.md"}


@pytest.mark.slow
def test_events_that_were_lost_after_the_commit_are_recorded_by_the_next_ingest(place, monkeypatch):
    place.write("a.md")
    place.write("b.md")
    place.run()
    place.write("a.md", body="Edited.")
    real = recording.outcome_events

    def killed_before(context, asset, outcomes):
        return die() if asset == "vector_points" else real(context, asset, outcomes)

    with monkeypatch.context() as patch, suppress(BaseException):
        patch.setattr(recording, "outcome_events", killed_before)
        place.run()
    result = place.run()
    assert result.success and all(place.materialized(asset) == {"docs/a.md", "docs/b.md"} for asset in ASSETS)
    assert [m.partition for m in result.asset_materializations_for_node("vector_points")][:-1] == ["docs/a.md"]
    assert has_nothing_to_do(place)


@pytest.mark.slow
def test_an_ingest_of_one_page_does_not_end_what_a_full_one_began(place, monkeypatch):
    for name in ("a.md", "b.md", "c.md"):
        place.write(name)
    place.run()
    wipe(*read_settings().graph_path.parent.glob(f"{read_settings().graph_path.name}*"))
    (place.docs / "a.md").unlink()
    with monkeypatch.context() as patch, suppress(BaseException):
        patch.setattr(purge_and_link, "delete_untracked_points", die)
        place.run()
    place.write("b.md", body="Edited.")
    place.run(documents=["docs/b.md"])
    assert collection_of(place).is_unfinished and "a.md" in served(place)
    assert place.run().success and served(place) == {"b.md", "c.md"}


def test_a_partition_of_a_collection_that_nobody_knows_fails(place):
    place.write("a.md")
    place.run()
    place.instance.add_dynamic_partitions("source_documents", ["ghost/x.md"])
    result = place.run(list(ASSETS), {"dagster/partition": "ghost/x.md"})
    assert not result.success and "ghost/x.md" not in place.materialized("vector_points")


@pytest.mark.slow
def test_a_worker_that_lost_its_lease_while_it_compared_points_writes_none(place, monkeypatch):
    place.write("a.md", body="Of harbours.")
    place.run()
    before = content(place)["points"]
    place.write("a.md", body="Of breakwaters.")
    real, lost = points._change, []

    def check_held(graph) -> None:
        if lost:
            raise StoreBusy("the lease was lost")

    with monkeypatch.context() as patch:
        patch.setattr(type(place.pipeline.graph), "check_held", check_held)
        patch.setattr(points, "_change", lambda *arguments: lost.append(True) or real(*arguments))
        assert not place.run().success
    assert lost and content(place)["points"] == before


def test_vectors_that_are_gone_are_no_agreement(place, second):
    place.write("a.md")
    place.run()
    second.drop(place.pipeline.target.embedding_version)
    reader = bootstrap.open_reader(read_settings())
    assert not reconcile(reader, collection_of(place)).agrees, "the further store"
    wipe(read_settings().vectors_path)
    found = reconcile(bootstrap.open_reader(read_settings()), collection_of(place))
    assert not found.agrees and found.drift_pct == 100


@pytest.mark.slow
def test_a_repair_of_wiped_vectors_makes_both_stores_whole(place, second):
    place.write("a.md")
    place.run()
    before = content(place)
    second.drop(place.pipeline.target.embedding_version)
    wipe(read_settings().vectors_path)
    assert repair(place.pipeline, reconcile(place.pipeline, collection_of(place))).texts_encoded == 0
    assert content(place) == before and reconcile(place.pipeline, collection_of(place)).agrees


def test_a_run_on_an_instance_that_ends_with_it_does_not_count_as_recorded(place):
    place.write("a.md")
    place.run()
    assert (
        collection_of(place).recorded_in and storage_of(collection_of(place).recorded_in) != place.pipeline.recorded_in
    )
