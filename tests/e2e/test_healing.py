"""A store wiped or damaged between two ingests: the next one notices, says so, and makes all true again with the least work."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import ladybug
import psycopg2
import pytest
import redis
from servers.wipe import wipe_data

SAMPLES = Path(__file__).parents[2] / "samples"
NOTHING = {"documents_parsed": 0, "documents_extracted": 0, "chunks_embedded": 0}


def ingested(home) -> tuple[dict, dict]:
    """The plan and the result of an ingest that ends well."""
    done = home.ingestctl("ingest", str(home.docs), "--json")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return lines[0], lines[-1]


def is_as_before(home) -> bool:
    return home.ingestctl("export", "after", "--compare", "before").returncode == 0


def heals(home, work: dict[str, int], *words: str) -> None:
    """The next ingest says these words, does this work, and leaves the content as it was and nothing more to do."""
    plan, result = ingested(home)
    (found,) = plan["findings"]
    assert all(word in found for word in words), found
    assert {name: result["work"][name] for name in work} == work
    assert result["errors"] == [] and result["drift_pct"] == 0 and is_as_before(home)
    again, result = ingested(home)
    assert again["findings"] == [] and result["documents"]["unchanged"] == 5 and result["run_ids"] == []


@pytest.fixture
def whole(home):
    """The samples, ingested and exported."""
    shutil.copytree(SAMPLES, home.docs, dirs_exist_ok=True)
    ingested(home)
    assert home.ingestctl("export", "before").returncode == 0
    return home


@pytest.fixture
def whole_on_neo4j(home, neo4j):
    home.environment.update(NEO4J_URI=neo4j.uri, NEO4J_USER=neo4j.user, NEO4J_PASSWORD=neo4j.password, VECTORS="neo4j")
    shutil.copytree(SAMPLES, home.docs, dirs_exist_ok=True)
    ingested(home)
    assert home.ingestctl("export", "before").returncode == 0
    return home


def wiped(*patterns: str) -> Callable:
    def wipe(home) -> None:
        for path in (path for pattern in patterns for path in (home.folder / "data").glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return wipe


def one_of_each_artifact(home) -> None:
    for asset in (home.folder / "data" / "artifacts").iterdir():
        if asset.name in ("parsed_documents", "extracted_entities", "section_embeddings"):
            min(path for path in asset.rglob("*") if path.is_file()).unlink()


def document_node(home) -> None:
    database = ladybug.Database(str(home.folder / "data" / "graph.lbug"))
    connection = ladybug.Connection(database)
    connection.execute("MATCH (d:Document) WHERE d.source_uri = 'cli-reference.md' DETACH DELETE d")
    connection.close()
    database.close()


@pytest.mark.slow_for("artifacts", "vectors", "a document's node", "dagster", "single artifacts")
@pytest.mark.parametrize(
    ("damage", "work", "words"),
    [
        (wiped("graph.lbug*"), NOTHING, ("the graph does not contain 'docs'", "wiped")),
        (wiped("vectors"), NOTHING, ("vector store edge", "5 documents are written again")),
        (
            wiped("artifacts"),
            {"documents_parsed": 5, "documents_extracted": 5, "chunks_embedded": 0, "points_upserted": 0},
            ("artifacts were wiped", "5 documents are parsed"),
        ),
        (wiped("dagster"), NOTHING | {"points_upserted": 0}, ("Dagster's storage", "events of 5 documents")),
        (one_of_each_artifact, {"chunks_embedded": 0, "points_upserted": 0}, ("artifacts of", "are missing")),
        (document_node, NOTHING | {"points_upserted": 0}, ("nodes of 1 documents are missing", "cli-reference.md")),
    ],
    ids=["graph", "vectors", "artifacts", "dagster", "single artifacts", "a document's node"],
)
def test_what_was_wiped_is_noticed_said_and_made_whole(whole, damage, work, words):
    damage(whole)
    heals(whole, work, *words)


@pytest.mark.slow
@pytest.mark.process
def test_events_of_a_deleted_dagster_storage_are_all_recorded_again(whole):
    wiped("dagster")(whole)
    ingested(whole)
    script = (
        "import dagster as dg; from wekadocs_assets.core.recipe import ASSETS\n"
        "with dg.DagsterInstance.get() as instance:\n"
        "    keys = [instance.get_materialized_partitions(dg.AssetKey(name)) for name in ASSETS]\n"
        "    print([len([k for k in found if '/' in k]) for found in keys],"
        " len(instance.get_dynamic_partitions('source_documents')))\n"
    )
    environment = whole.environment | {"DAGSTER_HOME": str(SAMPLES.parent)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=120)
    assert done.stdout.split("\n")[0] == "[5, 5, 5, 5, 5] 6", done.stderr


@pytest.mark.slow
def test_points_of_pages_that_are_not_there_any_more_go_though_nothing_else_is_to_be_done(whole):
    """Graph and artifacts are wiped, and the folder has one page left, which cannot be read: nothing knows of the points."""
    wiped("graph.lbug*", "artifacts")(whole)
    shutil.rmtree(whole.docs)
    whole.docs.mkdir()
    (whole.docs / "huge.md").write_text("# Too large\n\n" + "word " * 400_000)
    whole.environment["MAX_DOCUMENT_MB"] = "1"
    done = whole.ingestctl("ingest", str(whole.docs), "--json")
    plan, *_, result = [json.loads(line) for line in done.stdout.splitlines()]
    assert "the graph does not contain 'docs'" in plan["findings"][0] and plan["unreadable"] == 1
    assert result["drift_pct"] == 0 and result["work"]["points_deleted"] > 0


@pytest.mark.slow
def test_everything_wiped_but_the_artifacts_embeds_nothing(whole):
    wiped("graph.lbug*", "vectors", "dagster")(whole)
    _, result = ingested(whole)
    assert {name: result["work"][name] for name in NOTHING} == NOTHING and is_as_before(whole)


@pytest.mark.slow
def test_a_neo4j_that_was_wiped_graph_and_vectors_is_filled_from_the_artifacts(whole_on_neo4j, neo4j_driver, neo4j):
    wipe_data(neo4j_driver, neo4j.database)
    _, result = ingested(whole_on_neo4j)
    assert {name: result["work"][name] for name in NOTHING} == NOTHING and is_as_before(whole_on_neo4j)


@pytest.mark.slow
def test_vectors_of_a_neo4j_that_were_deleted_are_written_again(whole_on_neo4j, neo4j_driver, neo4j):
    with neo4j_driver.session(database=neo4j.database) as session:
        session.run("MATCH (n) WHERE n:VectorPoint OR n:VectorIndex DETACH DELETE n").consume()
    heals(whole_on_neo4j, NOTHING, "vector store neo4j", "5 documents are written again")


@pytest.mark.slow
def test_a_document_node_of_neo4j_that_was_deleted_keeps_what_users_hung_on_its_sections(
    whole_on_neo4j, neo4j_driver, neo4j
):
    with neo4j_driver.session(database=neo4j.database) as session:
        session.run("MATCH (s:Section {title: 'Topics'}) CREATE (:Review {by: 'me'})-[:ABOUT]->(s)").consume()
        session.run("MATCH (d:Document {source_uri: 'cli-reference.md'}) DETACH DELETE d").consume()
        heals(whole_on_neo4j, NOTHING | {"points_upserted": 0}, "nodes of 1 documents are missing", "cli-reference.md")
        held = session.run("MATCH (r:Review)-[:ABOUT]->(s:Section) RETURN count(s) AS n").single()["n"]
        there = session.run("MATCH (s:Section {title: 'Topics'}) RETURN count(s) AS n").single()["n"]
        session.run("MATCH (r:Review) DETACH DELETE r").consume()
    assert held == there


@pytest.mark.slow
def test_a_postgres_whose_tables_were_dropped_gets_every_event_again(home, own_postgres):
    home.environment["DAGSTER_POSTGRES_URL"] = own_postgres.url
    shutil.copytree(SAMPLES, home.docs, dirs_exist_ok=True)
    ingested(home)
    assert home.ingestctl("export", "before").returncode == 0
    connection = psycopg2.connect(own_postgres.url)
    connection.autocommit = True
    connection.cursor().execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    connection.close()
    plan, result = ingested(home)
    assert plan["changed"] == 5 and {name: result["work"][name] for name in NOTHING} == NOTHING
    again, _ = ingested(home)
    assert again["unchanged"] == 5 and is_as_before(home)


@pytest.mark.slow
def test_a_redis_that_was_flushed_leaves_nothing_to_make_again(home, redis_server):
    home.environment["REDIS_URL"] = redis_server
    shutil.copytree(SAMPLES, home.docs, dirs_exist_ok=True)
    ingested(home)
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    plan, result = ingested(home)
    assert plan["findings"] == [] and result["documents"]["unchanged"] == 5
    (page,) = list(home.docs.rglob("*.md"))[:1]
    page.write_text(page.read_text() + "\nOne more sentence.\n")
    plan, result = ingested(home)
    with redis.Redis.from_url(redis_server, decode_responses=True) as client:
        told = [fields["stage"] for _, fields in client.xrange(f"ingest:events:{result['ingest_id']}")]
        (state,) = client.keys("ingest:state:*")
        assert plan["changed"] == 1 and (told[0], told[-1]) == ("PENDING", "DONE")
        assert client.hget(state, "status") == "DONE" and client.hget(state, "attempt") == "1"


@pytest.mark.process
def test_reconcile_says_what_differs_repairs_it_and_says_that_it_did(whole):
    script = (
        "from wekadocs_assets.app import bootstrap; from wekadocs_assets.config.settings import read_settings\n"
        "p = bootstrap.open_pipeline(read_settings()); v = p.target.embedding_version\n"
        "p.vectors.delete(v, [point.id for point in p.vectors.scan(v)][:4])\n"
    )
    subprocess.run([sys.executable, "-c", script], env=whole.environment, check=True, cwd=whole.folder, timeout=120)
    assert ingested(whole)[1]["run_ids"] == [], "an ingest trusts what its ledger says"
    found = whole.ingestctl("reconcile", "--json")
    (collection,) = json.loads(found.stdout)["collections"]
    missing = [len(p["missing"]) for f in collection["findings"] for p in f["points"].values()]
    assert found.returncode == 1 and sum(missing) == 4
    assert collection["drift_pct"] == pytest.approx(100 * 4 / 18, abs=1e-3)
    repaired = whole.ingestctl("reconcile", "--repair", "--json")
    (done,) = json.loads(repaired.stdout)["repaired"]
    assert repaired.returncode == 0 and (done["texts_encoded"], done["points_written"]) == (0, 4)
    quiet = whole.ingestctl("reconcile")
    assert quiet.returncode == 0 and "no differences" in quiet.stderr and is_as_before(whole)
