"""Servers that are absent at start, or go away in the middle of an ingest: the error names them, and nothing is lost."""

import json
import socket
import time

import pytest
from running_ingest import begun, ended, until
from servers.little_qdrant import HANG, LittleQdrant

LONG = " ".join(f"Gate {n} opens with the tide." for n in range(40))
NOBODY = 9
"""The discard port: nothing listens there."""
AT_START_SECONDS = 25
"""Less than 10 on an idle machine; the retries of mid-run would take longer."""


def with_neo4j(home, server) -> None:
    home.environment.update(NEO4J_URI=server.uri, NEO4J_USER=server.user, NEO4J_PASSWORD=server.password)


def write_pages(home, count: int) -> None:
    for number in range(count):
        (home.docs / f"p{number:02}.md").write_text(
            f"# Page {number}\n\nRun `gatectl open --gate {number}`.\n\n## More\n\n{LONG}\n\nSee [next](p{number + 1:02}.md).\n"
        )


def equal_to_a_clean_run(home) -> bool:
    """Whether the index is what an embedded one makes of the same documents."""
    assert home.ingestctl("export", "served").returncode == 0
    for variable in ("NEO4J_URI", "DAGSTER_POSTGRES_URL"):
        home.environment.pop(variable, None)
    home.environment["WEKADOCS_HOME"] = str(home.folder / "clean")
    assert home.ingestctl("ingest", str(home.docs)).returncode == 0
    compared = home.ingestctl("export", "clean-export", "--compare", "served", "--json")
    return compared.returncode == 0 and json.loads(compared.stdout)["differences"] == {}


@pytest.mark.parametrize(
    ("variable", "url", "named"),
    [
        ("NEO4J_URI", f"bolt://127.0.0.1:{NOBODY}", "Neo4j"),
        ("QDRANT_URL", f"http://127.0.0.1:{NOBODY}", "Qdrant"),
        ("DAGSTER_POSTGRES_URL", f"postgresql://u:secret@127.0.0.1:{NOBODY}/d", "Postgres"),
    ],
)
def test_a_server_that_is_absent_at_start_is_named_with_its_address_and_its_setting(home, variable, url, named):
    write_pages(home, 1)
    home.environment[variable] = url
    started = time.monotonic()
    done = home.ingestctl("ingest", str(home.docs))
    assert time.monotonic() - started < AT_START_SECONDS
    assert done.returncode == 3, done.stderr
    assert named in done.stderr and f"127.0.0.1:{NOBODY}" in done.stderr and variable in done.stderr
    assert "Traceback" not in done.stderr and "secret" not in done.stderr


@pytest.mark.slow
def test_a_server_that_takes_connections_and_says_nothing_is_absent_too(home):
    write_pages(home, 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        for variable, url in (("NEO4J_URI", f"bolt://127.0.0.1:{port}"), ("QDRANT_URL", f"http://127.0.0.1:{port}")):
            home.environment[variable] = url
            started = time.monotonic()
            done = home.ingestctl("ingest", str(home.docs))
            assert time.monotonic() - started < AT_START_SECONDS
            assert done.returncode == 3 and str(port) in done.stderr, done.stderr
            del home.environment[variable]


def test_a_wrong_password_is_no_absent_server(home, neo4j):
    write_pages(home, 1)
    with_neo4j(home, neo4j)
    home.environment["NEO4J_PASSWORD"] = "not-this-one"
    done = home.ingestctl("ingest", str(home.docs))
    assert done.returncode == 2 and "NEO4J_PASSWORD" in done.stderr and "not-this-one" not in done.stderr


def test_an_absent_redis_changes_neither_result_nor_exit_code(home):
    write_pages(home, 2)
    home.environment["REDIS_URL"] = f"redis://127.0.0.1:{NOBODY}/0"
    code, result = home.ingest()
    assert code == 0 and result["documents"]["ingested"] == 2


@pytest.mark.slow
@pytest.mark.process
def test_neo4j_killed_in_mid_run_and_back_again_costs_a_wait_and_nothing_else(home, own_neo4j):
    write_pages(home, 30)
    with_neo4j(home, own_neo4j)
    ingest = begun(home, DOCUMENTS_PER_RUN="10")
    until(ingest, "GRAPHING")
    own_neo4j.kill()
    own_neo4j.start()
    code, result, err = ended(ingest)
    assert code == 0, err
    assert result["documents"]["ingested"] == 30 and result["drift_pct"] == 0
    assert equal_to_a_clean_run(home)


@pytest.mark.slow
@pytest.mark.process
def test_neo4j_killed_for_good_ends_the_ingest_and_the_next_one_does_exactly_the_rest(home, own_neo4j):
    write_pages(home, 30)
    with_neo4j(home, own_neo4j)
    ingest = begun(home, DOCUMENTS_PER_RUN="10", RETRY_SECONDS="1")
    until(ingest, "VECTORS")
    until(ingest, "GRAPHING")
    own_neo4j.kill()
    code, result, err = ended(ingest)
    assert code == 3 and "Neo4j" in err and own_neo4j.uri in err and "Traceback" not in err
    assert result["event"] == "result" and result["errors"]
    own_neo4j.start()
    code, result = home.ingest()
    assert code == 0, result["stderr"]
    assert result["work"]["documents_parsed"] <= 20, "the first part was committed"
    assert result["documents"]["unchanged"] + result["documents"]["ingested"] == 30 and result["drift_pct"] == 0
    assert equal_to_a_clean_run(home)


@pytest.mark.slow
@pytest.mark.process
def test_postgres_killed_in_mid_run_ends_the_ingest_and_the_next_one_does_exactly_the_rest(home, own_postgres):
    write_pages(home, 30)
    home.environment["DAGSTER_POSTGRES_URL"] = own_postgres.url
    ingest = begun(home, DOCUMENTS_PER_RUN="10")
    until(ingest, "VECTORS")
    until(ingest, "GRAPHING")
    own_postgres.kill()
    code, result, err = ended(ingest)
    assert code == 3 and "Postgres" in err and "DAGSTER_POSTGRES_URL" in err and "Traceback" not in err, err
    own_postgres.start()
    code, result = home.ingest()
    assert code == 0 and result["work"]["documents_parsed"] <= 20, result["stderr"]
    assert result["documents"]["unchanged"] + result["documents"]["ingested"] == 30
    assert equal_to_a_clean_run(home)


@pytest.mark.slow
@pytest.mark.process
def test_a_vector_server_that_stops_answering_in_mid_run_ends_the_ingest_with_its_name(home):
    write_pages(home, 3)
    server = LittleQdrant()
    home.environment.update(QDRANT_URL=f"http://127.0.0.1:{server.port}", QDRANT_TIMEOUT="2", RETRY_SECONDS="1")
    ingest = begun(home)
    until(ingest, "PARSING")
    server.always = HANG
    code, _result, err = ended(ingest)
    server.stop()
    assert code == 3 and "Qdrant" in err and str(server.port) in err and "Traceback" not in err
