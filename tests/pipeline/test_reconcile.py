"""What was changed in a store behind our back: reconcile finds it, document by document, and repairs it with the least work."""

import shutil
from contextlib import contextmanager
from dataclasses import replace

import ladybug
import numpy
import pytest
from places import Snapshot
from test_broken_off import content

from wekadocs_assets.app import bootstrap
from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core.ids import point_id
from wekadocs_assets.core.ports.vectors import Point
from wekadocs_assets.core.recipe import EXTRACTED, PARSED, embeddings_of
from wekadocs_assets.core.repair.reconcile import Reconciliation, reconcile
from wekadocs_assets.core.repair.repair import RepairResult, repair

BODY = "Run `tidectl raise` and see [the other](b.md).\n\n## Harbours\n\nOf harbours.\n\n## Piers\n\nOf piers."


def fill(place) -> None:
    place.write("a.md", body=BODY)
    place.write("b.md", body="Of [lighthouses](a.md#piers).")
    assert place.run().success


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory) -> Snapshot:
    return Snapshot.of(tmp_path_factory.mktemp("ingested") / "now", fill)


@pytest.fixture
def index(snapshot, monkeypatch):
    """Two pages that link to each other, ingested."""
    with snapshot.restored(monkeypatch) as place:
        yield place


def looked_at(place) -> Reconciliation:
    pipeline = place.pipeline
    (collection,) = pipeline.graph.collections()
    return reconcile(pipeline, collection)


def repaired(place) -> RepairResult:
    """And after it nothing differs any more."""
    done = repair(place.pipeline, looked_at(place))
    assert looked_at(place).agrees
    return done


def differing(place) -> dict[str, dict]:
    """By document: how many points are missing, stale, foreign; artifacts lost; rows of the graph and Chunk nodes that differ."""
    found = {}
    for finding in looked_at(place).inconsistencies:
        counts = {"artifacts": list(finding.artifacts), "rows": finding.rows, "chunks": sum(finding.chunks.values())}
        for d in finding.points.values():
            counts |= {"missing": len(d.missing), "stale": len(d.stale), "foreign": len(d.foreign)}
        found[finding.entry.source_uri] = {name: count for name, count in counts.items() if count}
    return found


def points_of(place, name: str) -> list:
    pipeline = place.pipeline
    version = pipeline.target.embedding_version
    return [p for p in pipeline.vectors.scan(version, with_vectors=True) if p.payload.get("source_uri") == name]


def put(place, *points: Point) -> None:
    place.pipeline.vectors.upsert(place.pipeline.target.embedding_version, points)


@contextmanager
def cypher(place):
    """The graph's file, opened by somebody else than us."""
    bootstrap.open_stores(read_settings()).graph.close()
    database = ladybug.Database(str(read_settings().graph_path))
    connection = ladybug.Connection(database)
    yield connection.execute
    connection.close()
    database.close()


def test_an_index_as_an_ingest_leaves_it_agrees(index):
    found = looked_at(index)
    assert found.agrees and found.documents == 2 and found.drift_pct == 0
    assert found.compared[0].counts.chunks == found.compared[0].counts.points > 0


def test_points_that_were_deleted_are_missing_and_written_again_without_embedding(index):
    before, lost = content(index), points_of(index, "a.md")[:2]
    index.pipeline.vectors.delete(index.pipeline.target.embedding_version, [point.id for point in lost])
    total = looked_at(index).compared[0].counts.chunks
    assert differing(index) == {"a.md": {"missing": 2}}
    assert looked_at(index).drift_pct == pytest.approx(100 * 2 / total, abs=1e-4)
    done = repaired(index)
    assert (done.documents, done.texts_encoded, done.points_written, done.points_deleted) == (1, 0, 2, 0)
    assert content(index) == before


