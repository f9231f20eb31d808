"""Points are written, stale ones are deleted, and the ledger says which index holds the document."""

from dataclasses import replace

import pytest
from memory_indexes import IndexWithReplica, switching
from memory_pipeline import STAGES, TAG, MemoryIndex

from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import StoreBusy
from wekadocs_assets.core.planning.outcome import Outcome
from wekadocs_assets.core.recipe import EMBEDDED, EXTRACTED, GRAPH, PARSED, POINTS

PAGE = b"# Gates\n\nOf gates.\n\n## Open\n\nRun `gatectl open --force`.\n"
BEFORE_POINTS = (PARSED, EXTRACTED, GRAPH, EMBEDDED)


def written(index: MemoryIndex) -> Outcome:
    (outcome,) = index.run(index.planned())[POINTS]
    return outcome


def counts(outcome: Outcome) -> dict[str, int]:
    return {name: int(count) for name, count in outcome.facts.items() if count}


def test_a_page_comes_through_every_stage_once():
    index = MemoryIndex({"gates.md": PAGE})
    planned = index.planned()
    first, again = index.run(planned), index.run(planned)
    assert {asset: [one.status for one in outcomes] for asset, outcomes in first.items()} == {
        asset: ["done"] for asset in STAGES
    }
    assert {one.status for outcomes in again.values() for one in outcomes} == {"fresh"}
    assert not index.planned().work


def test_points_and_chunk_nodes_agree_and_are_counted():
    index = MemoryIndex({"gates.md": PAGE})
    assert counts(written(index)) == {"points": 2, "points_upserted": 2, "chunk_nodes_written": 2}
    points = {point.payload["chunk_id"]: point.payload for point in index.vectors.scan(index.version)}
    chunks = index.graph.chunks([ids.document_id(TAG, "gates.md")], index.version)
    assert points.keys() == {chunk.id for found in chunks.values() for chunk in found}
    assert {(p["source_uri"], p["tag"], p["heading_path"]) for p in points.values()} == {
        ("gates.md", TAG, "Gates"),
        ("gates.md", TAG, "Gates > Open"),
    }


def test_an_edit_replaces_its_point_and_a_lost_section_loses_all_it_had():
    index = MemoryIndex({"gates.md": PAGE})
    written(index)
    index.pages["gates.md"] = b"# Gates\n\nOf many gates.\n"
    assert counts(written(index)) == {
        "points": 1, "points_upserted": 1, "points_deleted": 1, "chunk_nodes_written": 1, "chunk_nodes_deleted": 1,
    }  # fmt: skip
    assert index.vectors.count(index.version) == 1
    assert [row["title"] for row in index.graph.export("Section")] == ["Gates"]
    assert len(list(index.graph.export("Chunk"))) == 1


def test_a_point_that_is_there_is_not_written_again():
    index = MemoryIndex({"gates.md": PAGE})
    written(index)
    first = next(iter(index.vectors.scan(index.version)))
    index.vectors.delete(index.version, [first.id])
    (entry,) = index.graph.ledger()
    index.graph.write_ledger([replace(entry, vector_fingerprints={})])
    assert counts(written(index)) == {"points": 2, "points_upserted": 1}


@pytest.mark.parametrize("missing", BEFORE_POINTS)
def test_a_document_that_an_earlier_stage_did_not_reach_is_blocked(missing):
    index = MemoryIndex({"gates.md": PAGE})
    planned = index.planned()
    if done := BEFORE_POINTS[: BEFORE_POINTS.index(missing)]:
        index.run(planned, *done)
    (outcome,) = index.run(planned, POINTS)[POINTS]
    assert outcome.status == "blocked" and index.vectors.count(index.version) == 0


def test_a_replica_store_is_filled_and_one_that_is_away_costs_nothing():
    index = IndexWithReplica({"gates.md": PAGE})
    written(index)
    assert index.replica.count(index.version) == 2
    index.pages["gates.md"] += b"More.\n"
    index.replica.away = True
    assert written(index).status == "done"
    primary, replica = index.pipeline.recipe.indexes
    (entry,) = index.graph.ledger()
    assert index.pipeline.recipe.holds(primary, entry) and not index.pipeline.recipe.holds(replica, entry)
    index.replica.away = False
    assert written(index).status == "done" and not index.planned().work


def test_during_a_switch_the_points_of_both_versions_are_written():
    index = MemoryIndex({"gates.md": PAGE})
    written(index)
    filling = switching(index)
    index.pages["gates.md"] += b"\n## Close\n\nShut it.\n"
    assert counts(written(filling)) == {"points": 3, "points_upserted": 4, "chunk_nodes_written": 4}
    assert filling.vectors.count(filling.version) == filling.vectors.count(filling.target) == 3


@pytest.mark.parametrize("at", [1, 2])
def test_a_worker_that_lost_its_lease_writes_no_point(at):
    """at: the call by which it is lost; the second one follows the comparison of points, which takes time."""
    index = MemoryIndex({"gates.md": PAGE})
    planned = index.planned()
    index.run(planned, *BEFORE_POINTS)

    calls = []

    def lost() -> None:
        calls.append(1)
        if len(calls) == at:
            raise StoreBusy("another process holds it")

    index.graph.check_held = lost
    with pytest.raises(StoreBusy):
        index.run(planned, POINTS)
    assert index.vectors.count(index.version) == 0
