"""What it costs, to the row, when not a page changed but a setting, a code version or a store; and when a step is tried again."""

import shutil
from dataclasses import replace

import pytest
from test_broken_off import killed_at
from work_counted import (
    FIRST,
    GATES,
    PAGE_GONE,
    forbid_encoding,
    ingest,
    names,
    points,
    report_of,
    two_pages,
    watch_upserts,
    write,
)

from wekadocs_assets.adapters.ladybug.graph import LadybugGraph
from wekadocs_assets.adapters.qdrant.edge import EdgeVectors
from wekadocs_assets.app import bootstrap
from wekadocs_assets.core.errors import StoreUnavailable
from wekadocs_assets.core.extractors import registry
from wekadocs_assets.core.recipe import CODE_VERSIONS, EMBEDDED, EXTRACTED, GRAPH, PARSED, POINTS
from wekadocs_assets.core.stages import purge_and_link

GRAPH_ROWS = {name: FIRST[name] for name in ("nodes_written", "edges_written", "chunk_nodes_written")}


@pytest.fixture
def ingested(place, monkeypatch):
    """Two pages are in; what they say is encoded, and nothing may be encoded from now on."""
    two_pages(place)
    forbid_encoding(monkeypatch)
    return place


@pytest.mark.slow_for("parsed_documents-work0", "document_graph-work2", "section_embeddings-work3")
@pytest.mark.parametrize(
    "asset, work",
    [
        (PARSED, {"documents_parsed": 2}),
        (EXTRACTED, {"documents_extracted": 2}),
        (GRAPH, {}),
        (EMBEDDED, {"chunks_reused": 5}),
        (POINTS, {}),
    ],
)
def test_a_code_version_with_the_same_output_redoes_its_asset_and_writes_nothing(ingested, monkeypatch, asset, work):
    before = points(ingested)
    monkeypatch.setitem(CODE_VERSIONS, asset, "next")
    assert ingest(ingested) == work
    assert ingest(ingested) == {} and points(ingested) == before


def test_an_extractor_with_another_output_writes_that_difference_and_embeds_nothing(ingested, monkeypatch):
    extract = registry.extract

    def less_sure(document, vocabulary):
        found = extract(document, vocabulary)
        return replace(found, mentions=tuple(replace(mention, confidence=0.25) for mention in found.mentions))

    monkeypatch.setattr(registry, "extract", less_sure)
    assert ingest(ingested) == {}, "nobody said that there is another version"
    monkeypatch.setitem(CODE_VERSIONS, EXTRACTED, "next")
    assert ingest(ingested) == {"documents_extracted": 2, "edges_written": 2}
    confidences = [row["confidence"] for row in ingested.pipeline.graph.export("MENTIONS")]
    assert confidences == [0.25, 0.25]


@pytest.mark.slow
def test_another_vocabulary_extracts_every_page_and_writes_what_it_finds(place, monkeypatch):
    write(place, "gates.md", "Gates", *GATES)
    write(place, "tides.md", "Tides", about="The weirkeeper waits.")
    ingest(place)
    forbid_encoding(monkeypatch)
    monkeypatch.setenv("VOCABULARY_COMPONENTS", "weirkeeper")
    assert ingest(place) == {"documents_extracted": 2, "nodes_written": 1, "edges_written": 1}
    assert names(place, "Component") == ["weirkeeper"]
    monkeypatch.setenv("VOCABULARY_COMPONENTS", "")
    assert ingest(place) == {"documents_extracted": 2, "edges_deleted": 1}
    assert names(place, "Component") == []


@pytest.mark.slow
def test_another_chunking_writes_every_point_and_embeds_only_strings_that_are_new(place, monkeypatch):
    two_pages(place)
    two_paragraphs = "\n\n".join(" ".join(f"{word}{n}" for n in range(25)) for word in ("up", "down"))
    write(place, "weirs.md", "Weirs", about=two_paragraphs)
    assert ingest(place)["chunks_embedded"] == 1
    monkeypatch.setenv("CHUNK_TOKENS", "32")
    assert ingest(place) == {
        "chunks_embedded": 2, "chunks_reused": 5, "chunk_nodes_written": 7, "points_upserted": 7,
    }  # fmt: skip
    assert len(points(place)) == place.pipeline.graph.counts("docs")["nodes"]["Chunk"] == 7, "the old version is gone"


@pytest.mark.slow
@pytest.mark.parametrize(
    "store, work",
    [
        ("vectors", {"points_upserted": 5}),
        ("artifacts", {"documents_parsed": 2, "documents_extracted": 2, "chunks_reused": 5}),
        ("graph.lbug", GRAPH_ROWS),
    ],
)
def test_a_store_that_was_wiped_is_filled_with_the_least_work(ingested, monkeypatch, store, work):
    before, upserts = points(ingested), watch_upserts(monkeypatch)
    wipe(ingested, store)
    assert ingest(ingested) == work
    assert points(ingested) == before and len(upserts) == work.get("points_upserted", 0)
    assert ingest(ingested) == {}


def wipe(place, store: str) -> None:
    folder = place.docs.parent / "data"
    found = list(folder.glob(f"{store}*"))
    assert found
    for path in found:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def test_a_step_that_is_tried_again_adds_up_what_both_tries_did(place, monkeypatch):
    monkeypatch.setenv("RETRY_SECONDS", "0.02")
    one_document_a_transaction(monkeypatch)
    upserts = fails_once(monkeypatch, EdgeVectors, "upsert", call=2)
    changes = fails_once(monkeypatch, LadybugGraph, "apply", call=2)
    assert two_pages(place) == FIRST
    assert len(upserts) >= 3 and len(changes) >= 3, "the first document, the second in vain, the second again"


def test_a_deletion_counts_though_the_step_fails_after_it(ingested, monkeypatch):
    monkeypatch.setenv("RETRY_SECONDS", "0.02")
    tries = fails_once(monkeypatch, purge_and_link, "write_links", call=1)
    (ingested.docs / "gates.md").unlink()
    result = ingested.run()
    report = report_of(ingested, result.run_id)
    assert result.success and report["documents"]["deleted"] == 1 and len(tries) == 2
    assert {name: count for name, count in report["work"].items() if count} == PAGE_GONE


def one_document_a_transaction(monkeypatch) -> None:
    open_pipeline = bootstrap.open_pipeline
    monkeypatch.setattr(bootstrap, "open_pipeline", lambda s: replace(open_pipeline(s), documents_per_transaction=1))


def fails_once(monkeypatch, owner, name: str, call: int) -> list[str]:
    """That call of the function, counted from 1, finds the store away. Grows with each call."""
    inner, calls = getattr(owner, name), []

    def unsteady(*arguments, **options):
        calls.append(name)
        if len(calls) == call:
            raise StoreUnavailable("the store is away for a moment", "")
        return inner(*arguments, **options)

    monkeypatch.setattr(owner, name, unsteady)
    return calls


@pytest.mark.slow
@pytest.mark.parametrize(
    "owner, step",
    [(LadybugGraph, "purge"), (purge_and_link, "delete_untracked_points"), (purge_and_link, "write_links")],
)
def test_a_deletion_that_is_killed_half_way_leaves_no_partition_behind(ingested, monkeypatch, owner, step):
    (ingested.docs / "gates.md").unlink()
    killed_at(ingested, monkeypatch, owner, step)
    assert ingested.run().success
    assert ingested.partitions() == {"docs/tides.md"}
    assert {entry.source_uri for entry in ingested.pipeline.graph.ledger()} == {"tides.md"}
