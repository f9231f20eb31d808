"""`ingestctl doctor` on real parts: each of its checks is made to fail once, and it changes nothing."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from servers.access import Neo4jAccess
from servers.process import free_port

from wekadocs_assets.adapters.data_folder.engine_versions import NAME as STAMP
from wekadocs_assets.adapters.data_folder.locks import FreeLock, ingest_lock
from wekadocs_assets.adapters.ladybug.graph import LadybugGraph
from wekadocs_assets.adapters.qdrant.edge import EdgeVectors
from wekadocs_assets.adapters.redis.embedded_valkey import socket_path

if TYPE_CHECKING:
    from conftest import Home

HASH = "hash-64-sum.c128-r1"
HEAVY = ("dagster", "torch", "sentence_transformers", "transformers", "pandas")


def with_settings(home: Home, **settings: str) -> Home:
    return replace(home, environment=home.environment | settings)


def doctor(home: Home, **settings: str) -> tuple[int, dict[tuple[str, str], list[dict]]]:
    """Exit code, and the findings by part and check."""
    done = with_settings(home, **settings).ingestctl("doctor", "--json")
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)
    assert told["ok"] == (done.returncode == 0) and done.stderr == ""
    found: dict[tuple[str, str], list[dict]] = {}
    for finding in told["findings"]:
        found.setdefault((finding["part"], finding["check"]), []).append(finding)
        assert finding["status"] != "problem" or finding["hint"], finding
    return done.returncode, found


def only_problem(found: dict[tuple[str, str], list[dict]]) -> dict:
    (problem,) = [f for findings in found.values() for f in findings if f["status"] == "problem"]
    return problem


def statuses(found: dict[tuple[str, str], list[dict]]) -> set[str]:
    return {finding["status"] for findings in found.values() for finding in findings}


def files_below(folder: Path) -> dict[str, str]:
    """Every file's and folder's state."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def ingested(ingested_home: Home, tmp_path: Path) -> Home:
    """A copy of an embedded index, to be damaged."""
    folder = tmp_path / "copy"
    shutil.copytree(ingested_home.folder, folder)
    moved = {"WEKADOCS_HOME": str(folder / "data"), "REPORTS_DIR": str(folder / "reports")}
    return replace(ingested_home, folder=folder, docs=folder / "docs", environment=ingested_home.environment | moved)


def test_before_the_first_ingest_all_is_well_and_nothing_is_made(home):
    before = files_below(home.folder)
    code, found = doctor(home)
    assert code == 0 and statuses(found) == {"ok"}
    assert "does not exist yet" in found["data folder", "rights"][0]["detail"]
    assert files_below(home.folder) == before


def test_an_index_is_found_well_and_left_as_it_is(ingested):
    before = files_below(ingested.folder)
    code, found = doctor(ingested)
    assert code == 0 and statuses(found) == {"ok"}, found
    assert "5 documents" in found["graph (Ladybug)", "content"][0]["detail"]
    assert f"{HASH}: 18 points, 64 dimensions" == found["vectors (edge)", "versions"][0]["detail"]
    assert found["embedding model", "switch"][0]["detail"] == f"serves {HASH}"
    assert files_below(ingested.folder) == before


def test_people_get_a_line_a_finding_with_the_hint_below_it(ingested):
    (ingested.folder / "data" / STAMP).write_text(json.dumps({"ladybug": "0.0.1"}))
    done = ingested.ingestctl("doctor")
    lines = done.stdout.splitlines()
    (number,) = [n for n, line in enumerate(lines) if "PROBLEM" in line]
    assert done.returncode == 1 and done.stderr == ""
    assert lines[number].startswith("data folder") and "0.0.1" in lines[number]
    assert lines[number + 1].strip().startswith("hint: ingest again")


def test_the_socket_of_the_embedded_valkey_is_printed_for_other_programs(ingested, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(ingested.folder))
    done = with_settings(ingested, XDG_RUNTIME_DIR=str(ingested.folder)).ingestctl("doctor")
    socket = socket_path(ingested.folder / "data" / "valkey")
    assert f"embedded Valkey, unix://{socket} while it runs" in done.stdout


@pytest.mark.process
def test_doctor_loads_neither_dagster_nor_a_model(ingested):
    script = f"""import sys
from wekadocs_assets.cli.main import main
sys.argv = ["ingestctl", "doctor"]
try:
    main()
except SystemExit as stop:
    print("LOADED", [name for name in {HEAVY!r} if name in sys.modules], stop.code)
"""
    environment = ingested.environment | {"EMBEDDING_MODEL": ""}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment)
    assert done.stdout.splitlines()[-1] == "LOADED [] 0", done.stderr


