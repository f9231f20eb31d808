"""After all documents: what a collection no longer has is deleted, and its links are resolved."""

from dataclasses import dataclass, field, replace

import pytest
from handmade_plans import entry
from memory_indexes import IndexWithReplica
from memory_pipeline import TAG, MemoryIndex

from wekadocs_assets.core import ids
from wekadocs_assets.core.planning.plan import Plan
from wekadocs_assets.core.planning.record import CleanupResult
from wekadocs_assets.core.ports.stores import ArtifactHeader
from wekadocs_assets.core.recipe import EMBEDDED, EXTRACTED, GRAPH, PARSED, embeddings_of
from wekadocs_assets.core.stages.purge_and_link import NO_PARTITIONS, purge_and_link

PAGES = {"a.md": b"# A\n\nSee [b](b.md) and [c](c.md).\n", "b.md": b"# B\n\nOf b. Run `bctl on --now`.\n"}


@dataclass
class Kept:
    """Partition keys that Dagster has."""

    keys: list[str] = field(default_factory=list)

    def of(self, tag: str) -> list[str]:
        return [key for key in self.keys if key.startswith(f"{tag}/")]

    def forget(self, keys) -> None:
        self.keys = [key for key in self.keys if key not in keys]


@pytest.fixture
def index() -> MemoryIndex:
    made = MemoryIndex(dict(PAGES))
    made.run(made.planned())
    return made


def plan_of(index: MemoryIndex) -> Plan:
    return index.planned().plans[0]


def clean(index: MemoryIndex, plan: Plan | None = None, partitions=NO_PARTITIONS) -> CleanupResult:
    total = CleanupResult()
    for result in purge_and_link(index.pipeline, plan or plan_of(index), partitions):
        total = total.plus(result)
    return total


def links(index: MemoryIndex) -> list[tuple[str, str]]:
    """(page that links, page that it leads to)"""
    names = {entry.document_id: entry.source_uri for entry in index.graph.ledger()}
    sections = {row["id"]: names[row["document_id"]] for row in index.graph.export("Section")}
    return [(sections[row["from"]], names[row["to"]]) for row in index.graph.export("LINKS_TO")]


def test_links_are_resolved_once_and_follow_the_pages(index):
    result = clean(index)
    assert (result.links["resolved"], result.links["nowhere"], result.work["links_added"]) == (1, 1, 1)
    assert links(index) == [("a.md", "b.md")] and clean(index).work["links_added"] == 0
    index.pages["c.md"] = b"# C\n\nOf c.\n"
    index.run(index.planned())
    assert clean(index).work["links_added"] == 1 and links(index) == [("a.md", "b.md"), ("a.md", "c.md")]


def test_a_deleted_document_leaves_nothing_behind(index):
    clean(index)
    del index.pages["b.md"]
    partitions = Kept(["docs/a.md", "docs/b.md"])
    result = clean(index, partitions=partitions)
    assert result.purged == ("b.md",) and result.waiting == () and result.kept == ()
    assert {name: count for name, count in result.work.items() if count} == {
        "nodes_deleted": 2, "edges_deleted": 4, "points_deleted": 1, "chunk_nodes_deleted": 1,
    }  # fmt: skip
    assert [entry.source_uri for entry in index.graph.ledger()] == ["a.md"] and links(index) == []
    assert index.vectors.count(index.version) == 1 and list(index.graph.export("Command")) == []
    for asset in (PARSED, EXTRACTED, embeddings_of(index.version)):
        assert list(index.artifacts.headers(asset, ["docs/a.md", "docs/b.md"])) == ["docs/a.md"], asset
    assert partitions.keys == ["docs/a.md"]


def test_deletions_wait_while_a_planned_document_is_neither_current_nor_failed(index):
    del index.pages["b.md"]
    index.pages["a.md"] += b"More.\n"
    plan = plan_of(index)
    result = clean(index, plan)
    assert result.waiting == ("a.md",) and result.purged == () and len(index.graph.ledger()) == 2
    assert result.kept == ("b.md",)
    index.pages["a.md"] = b"\xe4 is not UTF-8"
    index.run(index.planned(), PARSED)
    assert clean(index, plan).purged == ("b.md",)


def test_the_old_name_of_a_document_stays_until_the_new_one_is_current(index):
    index.pages["moved.md"] = index.pages.pop("b.md")
    planned = index.planned()
    index.run(planned, PARSED, EXTRACTED, GRAPH, EMBEDDED)
    assert clean(index, planned.plans[0]).purged == ()
    content = index.pages.pop("moved.md")
    index.artifacts.delete(PARSED, ["docs/moved.md"])
    index.run(planned, PARSED)
    result = clean(index, planned.plans[0])
    assert (result.purged, result.kept, result.waiting) == ((), ("b.md",), ()), "the new name failed"
    index.pages["moved.md"] = content
    index.run(planned)
    result = clean(index, planned.plans[0])
    assert (result.purged, result.kept) == (("b.md",), ())
    assert [entry.source_uri for entry in index.graph.ledger()] == ["a.md", "moved.md"]


def test_untracked_points_and_partitions_without_a_document_go_with_a_full_plan_only(index):
    b = next(entry for entry in index.graph.ledger() if entry.source_uri == "b.md")
    index.graph.purge([b.document_id])
    index.artifacts.write(PARSED, "docs/killed.md", ArtifactHeader("f", "o"), b"")
    del index.pages["b.md"]
    partitions, plan = Kept(["docs/a.md", "docs/killed.md", "faq/x.md"]), plan_of(index)
    assert clean(index, replace(plan, partial=True), partitions).work["points_deleted"] == 0
    assert len(partitions.keys) == 3
    assert clean(index, plan, partitions).work["points_deleted"] == 1 and index.vectors.count(index.version) == 1
    assert partitions.keys == ["docs/a.md", "faq/x.md"] and index.artifacts.headers(PARSED, ["docs/killed.md"]) == {}


def test_a_store_that_is_not_configured_any_more_holds_nothing_current(index):
    (a, b) = index.graph.ledger()
    elsewhere = {**a.vector_fingerprints, "neo4j/v": "points-1:abc"}
    index.graph.write_ledger([replace(a, vector_fingerprints=elsewhere)])
    clean(index)
    kept = index.graph.ledger()[0].vector_fingerprints
    assert kept["neo4j/v"] == "points-1:" and kept | {"neo4j/v": ""} == a.vector_fingerprints | {"neo4j/v": ""}
    assert index.graph.ledger()[1] == b


def test_a_replica_store_that_is_away_holds_up_no_deletion():
    index = IndexWithReplica(dict(PAGES))
    index.run(index.planned())
    del index.pages["b.md"]
    plan = plan_of(index)
    index.replica.away = True
    assert clean(index, plan).purged == ("b.md",)
    index.replica.away = False
    assert index.replica.count(index.version) == 2
    assert clean(index).work["points_deleted"] == 0 and index.replica.count(index.version) == 1


def test_a_document_that_only_failed_is_forgotten_when_its_file_is_gone(index):
    index.graph.write_ledger([entry("bad.md")])
    assert clean(index).purged == ("bad.md",)
    assert ids.document_id(TAG, "bad.md") not in {one.document_id for one in index.graph.ledger()}
