"""Broken off between any two steps, and then the page or the setting put back: the stores say what the pages say."""

import time
from contextlib import suppress
from dataclasses import replace

import dagster as dg
import pytest
from test_mirror import both_agree, mirror_of
from test_switch import active_version, finds

from wekadocs_assets.app import bootstrap
from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core.checks.findings import storage_of
from wekadocs_assets.core.recipe import POINTS
from wekadocs_assets.core.reports.export import tables
from wekadocs_assets.core.stages import clean_up, points, switch
from wekadocs_assets.core.stages.plan import plan_collection

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect")


class Killed(BaseException):
    """What no code of ours catches, as a kill -9."""


def killed_at(place, monkeypatch, module, name: str) -> None:
    """A run that ends where that function begins."""
    died = []

    def die(*_, **__):
        died.append(name)
        raise Killed

    with monkeypatch.context() as patch, suppress(Killed):
        patch.setattr(module, name, die)
        place.run()
    assert died == [name], "it never came there"


def content(place) -> dict[str, list]:
    found = dict(tables(place.pipeline))
    return {name: [{k: v for k, v in row.items() if k != "vector"} for row in rows] for name, rows in found.items()}


def has_nothing_to_do(place) -> bool:
    """What `ingestctl ingest` would find."""
    pipeline = place.pipeline
    (collection,) = pipeline.graph.collections()
    source = bootstrap.source(read_settings(), collection.root)
    storage = storage_of(collection.recorded_in)  # the instance of a test ends with it
    recorded_here = replace(pipeline, recorded_in=storage)
    made = plan_collection(source, recorded_here, collection, int(time.time()))
    return made.nothing_to_do and not collection.is_unfinished


@pytest.mark.slow_for("_write_chunks", "_stale_sections", "_fill")
@pytest.mark.parametrize("step", ["_write", "_fill", "_stale_sections", "_write_chunks"])
def test_an_edit_that_was_broken_off_and_put_back_leaves_nothing_of_itself(place, monkeypatch, step):
    place.write("a.md", body="Of harbours.")
    place.write("b.md")
    place.run()
    before = content(place)
    place.write("a.md", body="Of breakwaters.\n\n## Extra\n\nRun `newctl frob --quickly`.")
    killed_at(place, monkeypatch, points, step)
    place.write("a.md", body="Of harbours.")
    assert place.run().success
    assert content(place) == before


@pytest.mark.slow
def test_an_edit_that_was_put_back_finds_its_points_in_a_kept_version_again(place, monkeypatch):
    monkeypatch.setenv("KEEP_OLD_VECTORS", "true")
    place.write("a.md", body="Of harbours.")
    place.run()
    old, before = active_version(place), content(place)
    monkeypatch.setenv("CHUNK_TOKENS", "32")
    place.run()
    for body in ("Of breakwaters.", "Of harbours."):
        place.write("a.md", body=body)
        place.run()
    monkeypatch.delenv("CHUNK_TOKENS")
    assert place.run().success
    assert active_version(place) == old and content(place) == before


@pytest.mark.slow
def test_a_switch_that_was_killed_while_it_dropped_the_old_version_can_be_taken_back(place, monkeypatch):
    place.write("a.md", body="Of harbours.")
    place.write("b.md")
    place.run()
    before = content(place)
    monkeypatch.setenv("CHUNK_TOKENS", "32")
    killed_at(place, monkeypatch, type(place.pipeline.vectors), "drop")
    monkeypatch.delenv("CHUNK_TOKENS")
    assert place.run().success
    assert content(place) == before


def test_an_edit_that_the_second_store_missed_and_that_was_put_back_is_put_back_there_too(place, second):
    place.write("a.md", body="Of harbours.")
    place.run()
    second.fails = {"delete"}
    place.write("a.md", body="Of breakwaters.")
    place.run()
    second.fails = set()
    place.write("a.md", body="Of harbours.")
    result = place.run()
    mirror = mirror_of(place, result)
    assert both_agree(place, second) and mirror["missing"] + mirror["stale"] + mirror["foreign"] == 0