@pytest.mark.parametrize("place", ["a file", "/proc"])
def test_a_data_folder_that_cannot_be_written(home, place):
    folder = Path(place) if place == "/proc" else home.folder / "file"
    if place == "a file":
        folder.write_text("in the way")
    code, found = doctor(home, WEKADOCS_HOME=str(folder))
    assert code == 1 and found["data folder", "rights"][0]["status"] == "problem"
    assert "WEKADOCS_HOME" in found["data folder", "rights"][0]["hint"]
    assert found["embedding model", "files"][0]["status"] == "ok", "the rest is told too"


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_of_another_user_cannot_be_written(home):
    folder = home.folder / "closed"
    folder.mkdir(mode=0o500)
    code, found = doctor(home, REPORTS_DIR=str(folder))
    assert code == 1 and only_problem(found)["check"] == "reports"


def test_settings_that_contradict_each_other_are_no_finding_but_exit_code_2(home):
    done = with_settings(home, VECTORS="qdrant").ingestctl("doctor", "--json")
    assert done.returncode == 2 and "QDRANT_URL" in done.stderr and done.stdout == ""


def test_a_running_ingest_is_named(ingested):
    with ingest_lock(ingested.folder / "data" / "ingest.lock", "20260101T000000Z-abc"):
        code, found = doctor(ingested)
    (finding,) = found["data folder", "ingest lock"]
    assert code == 0 and finding["status"] == "note"
    assert f"process {os.getpid()}, ingest 20260101T000000Z-abc" in finding["detail"]


def test_an_ingest_that_was_killed_is_named(ingested):
    (ingested.folder / "data" / "ingest.lock").write_text(json.dumps({"pid": 77, "ingest_id": "gone"}))
    code, found = doctor(ingested)
    (finding,) = found["data folder", "ingest lock"]
    assert code == 0 and finding["status"] == "note" and "process 77, ingest gone) was killed" in finding["detail"]


