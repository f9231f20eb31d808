"""What the session with a Neo4j server promises: faults told in our words and in time, nothing half done, forks apart."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from servers.access import Neo4jAccess
from servers.process import free_port
from test_neo4j_graph import NODES, rows, session_at

from wekadocs_assets.adapters.neo4j.errors import TransactionTooLarge
from wekadocs_assets.adapters.neo4j.session import Neo4jSession
from wekadocs_assets.core.errors import ConfigurationError, Retryable, StoreUnavailable


@pytest.fixture
def session(neo4j: Neo4jAccess) -> Iterator[Neo4jSession]:
    opened = session_at(neo4j)
    yield opened
    opened.close()


def test_an_error_of_the_caller_within_a_write_stays_what_it_is(session):
    def wrong(run) -> None:
        run("CREATE (:Person)")
        raise ValueError("not the server's fault")

    with pytest.raises(ValueError, match="not the server's fault"):
        session.write(wrong)
    assert rows(session, NODES) == []


def test_a_transaction_that_takes_too_long_is_no_reason_to_try_the_same_again(session):
    long = "UNWIND range(1, 100000) AS x UNWIND range(1, 100000) AS y WITH x * y AS z CREATE (:Person {z: z})"
    begun = time.monotonic()
    with pytest.raises(TransactionTooLarge, match="timeout") as caught:
        session.write(lambda run: run(long), timeout=0.5)
    assert not isinstance(caught.value, Retryable)
    assert time.monotonic() - begun < 30
    assert rows(session, NODES) == []


ABSENT: dict[str, tuple[dict[str, str], type[Exception], tuple[str, ...]]] = {
    "password": ({"password": "wrong"}, ConfigurationError, ("NEO4J_USER", "NEO4J_PASSWORD")),
    "user": ({"user": "nobody"}, ConfigurationError, ("NEO4J_USER", "NEO4J_PASSWORD")),
    "database": ({"database": "nowhere"}, ConfigurationError, ("NEO4J_DATABASE", "nowhere")),
    "server": ({"uri": f"bolt://127.0.0.1:{free_port()}"}, StoreUnavailable, ("NEO4J_URI", "127.0.0.1")),
    "cluster": ({"uri": f"neo4j://127.0.0.1:{free_port()}"}, StoreUnavailable, ("NEO4J_URI", "127.0.0.1")),
    "host": ({"uri": "bolt://no.such.host.invalid"}, StoreUnavailable, ("NEO4J_URI", "no.such.host.invalid")),
    "scheme": ({"uri": "telnet://127.0.0.1"}, ConfigurationError, ("NEO4J_URI", "telnet")),
}


@pytest.mark.parametrize("what", ABSENT)
def test_what_is_wrong_with_the_connection_is_told_at_once(neo4j, what, capfd):
    changed, kind, words = ABSENT[what]
    begun = time.monotonic()
    with pytest.raises(kind) as caught:
        session_at(neo4j, **changed).verify()
    assert time.monotonic() - begun < 30
    told = f"{caught.value.message} {caught.value.hint}"
    assert "neo4j" in told.lower() and all(word in told for word in words)
    assert "\n" not in told and neo4j.password not in told
    assert capfd.readouterr() == ("", "")


def test_a_server_without_tls_is_told_apart(neo4j):
    with pytest.raises(ConfigurationError, match="no secure connection") as caught:
        session_at(neo4j, uri=neo4j.uri.replace("bolt://", "bolt+s://")).verify()
    assert "bolt://" in caught.value.hint


def test_a_port_that_does_not_speak_is_given_up(neo4j):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        with pytest.raises(StoreUnavailable):
            session_at(neo4j, uri=f"bolt://127.0.0.1:{silent.getsockname()[1]}", connect_timeout=1.0).verify()
    assert time.monotonic() - begun < 25


def test_a_server_that_wants_tls_or_speaks_http_is_told_apart(neo4j):
    """It ends the connection in the middle of the handshake."""
    with socket.create_server(("127.0.0.1", 0)) as rude:
        ending = threading.Thread(target=lambda: rude.accept()[0].close())
        ending.start()
        with pytest.raises(StoreUnavailable) as caught:
            session_at(neo4j, uri=f"bolt://127.0.0.1:{rude.getsockname()[1]}").verify()
        ending.join()
    assert "bolt+s://" in caught.value.hint


def test_a_password_that_must_be_changed_first_is_told(neo4j, neo4j_driver):
    def administer(statement: str) -> None:
        neo4j_driver.execute_query(statement, password="for-a-moment", database_="system")

    administer("CREATE USER newcomer IF NOT EXISTS SET PASSWORD $password CHANGE REQUIRED")
    try:
        with pytest.raises(ConfigurationError, match="change the password first") as caught:
            session_at(neo4j, user="newcomer", password="for-a-moment").verify()
        assert "NEO4J_PASSWORD" in caught.value.hint
    finally:
        administer("DROP USER newcomer IF EXISTS")


def test_the_version_of_the_server_is_known(session):
    assert int(session.verify().split(".")[0]) >= 5


def test_a_forked_process_gets_a_driver_of_its_own(session):
    """The parent's connections stay of use: a goodbye of the child on them would end them."""
    session.verify()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            assert session.read(lambda run: run("RETURN 1 AS one")) == [{"one": 1}]
            session.close()
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert session.run("RETURN 2 AS two") == [{"two": 2}]


@pytest.mark.process
def test_importing_the_adapter_does_not_import_the_driver():
    code = (
        "import sys, wekadocs_assets.adapters.neo4j.graph as g, wekadocs_assets.adapters.neo4j.session as s; "
        "g.Neo4jGraph(s.Neo4jSession('bolt://x', 'u', 'p')); sys.exit('neo4j' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