@pytest.mark.slow
def test_what_the_second_store_missed_leaves_the_next_ingest_something_to_do(place, second):
    place.write("a.md")
    place.write("b.md", body="Of lighthouses.")
    place.run()
    second.fails = {"delete", "scan"}
    (place.docs / "b.md").unlink()
    place.run()
    second.fails = set()
    assert not has_nothing_to_do(place)
    assert place.run().success and both_agree(place, second) and has_nothing_to_do(place)


@pytest.mark.slow
def test_a_store_that_was_left_out_for_a_while_is_looked_through_when_it_comes_back(place, second, monkeypatch):
    monkeypatch.setenv("VECTORS", "edge")
    monkeypatch.setenv("QDRANT_URL", "")
    place.write("a.md", body="Of harbours.")
    place.write("b.md", body="Of lighthouses.")
    place.run()
    monkeypatch.setenv("VECTORS", "qdrant")
    monkeypatch.setenv("QDRANT_URL", "http://127.0.0.1:9")
    (place.docs / "b.md").unlink()
    place.run()
    monkeypatch.setenv("VECTORS", "edge")
    monkeypatch.setenv("QDRANT_URL", "")
    assert not has_nothing_to_do(place) and place.run().success
    active = active_version(place)
    assert finds(place, active, "lighthouses") == [] and finds(place, active, "harbours") == ["a.md"]


@pytest.mark.slow
def test_the_alias_of_a_qdrant_is_made_again_whatever_took_it_away(place, second, monkeypatch):
    monkeypatch.setenv("VECTORS", "qdrant")
    place.write("a.md")
    place.run()
    assert second.alias() == [f"docs__{active_version(place)}"]
    second.client.delete_collection(f"docs__{active_version(place)}")
    place.run()
    assert second.alias() == [f"docs__{active_version(place)}"], "wiped"
    monkeypatch.setenv("CHUNK_TOKENS", "32")
    killed_at(place, monkeypatch, type(second), "serve")
    place.run()
    assert second.alias() == [f"docs__{active_version(place)}"], "killed between the pointer and the alias"


def test_an_active_version_that_is_gone_is_not_waited_for(place, monkeypatch):
    place.write("a.md")
    place.write("b.md")
    place.run()
    place.pipeline.vectors.drop(active_version(place))
    monkeypatch.setenv("CHUNK_TOKENS", "32")
    (place.docs / "a.md").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    place.run()
    assert place.pipeline.vectors.versions() == [active_version(place)]
    assert switch.switch_waits_for(place.pipeline) == []


@pytest.mark.slow
def test_a_version_that_was_begun_and_given_up_leaves_no_event_of_it_as_the_last_one(place, monkeypatch):
    """The page is as it was, and out of sight of the ingest that broke off last; what Dagster heard of it last is not."""
    text = "Of gates and of tides, one after the other. " * 12
    place.write("a.md", body=text)
    place.run()
    before = last_points(place)
    monkeypatch.setenv("CHUNK_TOKENS", "16")
    killed_at(place, monkeypatch, clean_up, "finish_switch")
    assert last_points(place) != before
    (place.docs / "a.md").unlink()
    place.write("b.md")
    killed_at(place, monkeypatch, points, "_write")
    (place.docs / "b.md").unlink()
    place.write("a.md", body=text)
    monkeypatch.setenv("CHUNK_TOKENS", "128")
    place.run()
    assert last_points(place) == before and has_nothing_to_do(place)


def last_points(place):
    tags = place.instance.event_log_storage.get_latest_tags_by_partition(
        dg.AssetKey(POINTS), dg.DagsterEventType.ASSET_MATERIALIZATION, ["dagster/data_version"], ["docs/a.md"]
    )
    return list(tags.values())