@pytest.mark.slow
def test_a_text_whose_vector_is_nowhere_is_embedded_and_no_other(index):
    before, lost = content(index), points_of(index, "a.md")[:2]
    pipeline = index.pipeline
    pipeline.vectors.delete(pipeline.target.embedding_version, [point.id for point in lost])
    key = next(entry.partition_key for entry in pipeline.graph.ledger() if entry.source_uri == "a.md")
    pipeline.artifacts.delete(embeddings_of(pipeline.target.embedding_version), [key])
    done = repaired(index)
    assert (done.texts_encoded, done.points_written) == (2, 2) and content(index) == before


@pytest.mark.slow
def test_points_with_an_old_text_or_old_labels_are_stale_and_replaced(index):
    before = content(index)
    text, label = points_of(index, "a.md")[:2]
    put(index, Point(text.id, text.vector, "Of old.", {**text.payload, "checksum": "0" * 64}))
    put(index, Point(label.id, label.vector, "Of piers.", {**label.payload, "heading_path": "Elsewhere"}))
    assert differing(index) == {"a.md": {"stale": 2}}
    total = looked_at(index).compared[0].counts.chunks
    assert looked_at(index).drift_pct == pytest.approx(100 * 2 / (total + 1), abs=1e-4), "labels are no drift"
    assert repaired(index).points_written == 2 and content(index) == before


@pytest.mark.slow
def test_points_that_were_added_are_foreign_and_those_that_are_not_ours_stay(index):
    before = content(index)
    known = points_of(index, "a.md")[0]
    of_page = {**known.payload, "chunk_id": "f" * 64}
    of_nobody = {**of_page, "document_id": "e" * 64, "source_uri": "gone.md"}
    theirs = {**of_nobody, "tag": "theirs"}
    for number, payload in enumerate((of_page, known.payload, of_nobody, theirs)):
        put(index, Point(point_id(f"added-{number}"), known.vector, "Of nothing.", payload))
    assert differing(index) == {"a.md": {"foreign": 2}} and len(looked_at(index).compared[0].untracked_points) == 1
    done = repaired(index)
    assert (done.texts_encoded, done.points_written, done.points_deleted) == (0, 0, 3)
    left = list(index.pipeline.vectors.scan(index.pipeline.target.embedding_version))
    assert [p.payload["tag"] for p in left if p.payload["tag"] != "docs"] == ["theirs"], "somebody else's"
    index.pipeline.vectors.delete(index.pipeline.target.embedding_version, [point_id("added-3")])
    assert content(index) == before


def test_a_point_without_any_of_our_labels_harms_nothing(index):
    vector = numpy.full(64, 0.125, dtype="f4")
    put(index, Point(point_id("bare"), vector, "Of nothing.", {"note": "mine"}))
    assert looked_at(index).agrees
    index.write("a.md", body="Of quays.")
    assert index.run().success and looked_at(index).agrees


@pytest.mark.slow
def test_vectors_from_a_backup_are_made_those_of_today(index, tmp_path):
    shutil.copytree(read_settings().vectors_path, tmp_path / "backup")
    index.write("a.md", body="Of breakwaters.\n\n## Harbours\n\nOf harbours.")
    index.write("c.md")
    index.run()
    before = content(index)
    shutil.rmtree(read_settings().vectors_path)
    shutil.copytree(tmp_path / "backup", read_settings().vectors_path)
    assert differing(index)["c.md"] == {"missing": 3} and differing(index)["a.md"]["foreign"] > 0
    assert repaired(index).texts_encoded == 0 and content(index) == before


@pytest.mark.slow
def test_artifacts_from_a_backup_are_made_those_of_today(index, tmp_path):
    shutil.copytree(read_settings().data_folder / "artifacts", tmp_path / "backup")
    index.write("a.md", body="Of breakwaters.")
    index.run()
    before = content(index)
    shutil.copytree(tmp_path / "backup", read_settings().data_folder / "artifacts", dirs_exist_ok=True)
    assert set(differing(index)["a.md"]["artifacts"]) == {
        PARSED,
        EXTRACTED,
        embeddings_of(index.pipeline.target.embedding_version),
    }
    assert repaired(index).texts_encoded == 0 and content(index) == before


