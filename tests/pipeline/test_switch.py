"""From one embedding_version to another: the old one answers until the new one is whole, whatever happens in between."""

import json
import os
import signal
import subprocess
import sys

import pytest

from wekadocs_assets.adapters.embedding.bm25 import sparse_query
from wekadocs_assets.core.ports.vectors import ANYWHERE
from wekadocs_assets.core.recipe import embeddings_of
from wekadocs_assets.core.reports.export import tables

LONG = " ".join(f"word{n} speaks of gates and tides." for n in range(60))


@pytest.fixture
def switch_to(place, monkeypatch):
    """Sets the chunk size, which makes another embedding_version of the same model."""

    def to(tokens: int) -> None:
        monkeypatch.setenv("CHUNK_TOKENS", str(tokens))

    to(128)
    return to


def active_version(place) -> str:
    return place.pipeline.graph.open().embedding_version


def texts(place, version: str) -> set[tuple[str, str]]:
    """(source_uri, chunk checksum) of the points of a version."""
    return {(p.payload["source_uri"], p.payload["checksum"]) for p in place.pipeline.vectors.scan(version)}


def finds(place, version: str, question: str) -> list[str]:
    """source_uris that bm25 finds for a question in a version."""
    assert sparse_query(question).indices
    pipeline = place.pipeline
    dense = pipeline.indexes[0].embedder.encode([question])[0]
    _, found = pipeline.vectors.candidates(version, dense, question, ANYWHERE, 10)
    payloads = {p.payload["chunk_id"]: p.payload["source_uri"] for p in pipeline.vectors.scan(version)}
    return sorted({payloads[chunk] for chunk, _, _ in found})


def content(place) -> dict[str, list]:
    return {
        name: [{k: v for k, v in row.items() if k != "vector"} for row in rows] for name, rows in tables(place.pipeline)
    }


def report_of(place, result) -> dict:
    path = place.docs.parent / "reports" / "ingest" / result.run_id / "ingest_report.json"
    return json.loads(path.read_text())


def test_a_switch_leaves_only_the_new_version_as_a_fresh_index_would_have_it(place, switch_to):
    place.write("a.md", body=LONG)
    place.write("b.md")
    place.run()
    old = active_version(place)
    switch_to(32)
    result = place.run()
    new = active_version(place)
    pipeline = place.pipeline
    assert result.success and old != new and pipeline.vectors.versions() == [new]
    assert {row["embedding_version"] for row in pipeline.graph.export("Chunk")} == {new}
    assert pipeline.artifacts.headers(embeddings_of(old), ["docs/a.md", "docs/b.md"]) == {}
    assert {tuple(entry.vector_fingerprints) for entry in pipeline.graph.ledger()} == {(f"edge/{new}",)}
    assert report_of(place, result)["drift_pct"] == 0 and report_of(place, result)["vector"]["switch"] is None
    after = content(place)
    pipeline.graph.purge([entry.document_id for entry in pipeline.graph.ledger()])
    place.run()
    assert content(place) == after


def test_a_switch_to_another_chunking_encodes_only_strings_that_are_new(place, switch_to):
    place.write("a.md", body=LONG)
    place.write("b.md")
    place.run()
    switch_to(64)
    chunks = report_of(place, place.run())["chunks"]
    assert chunks["reused"] == 5 and chunks["embedded"] >= 2, "only the long section is cut in another way"


@pytest.mark.slow
def test_the_old_version_answers_while_another_collection_is_not_in_the_new_one(place, switch_to, monkeypatch):
    other = place.docs.parent / "more"
    other.mkdir()
    (other / "far.md").write_text("# Far\n\nOf lighthouses.\n")
    both = f"docs={place.docs},more={other}"
    monkeypatch.setenv("COLLECTIONS", both)
    place.write("a.md", body="Of harbours. " + LONG)
    place.run()
    old = active_version(place)
    switch_to(32)
    result = place.run(documents=["docs/a.md"])
    waits = report_of(place, result)["vector"]["switch"]
    assert active_version(place) == old and waits == {
        "to": place.pipeline.target.embedding_version, "waits_for": 1, "first": ["more: far.md"],
    }  # fmt: skip
    assert finds(place, old, "lighthouses") == ["far.md"] and finds(place, old, "harbours") == ["a.md"]

    place.write("a.md", body="Of breakwaters. " + LONG)
    result = place.run(documents=["docs/a.md"])
    assert report_of(place, result)["drift_pct"] == 0
    new = place.pipeline.target.embedding_version
    for version in (old, new):
        assert finds(place, version, "breakwaters") == ["a.md"], "an edit goes to both"
        assert finds(place, version, "harbours") == []

    place.run()
    assert active_version(place) == new and place.pipeline.vectors.versions() == [new]


