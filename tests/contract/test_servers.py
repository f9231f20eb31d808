"""The servers that other tests stand on: each starts, answers, dies when told, and keeps what it promises to keep."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg2
import pytest
import redis
from neo4j import Driver, GraphDatabase
from servers.neo4j import Neo4jServer, fetched_jars
from servers.neo4j import missing as neo4j_missing
from servers.postgres import missing as postgres_missing
from servers.process import ServerNotStarted, ServerProcess, listens
from servers.redis import missing as redis_missing
from servers.required import require, unavailable

TESTS = Path(__file__).parents[1]


@contextlib.contextmanager
def driver_of(server):
    with GraphDatabase.driver(server.uri, auth=(server.user, server.password)) as driver:
        yield driver


def count(driver: Driver, statement: str) -> int:
    return driver.execute_query(statement).records[0][0]


@pytest.mark.slow
def test_neo4j_keeps_its_data_when_it_is_killed_and_started_again(own_neo4j):
    with driver_of(own_neo4j) as driver:
        driver.execute_query("CREATE CONSTRAINT FOR (n:Kept) REQUIRE n.id IS UNIQUE")
        driver.execute_query("UNWIND range(1, 100) AS id CREATE (:Kept {id: id})")
    first = own_neo4j.pid
    own_neo4j.kill()
    assert not listens(own_neo4j.bolt_port)
    own_neo4j.start()
    assert own_neo4j.pid != first
    with driver_of(own_neo4j) as driver:
        assert count(driver, "MATCH (n:Kept) RETURN count(n)") == 100
        assert count(driver, "SHOW CONSTRAINTS YIELD name RETURN count(*)") == 1


@pytest.mark.process
def test_a_neo4j_that_refuses_its_settings_is_told_with_the_reason(tmp_path):
    require(neo4j_missing())
    with pytest.raises(ServerNotStarted, match="no.such.setting"):
        Neo4jServer(tmp_path, **{"no.such.setting": "1"}).start()


@pytest.mark.process
def test_a_broken_download_of_the_jars_never_counts(tmp_path, monkeypatch):
    mvn = tmp_path / "bin" / "mvn"
    mvn.parent.mkdir()
    mvn.write_text("#!/bin/sh\nmkdir lib && touch lib/half.jar && echo connection reset && exit 1\n")
    mvn.chmod(0o755)
    monkeypatch.setenv("PATH", str(mvn.parent), prepend=":")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(RuntimeError, match="connection reset"):
        fetched_jars()
    assert [path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()] == ["fetch.lock"]


def test_what_is_missing_is_told_by_name(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "java 17+ is missing" in neo4j_missing()
    assert "redis-server is missing" in redis_missing()


def test_the_neo4j_fixture_is_empty_of_data(neo4j, neo4j_driver):
    assert count(neo4j_driver, "MATCH (n) RETURN count(n)") == 0
    neo4j_driver.execute_query("CREATE (:A)-[:R]->(:B)")
    neo4j_driver.execute_query("CREATE CONSTRAINT a_id IF NOT EXISTS FOR (n:A) REQUIRE n.id IS UNIQUE")
    neo4j_driver.execute_query("CREATE FULLTEXT INDEX `b``text` IF NOT EXISTS FOR (n:B) ON EACH [n.text]")


def test_the_bare_neo4j_fixture_is_empty_of_schema_too(neo4j_bare, neo4j_driver):
    assert count(neo4j_driver, "MATCH (n) RETURN count(n)") == 0
    assert count(neo4j_driver, "SHOW CONSTRAINTS YIELD name RETURN count(*)") == 0
    assert count(neo4j_driver, "SHOW INDEXES YIELD type WHERE type <> 'LOOKUP' RETURN count(*)") == 0


@pytest.mark.slow
def test_postgres_keeps_its_data_when_it_is_killed_and_started_again(own_postgres):
    with contextlib.closing(psycopg2.connect(own_postgres.url)) as connection:
        connection.cursor().execute("CREATE TABLE kept AS SELECT generate_series(1, 100) AS id")
        connection.commit()
    own_postgres.kill()
    assert not listens(own_postgres.port)
    own_postgres.start()
    with contextlib.closing(psycopg2.connect(own_postgres.url)) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT count(*) FROM kept")
        assert cursor.fetchone() == (100,)


def test_postgres_asks_for_the_password(own_postgres):
    wrong = own_postgres.url.replace(own_postgres.password, "wrong")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(wrong)


def test_redis_answers_and_can_be_killed(own_redis):
    with redis.Redis.from_url(own_redis.url) as client:
        client.set("key", "value")
        assert client.get("key") == b"value"
        own_redis.kill()
        with pytest.raises(redis.ConnectionError):
            client.get("key")
        own_redis.start()
        assert client.get("key") is None


class Failing(ServerProcess):
    name = "failing"

    def command(self):
        return ["sh", "-c", "echo no room left; exit 7"]

    def answers(self):
        return False


@pytest.mark.process
def test_a_server_that_ends_at_once_is_told_with_its_log(tmp_path):
    with pytest.raises(ServerNotStarted, match=r"failing ended with code 7[\s\S]*no room left"):
        Failing(tmp_path).start()


@pytest.mark.process
def test_a_server_dies_with_the_process_that_started_it(tmp_path):
    require(redis_missing())
    script = (
        "import pathlib, sys, time; from servers.redis import RedisServer;"
        "s = RedisServer(pathlib.Path(sys.argv[1])); s.start(); print(s.port, flush=True); time.sleep(60)"
    )
    environment = os.environ | {"PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-c", script, str(tmp_path / "orphan")]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as parent:
        port = int(parent.stdout.readline())
        assert listens(port)
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while listens(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not listens(port)


def test_a_server_outlives_the_thread_that_started_it_again(own_redis):
    own_redis.kill()
    thread = threading.Thread(target=own_redis.start)
    thread.start()
    thread.join()
    time.sleep(0.2)
    assert own_redis.running and own_redis.answers()


def with_servers(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "NEO4J_URI"} | {"PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-m", "servers", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.slow
@pytest.mark.process
def test_a_command_gets_the_servers_it_asked_for_and_its_exit_code_is_passed_on():
    require(redis_missing() or postgres_missing())
    script = (
        "import os; print(*(os.environ.get(k) for k in ('REDIS_URL', 'DAGSTER_POSTGRES_URL', 'NEO4J_URI'))); exit(7)"
    )
    done = with_servers("--redis", "--postgres", "--", sys.executable, "-c", script)
    redis_url, postgres_url, neo4j_uri = done.stdout.split()
    assert (done.returncode, neo4j_uri) == (7, "None"), done.stderr
    assert redis_url.startswith("redis://127.0.0.1:") and postgres_url.startswith("postgresql://dagster:")
    assert not listens(int(redis_url.split(":")[-1].split("/")[0]))


@pytest.mark.process
def test_without_a_command_nothing_is_started():
    assert with_servers("--redis").returncode == 2


@pytest.mark.parametrize(("ci", "promised", "outcome"), [
    ("", True, pytest.skip.Exception),
    ("true", True, pytest.fail.Exception),
    ("true", False, pytest.skip.Exception),
])  # fmt: skip
def test_a_missing_server_is_a_skip_by_name_but_a_failure_where_ci_promises_it(monkeypatch, ci, promised, outcome):
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="redis-server is missing"):
        unavailable("redis-server is missing", promised=promised)


def test_nothing_missing_is_no_skip():
    require(None)