def test_stores_that_another_process_writes_are_a_note_with_that_process(ingested):
    with (ingested.folder / "data" / "locks" / "stores.lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        code, found = doctor(ingested, CONNECT_TIMEOUT="0.3")
    (lock,) = found["data folder", "store lock"]
    assert code == 0 and lock["status"] == "note" and str(os.getpid()) in lock["detail"]
    assert found["graph (Ladybug)", "opens"][0]["status"] == "note"


def test_another_version_of_an_engine_than_the_one_that_made_the_files(ingested):
    (ingested.folder / "data" / STAMP).write_text(json.dumps({"ladybug": "0.21.0", "qdrant-edge-py": "0.1"}))
    code, found = doctor(ingested)
    engines = found["data folder", "engines"]
    assert code == 1 and [finding["status"] for finding in engines] == ["problem"] * 2
    assert "0.21.0" in engines[0]["detail"] and "ladybug==0.21.0" in engines[0]["hint"]


def test_a_graph_of_another_schema(ingested):
    graph = LadybugGraph(ingested.folder / "data" / "graph.lbug", FreeLock())
    graph._write(lambda run: run("MATCH (n:WekadocsSchema) SET n.`schema_version` = 99"))
    graph.close()
    code, found = doctor(ingested)
    assert code == 1 and "schema version 99" in found["graph (Ladybug)", "opens"][0]["detail"]
    assert found["vectors (edge)", "versions"][0]["status"] == "ok"


def test_a_graph_that_is_none(ingested):
    (ingested.folder / "data" / "graph.lbug").write_bytes(b"no database at all" * 500)
    code, found = doctor(ingested)
    assert code in (1, 3) and found["graph (Ladybug)", "opens"][0]["status"] == "problem"


def test_a_checkpoint_that_was_left_half_made_is_left_so(ingested):
    unfinished = ingested.folder / "data" / "graph.lbug.shadow"
    unfinished.write_bytes(b"half")
    code, found = doctor(ingested)
    assert code == 0 and found["graph (Ladybug)", "opens"][0]["status"] == "note"
    assert unfinished.read_bytes() == b"half"


def test_locks_that_are_gone_are_not_made(ingested):
    shutil.rmtree(ingested.folder / "data" / "locks")
    code, found = doctor(ingested)
    assert code == 0 and found["graph (Ladybug)", "opens"][0]["status"] == "note"
    assert not (ingested.folder / "data" / "locks").exists()


def test_served_vectors_that_are_gone(ingested):
    shutil.rmtree(ingested.folder / "data" / "vectors")
    code, found = doctor(ingested)
    assert code == 1 and only_problem(found)["check"] == "served" and HASH in only_problem(found)["detail"]


def test_a_model_of_another_dimension_than_the_vectors_of_its_name(home):
    EdgeVectors(home.folder / "data" / "vectors", FreeLock()).open(HASH, 8)
    code, found = doctor(home)
    assert code == 1 and only_problem(found)["part"] == "embedding model"
    assert "64" in only_problem(found)["detail"] and "8" in only_problem(found)["detail"]


def test_another_model_or_chunking_than_the_served_one_is_a_note(ingested):
    code, found = doctor(ingested, CHUNK_TOKENS="64")
    (finding,) = found["embedding model", "switch"]
    assert code == 0 and finding["status"] == "note" and "begins a switch" in finding["detail"]


def test_a_model_that_cannot_be_had_is_told_without_asking_the_network(home):
    code, found = doctor(home, EMBEDDING_MODEL="/no/such/model")
    assert code == 1 and "/no/such/model" in only_problem(found)["detail"]
    code, found = doctor(home, EMBEDDING_MODEL="somebody/some-model", HF_HOME=str(home.folder / "hub"))
    (finding,) = found["embedding model", "files"]
    assert code == 0 and finding["status"] == "note" and "not on this machine" in finding["detail"]


def test_artifacts_below_a_url(home):
    code, found = doctor(home, ARTIFACTS_URL="memory://artifacts")
    assert code == 0 and found["artifacts", "rights"][0]["detail"] == "artifacts can be written and deleted"
    code, found = doctor(home, ARTIFACTS_URL="nonesuch://artifacts")
    assert code == 1 and only_problem(found)["part"] == "artifacts" and "nonesuch" in only_problem(found)["detail"]


def all_at(port: int) -> dict[str, str]:
    """Every server at one port, with passwords that nobody may see."""
    return {
        "NEO4J_URI": f"bolt://127.0.0.1:{port}", "NEO4J_PASSWORD": "s3cret-neo4j",
        "QDRANT_URL": f"http://127.0.0.1:{port}", "QDRANT_API_KEY": "s3cret-qdrant",
        "REDIS_URL": f"redis://:s3cret-redis@127.0.0.1:{port}/0",
        "DAGSTER_POSTGRES_URL": f"postgresql://user:s3cret-postgres@127.0.0.1:{port}/dagster",
        "VECTORS": "qdrant,neo4j",
    }  # fmt: skip


@pytest.mark.process
def test_every_server_that_is_absent_is_named_with_its_address_and_its_setting(home):
    port = free_port()
    begun = time.monotonic()
    done = with_settings(home, **all_at(port)).ingestctl("doctor", "--json")
    assert time.monotonic() - begun < 60 and done.returncode == 3
    found = [f for f in json.loads(done.stdout)["findings"] if f["status"] == "problem"]
    settings = {"graph (Neo4j)": "NEO4J_URI", "vectors (qdrant)": "QDRANT_URL", "vectors (neo4j, replica)": "NEO4J_URI"}
    settings |= {"progress (Redis)": "REDIS_URL", "Dagster's storage": "DAGSTER_POSTGRES_URL"}
    assert {f["part"] for f in found} == settings.keys()
    for finding in found:
        assert settings[finding["part"]] in finding["hint"] and str(port) in finding["detail"]
        assert finding["unreachable"] and finding["needed"] == (
            "replica" not in finding["part"] and "Redis" not in finding["part"]
        )
    assert "s3cret" not in done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.process
def test_servers_that_take_a_connection_and_never_answer_end_in_time(home):
    with closing(socket.create_server(("127.0.0.1", 0), backlog=128)) as silent:
        begun = time.monotonic()
        done = with_settings(home, **all_at(silent.getsockname()[1])).ingestctl("doctor", "--json")
        assert time.monotonic() - begun < 75
    found = json.loads(done.stdout)["findings"]
    problems = {f["part"] for f in found if f["status"] == "problem"}
    assert done.returncode == 3 and len(problems) == 5, found
    assert {f["part"] for f in found if f["status"] == "ok"} >= {"settings", "data folder", "embedding model"}


# Redis and Postgres


def test_redis_is_found_well(home, redis_server):
    code, found = doctor(home, REDIS_URL=redis_server)
    assert code == 0 and found["progress (Redis)", "rights"][0]["status"] == "ok"
    assert "no limit" in found["progress (Redis)", "memory"][0]["detail"]


def test_an_absent_redis_is_told_as_what_ingests_go_on_without(home):
    code, found = doctor(home, REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    assert code == 1 and "go on without it" in only_problem(found)["hint"]


def test_what_is_wrong_with_a_redis_that_answers(home, own_redis):
    import redis

    with redis.Redis.from_url(own_redis.url) as client:
        client.config_set("maxmemory", 100 << 20)
        client.config_set("maxmemory-policy", "allkeys-lru")
        code, found = doctor(home, REDIS_URL=own_redis.url)
        (memory,) = found["progress (Redis)", "memory"]
        assert code == 0 and memory["status"] == "note" and "100 MB, allkeys-lru" in memory["detail"]
        assert client.keys("*") == []
        client.replicaof("127.0.0.1", free_port())
        code, found = doctor(home, REDIS_URL=own_redis.url)
        assert code == 1 and only_problem(found)["check"] == "rights"
        client.replicaof("NO", "ONE")
        client.config_set("requirepass", "right")
    wrong = own_redis.url.replace("redis://", "redis://:wr0ng-password@")
    code, found = doctor(home, REDIS_URL=wrong)
    assert code == 1 and "refuses the login" in only_problem(found)["detail"]
    assert "wr0ng" not in json.dumps(list(found.values()))


def execute(url: str, *statements: str) -> None:
    import psycopg2

    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)


def test_postgres_is_found_well_and_gets_no_table(home, postgres_server):
    import psycopg2

    code, found = doctor(home, DAGSTER_POSTGRES_URL=postgres_server)
    assert code == 0 and statuses(found) == {"ok"}
    with closing(psycopg2.connect(postgres_server)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname LIKE 'wekadocs%'")
        assert cursor.fetchone() == (0,)


def test_a_wrong_password_at_postgres_is_told_without_it(home, postgres_server):
    parts = urlsplit(postgres_server)
    wrong = postgres_server.replace(f":{parts.password}@", ":wr0ng-password@")
    code, found = doctor(home, DAGSTER_POSTGRES_URL=wrong)
    assert code == 1 and "refuses the login" in only_problem(found)["detail"]
    assert "wr0ng" not in json.dumps(list(found.values()))


def test_a_postgres_that_is_read_only_or_gives_no_rights(home, own_postgres):
    parts = urlsplit(own_postgres.url)
    guest = own_postgres.url.replace(f"{parts.username}:{parts.password}@", "guest:guest@")
    execute(
        own_postgres.url,
        "CREATE ROLE guest LOGIN PASSWORD 'guest'",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO guest",
    )
    code, found = doctor(home, DAGSTER_POSTGRES_URL=guest)
    assert code == 1 and "may not create tables" in only_problem(found)["detail"]
    execute(own_postgres.url, "CREATE TABLE event_logs (n integer)")
    code, found = doctor(home, DAGSTER_POSTGRES_URL=guest)
    assert code == 1 and "may not write to event_logs" in only_problem(found)["detail"]
    execute(own_postgres.url, f"ALTER DATABASE {parts.path[1:]} SET default_transaction_read_only = on")
    code, found = doctor(home, DAGSTER_POSTGRES_URL=own_postgres.url)
    assert code == 1 and "read-only" in only_problem(found)["detail"]


# Neo4j


def at(access: Neo4jAccess, **more: str) -> dict[str, str]:
    known = {"NEO4J_URI": access.uri, "NEO4J_USER": access.user, "NEO4J_PASSWORD": access.password}
    return known | {"NEO4J_DATABASE": access.database, "VECTORS": "neo4j"} | more


@pytest.fixture
def served_home(home: Home, neo4j: Neo4jAccess) -> Home:
    """One document ingested into Neo4j as graph and as vector store."""
    (home.docs / "a.md").write_text("# A\n\nWords of A.\n")
    served = with_settings(home, **at(neo4j))
    done = served.ingestctl("ingest", str(home.docs))
    assert done.returncode == 0, done.stderr
    return served


ALL_OF_IT = "MATCH (n) RETURN count(n) AS nodes"


def counted(driver, access: Neo4jAccess) -> tuple[int, list[str], list[str]]:
    """Nodes, names of constraints and indexes, names of labels ever used."""
    with driver.session(database=access.database) as session:
        nodes = session.run(ALL_OF_IT).single()["nodes"]
        indexes = sorted(session.run("SHOW INDEXES YIELD name RETURN name").value())
        return nodes, indexes, sorted(session.run("CALL db.labels() YIELD label RETURN label").value())


def test_an_empty_neo4j_is_well_and_stays_empty(home, neo4j_bare, neo4j_driver):
    before = counted(neo4j_driver, neo4j_bare)
    code, found = doctor(home, **at(neo4j_bare))
    assert code == 0 and statuses(found) == {"ok"}, found
    assert counted(neo4j_driver, neo4j_bare) == before


@pytest.mark.slow
def test_an_index_in_neo4j_is_found_well_and_left_as_it_is(served_home, neo4j, neo4j_driver):
    before = counted(neo4j_driver, neo4j)
    code, found = doctor(served_home)
    assert code == 0 and statuses(found) == {"ok"}, found
    assert "1 documents" in found["graph (Neo4j)", "content"][0]["detail"]
    assert "1 points, 64 dimensions" in found["vectors (neo4j)", "versions"][0]["detail"]
    assert counted(neo4j_driver, neo4j) == before


def test_constraints_and_indexes_that_somebody_changed(served_home, neo4j, neo4j_driver):
    with neo4j_driver.session(database=neo4j.database) as session:
        for statement in (
            "DROP INDEX wekadocs_section_tag",
            "CREATE INDEX wekadocs_section_tag FOR (n:Section) ON (n.title)",
            "DROP INDEX wekadocs_document_tag",
            "DROP INDEX VectorPoint_checksum",
        ):
            session.run(statement).consume()
    code, found = doctor(served_home)
    with neo4j_driver.session(database=neo4j.database) as session:  # else a later test never gets the right one
        session.run("DROP INDEX wekadocs_section_tag").consume()
    graph = {f["detail"]: f["hint"] for f in found["graph (Neo4j)", "indexes"]}
    assert code == 1 and len(graph) == 2
    assert "CREATE INDEX wekadocs_document_tag" in graph["index wekadocs_document_tag is missing"]
    assert "wekadocs_section_tag covers Section(title), not Section(tag)" in graph
    (vectors,) = found["vectors (neo4j)", "indexes"]
    assert vectors["detail"] == "index VectorPoint_checksum is missing" and "ingest again" in vectors["hint"]


@pytest.mark.slow
def test_a_lease_is_told_with_its_holder_and_its_time(served_home, neo4j, neo4j_driver):
    take = "MATCH (n:Collection) SET n.lease_owner = 'ingest 7 (process 1 on host)', n.lease_until = timestamp() + $ms"
    with neo4j_driver.session(database=neo4j.database) as session:
        session.run(take, ms=60_000).consume()
        code, found = doctor(served_home)
        (held,) = found["graph (Neo4j)", "leases"]
        session.run(take, ms=-5_000).consume()
        (left,) = doctor(served_home)[1]["graph (Neo4j)", "leases"]
    assert code == 0 and held["status"] == left["status"] == "note"
    assert "docs is held by ingest 7 (process 1 on host), for " in held["detail"]
    assert "was held by ingest 7 (process 1 on host), whose lease expired" in left["detail"]


def test_a_neo4j_of_somebody_else(home, neo4j, neo4j_driver):
    with neo4j_driver.session(database=neo4j.database) as session:
        session.run("CREATE (:Document {name: 'theirs'}), (:VectorPoint {id: 'theirs'})").consume()
    code, found = doctor(home, **at(neo4j))
    assert code == 1 and "belongs to another program" in found["graph (Neo4j)", "schema"][0]["detail"]
    assert "of another program" in found["vectors (neo4j)", "versions"][0]["detail"]
    assert counted(neo4j_driver, neo4j)[0] == 2


def test_a_wrong_password_and_an_absent_database_at_neo4j(home, neo4j):
    code, found = doctor(home, **at(neo4j, VECTORS="edge", NEO4J_PASSWORD="wr0ng-password"))
    assert code == 1 and "does not accept" in only_problem(found)["detail"]
    assert "wr0ng" not in json.dumps(list(found.values()))
    code, found = doctor(home, **at(neo4j, VECTORS="edge", NEO4J_DATABASE="elsewhere"))
    assert code == 1 and "no such database" in only_problem(found)["detail"]


@pytest.mark.slow
def test_a_neo4j_that_is_read_only(home, own_neo4j):
    own_neo4j.stop()
    own_neo4j.extra_conf = {"server.databases.default_to_read_only": "true"}
    own_neo4j.start()
    access = Neo4jAccess(own_neo4j.uri, own_neo4j.user, own_neo4j.password, own_neo4j.database)
    code, found = doctor(home, **at(access, VECTORS="edge"))
    assert code == 1 and only_problem(found)["check"] == "rights" and "read-only" in only_problem(found)["detail"]