@pytest.mark.slow
def test_a_version_whose_model_is_gone_goes_on_answering_and_says_nothing_untrue(place, switch_to):
    place.write("a.md", body="Of harbours.")
    place.write("b.md", body="Of lighthouses.")
    place.run()
    old = active_version(place)
    place.pipeline.graph.activate(old, json.dumps({"embedding_model": "/gone", "chunk_tokens": 128}))
    switch_to(32)
    place.write("a.md", body="Of breakwaters.")
    place.run(documents=["docs/a.md"])
    assert active_version(place) == old and [index.version for index in place.pipeline.indexes] != [old]
    assert finds(place, old, "harbours") == [] and finds(place, old, "lighthouses") == ["b.md"]
    assert finds(place, old, "gatectl install") == ["a.md", "b.md"], "what the edit left alone is still found"
    assert place.run().success
    assert place.pipeline.vectors.versions() == [active_version(place)] != [old]


@pytest.mark.slow
def test_a_document_that_fails_keeps_the_old_version_answering_for_it(place, switch_to):
    place.write("a.md", body="Of harbours.")
    place.write("b.md")
    place.run()
    old = active_version(place)
    switch_to(32)
    (place.docs / "a.md").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    result = place.run()
    assert not result.success and active_version(place) == old and finds(place, old, "harbours") == ["a.md"]
    assert report_of(place, result)["vector"]["switch"]["first"] == ["docs: a.md"]
    (place.docs / "a.md").unlink()
    assert place.run().success
    assert active_version(place) != old


@pytest.mark.slow
def test_kept_old_vectors_follow_edits_so_far_that_the_way_back_is_cheap_and_right(place, switch_to, monkeypatch):
    monkeypatch.setenv("KEEP_OLD_VECTORS", "true")
    place.write("a.md", body="Of harbours.")
    place.write("b.md", body=LONG)
    place.write("c.md")
    place.run()
    old = active_version(place)
    switch_to(32)
    place.run()
    new = active_version(place)
    assert place.pipeline.vectors.versions() == sorted([old, new])
    place.write("a.md", body="Of breakwaters.")
    (place.docs / "c.md").unlink()
    place.run()
    assert finds(place, old, "harbours") == [] and {uri for uri, _ in texts(place, old)} == {"a.md", "b.md"}
    switch_to(128)
    result = place.run()
    assert active_version(place) == old and report_of(place, result)["chunks"]["embedded"] == 0
    assert finds(place, old, "breakwaters") == ["a.md"] and report_of(place, result)["drift_pct"] == 0


@pytest.mark.slow
def test_a_fill_that_was_given_up_is_swept_away_when_the_old_one_is_wanted_again(place, switch_to):
    place.write("a.md")
    place.write("b.md")
    place.run()
    old = active_version(place)
    switch_to(32)
    place.run(documents=["docs/a.md"])
    assert len(place.pipeline.vectors.versions()) == 2
    switch_to(128)
    place.run()
    assert active_version(place) == old and place.pipeline.vectors.versions() == [old]
    assert {row["embedding_version"] for row in place.pipeline.graph.export("Chunk")} == {old}


@pytest.mark.slow
@pytest.mark.process
def test_killed_half_way_the_old_version_answers_and_the_next_ingest_finishes(home):
    for number in range(12):
        (home.docs / f"p{number:02}.md").write_text(f"# Page {number}\n\nOf harbour{number}.\n\n## More\n\n{LONG}\n")
    code, _first = home.ingest()
    assert code == 0
    before = exported(home, "before")
    environment = home.environment | {"CHUNK_TOKENS": "32", "DOCUMENTS_PER_RUN": "3"}
    killed = subprocess.Popen(
        [sys.executable, "-m", "wekadocs_assets.cli.main", "ingest", str(home.docs), "--json"],
        env=environment, cwd=home.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    done = 0
    for line in killed.stdout:
        event = json.loads(line)
        done += event.get("stage") == "VECTORS"
        if done >= 4:
            os.kill(killed.pid, signal.SIGKILL)
            break
    killed.wait()
    killed.stdout.close()
    assert killed.returncode == -signal.SIGKILL
    assert exported(home, "halfway", environment) == before, "what answers is what it was"
    home.environment.update(environment)
    code, result = home.ingest()
    assert code == 0 and result["drift_pct"] == 0
    assert len(list((home.folder / "data" / "vectors").glob("hash*"))) == 1
    after = exported(home, "after")
    assert after["documents"] == before["documents"] and after["points"] != before["points"]
    work = result["work"]
    assert work["documents_parsed"] == 0
    assert 0 < work["chunks_embedded"] <= len(after["points"]) * 9 // 12, "what was done is not done again"


def exported(home, name: str, environment: dict[str, str] | None = None) -> dict[str, list]:
    import pandas

    folder = home.folder / name
    done = subprocess.run(
        [sys.executable, "-m", "wekadocs_assets.cli.main", "export", str(folder)],
        env=environment or home.environment, cwd=home.folder, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    tables = {path.stem: pandas.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
    return {table: json.loads(frame.to_json(orient="records")) for table, frame in tables.items()}