@pytest.mark.slow
@pytest.mark.parametrize("asset", [PARSED, EXTRACTED])
def test_a_damaged_artifact_is_made_again(index, asset):
    before = content(index)
    folder = read_settings().data_folder / "artifacts" / asset
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    damaged = files[0].read_bytes()
    files[0].write_bytes(damaged[:-3] + b"???")
    ((_, found),) = differing(index).items()
    assert found == {"artifacts": [asset]}
    assert repaired(index).texts_encoded == 0 and content(index) == before and files[0].read_bytes() == damaged


@pytest.mark.parametrize(
    "damage",
    [
        "MATCH (s:Section) WHERE s.title = 'Piers' DETACH DELETE s",
        pytest.param("MATCH (s:Section) WHERE s.title = 'Piers' SET s.text = 'Of nothing.'", marks=pytest.mark.slow),
        "MATCH (:Section)-[m:MENTIONS]->(:Command) DELETE m",
        pytest.param("MATCH (c:Command) DETACH DELETE c", marks=pytest.mark.slow),
        pytest.param(
            "MATCH (:Document)-[h:HAS_SECTION]->(s:Section) WHERE s.title = 'Piers' DELETE h", marks=pytest.mark.slow
        ),
    ],
)
def test_a_graph_that_was_changed_by_hand_is_made_what_the_pages_say(index, damage):
    before = content(index)
    with cypher(index) as run:
        run(damage)
    assert differing(index)["a.md"]["rows"] > 0
    assert repaired(index).texts_encoded == 0 and content(index) == before


@pytest.mark.slow
def test_chunk_nodes_that_went_with_their_points_are_written_again(index):
    before, lost = content(index), points_of(index, "a.md")[0]
    index.pipeline.vectors.delete(index.pipeline.target.embedding_version, [lost.id])
    with cypher(index) as run:
        run(f"MATCH (c:Chunk) WHERE c.id = '{lost.payload['chunk_id']}' DETACH DELETE c")
    assert looked_at(index).drift_pct == 0, "graph and vectors agree with each other"
    assert differing(index) == {"a.md": {"chunks": 1}}
    assert repaired(index).texts_encoded == 0 and content(index) == before


@pytest.mark.slow
def test_links_that_somebody_deleted_are_made_again(index):
    before = content(index)
    with cypher(index) as run:
        run("MATCH (:Section)-[l:LINKS_TO]->(:Document) DELETE l")
    assert looked_at(index).links == 2 and not looked_at(index).agrees
    repaired(index)
    assert content(index) == before


@pytest.mark.slow
def test_sections_of_a_page_that_is_gone_for_good_are_deleted(index):
    with cypher(index) as run:
        run("MATCH (d:Document) WHERE d.source_uri = 'a.md' DETACH DELETE d")
    found = looked_at(index)
    assert len(found.orphans) == 5 and found.compared[0].untracked_points
    repaired(index)
    assert {row["source_uri"] for row in content(index)["points"]} == {"b.md"}


@pytest.mark.slow
def test_a_page_whose_bytes_changed_meanwhile_is_left_to_an_ingest_and_named(index):
    folder = read_settings().data_folder / "artifacts" / PARSED
    shutil.rmtree(folder)
    index.write("a.md", body="Of breakwaters.")
    before = content(index)
    done = repair(index.pipeline, looked_at(index))
    assert [(o.document.source_uri, o.hint) for o in done.lost] == [("a.md", "ingest again")]
    assert content(index) == before, "its last version is served as it was"
    assert index.run().success and looked_at(index).agrees


def test_a_page_that_failed_keeps_its_old_version_and_is_nothing_to_repair(index):
    (index.docs / "a.md").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    index.run()
    assert looked_at(index).agrees


def test_an_ingest_that_did_not_end_is_told(index):
    graph = index.pipeline.graph
    (collection,) = graph.collections()
    graph.save_collection(replace(collection, started_ingest_id="another"))
    assert looked_at(index).unfinished
