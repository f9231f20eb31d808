"""Dual write: the first vector store is the source of truth, the second is filled, compared and repaired beside it."""

import json

import pytest
from unsteady_store import ALL

from wekadocs_assets.app import bootstrap
from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core.errors import StoreUnavailable
from wekadocs_assets.core.repair.reconcile import reconcile
from wekadocs_assets.core.repair.repair import repair

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect")


def report_of(place, result) -> dict:
    path = place.docs.parent / "reports" / "ingest" / result.run_id / "ingest_report.json"
    return json.loads(path.read_text())


def mirror_of(place, result) -> dict:
    (mirror,) = report_of(place, result)["vector"]["mirrors"]
    return mirror


def points(store, place) -> dict[str, str]:
    version = place.pipeline.target.embedding_version
    return {point.id: point.payload["checksum"] for point in store.scan(version)}


def both_agree(place, second) -> bool:
    first = place.pipeline.stores[0]
    return points(first, place) == points(second, place) != {}


def test_both_stores_are_filled_and_follow_edits_renames_and_deletions(place, second):
    for name in ("a.md", "b.md", "c.md"):
        place.write(name)
    result = place.run()
    assert result.success and both_agree(place, second)
    assert mirror_of(place, result) == {
        "store": "qdrant",
        "points": 9,
        "missing": 0,
        "stale": 0,
        "foreign": 0,
        "problem": "",
    }
    assert report_of(place, result)["vector"]["sot"] == "edge"
    place.write("a.md", body="Another text.")
    (place.docs / "b.md").rename(place.docs / "renamed.md")
    (place.docs / "c.md").unlink()
    result = place.run()
    assert result.success and both_agree(place, second) and mirror_of(place, result)["points"] == 6
    assert report_of(place, place.run())["documents"]["unchanged"] == 2


@pytest.mark.slow_for("upsert", "delete", "count+delete+drop+open+scan+serve+upsert+versions")
@pytest.mark.parametrize(
    "fails", [ALL - {"open"}, {"upsert"}, {"delete"}, ALL], ids=lambda names: "+".join(sorted(names))
)
def test_a_second_store_that_fails_costs_nothing_but_is_told_and_is_made_up_for(place, second, fails):
    place.write("a.md")
    place.write("b.md")
    place.write("c.md", body="Not for long.")
    place.run()
    second.fails = fails
    place.write("a.md", body="While the second store is away.")
    place.write("b.md", title="Shorter")
    (place.docs / "c.md").unlink()
    result = place.run()
    report, mirror = report_of(place, result), mirror_of(place, result)
    assert result.success and report["drift_pct"] == 0 and report["errors"] == []
    assert mirror["problem"] or mirror["missing"] + mirror["stale"] + mirror["foreign"], (
        "the report says that it is behind"
    )
    second.fails = set()
    result = place.run()
    assert report_of(place, result)["chunks"]["embedded"] == 0
    assert result.success and both_agree(place, second), "repaired by the same code"
    assert mirror_of(place, result) == {
        "store": "qdrant",
        "points": 6,
        "missing": 0,
        "stale": 0,
        "foreign": 0,
        "problem": "",
    }


@pytest.mark.slow
def test_a_second_store_that_is_away_makes_no_work_for_documents_that_it_has(place, second):
    place.write("a.md")
    place.run()
    second.fails = ALL
    assert report_of(place, place.run())["documents"]["unchanged"] == 1


def test_a_wiped_second_store_is_filled_again_without_the_model(place, second):
    place.write("a.md")
    place.run()
    version = place.pipeline.target.embedding_version
    second.drop(version)
    result = place.run()
    assert both_agree(place, second) and report_of(place, result)["chunks"]["embedded"] == 0


def test_the_first_store_is_still_what_counts(place, second, monkeypatch):
    place.write("a.md")
    monkeypatch.setenv("VECTORS", "qdrant,edge")
    assert [store.engine for store in place.pipeline.stores] == ["qdrant", "edge"]
    second.fails = {"open"}
    with pytest.raises(StoreUnavailable):
        bootstrap.open_pipeline(read_settings())


def test_reconcile_finds_what_a_further_store_lacks_and_repairs_that_store_alone(place, second):
    place.write("a.md", body="Of harbours.")
    place.run()
    version = place.pipeline.target.embedding_version
    second.delete(version, [point.id for point in second.scan(version)][:2])
    pipeline = place.pipeline
    (collection,) = pipeline.graph.collections()
    found = reconcile(pipeline, collection)
    by_store = {c.index.store: c.counts.drift_pct for c in found.compared}
    assert by_store["edge"] == found.drift_pct == 0 and by_store[second.engine] > 0
    done = repair(pipeline, found)
    assert done.texts_encoded == 0 and both_agree(place, second) and reconcile(pipeline, collection).agrees


def test_a_further_store_that_cannot_be_read_is_told_and_the_first_is_compared(place, second):
    place.write("a.md")
    place.run()
    pipeline = place.pipeline
    (collection,) = pipeline.graph.collections()
    second.fails = {"scan", "count"}
    found = reconcile(pipeline, collection)
    assert [bool(compared.problem) for compared in found.compared] == [False, True] and not found.agrees
