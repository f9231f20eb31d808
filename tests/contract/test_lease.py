"""The lease on a collection: who holds it alone writes, who died or stalls loses it, and a late writer stores nothing."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from graph_documents import TAG, Part, entry, page
from servers.access import Neo4jAccess
from vector_stores import OTHER, VERSION, corpus, point

from wekadocs_assets.adapters.neo4j.graph import Neo4jGraph
from wekadocs_assets.adapters.neo4j.lease import Leases
from wekadocs_assets.adapters.neo4j.session import Neo4jSession
from wekadocs_assets.adapters.neo4j.vectors import Neo4jVectors
from wekadocs_assets.core.errors import StoreBusy, StoreUnavailable
from wekadocs_assets.core.graph.builder import build
from wekadocs_assets.core.graph.diff import diff
from wekadocs_assets.core.models import Collection

LEASE = "MATCH (n:Collection {id: $id}) RETURN n.lease_owner AS owner, n.lease_token AS token, n.root AS root"
LONG = 60.0
"""Seconds of a lease that does not run out within a test."""
SHORT = 0.9
INDEXES = "SHOW INDEXES YIELD name RETURN name ORDER BY name"
NODES = "MATCH (n) RETURN labels(n) AS labels, properties(n) AS values ORDER BY elementId(n)"


def worker(
    access: Neo4jAccess, lease_seconds: float = LONG, lock_timeout: float = 0.3, timeout: float = 120.0
) -> Neo4jGraph:
    place = access.uri, access.user, access.password, access.database
    session = Neo4jSession(*place, timeout=timeout, retry_seconds=2.0)
    return Neo4jGraph(session, Leases(session, lease_seconds, lock_timeout))


@pytest.fixture
def new_worker(neo4j: Neo4jAccess) -> Iterator[Callable[..., Neo4jGraph]]:
    """A worker is a graph with a session of its own, as another process has it."""
    made: list[Neo4jGraph] = []

    def make(**settings: float) -> Neo4jGraph:
        made.append(worker(neo4j, **settings))
        made[-1].open()
        return made[-1]

    yield make
    for graph in made:
        graph.close()


def vectors_of(graph: Neo4jGraph) -> Neo4jVectors:
    """Of the same process: it shares the leases."""
    return Neo4jVectors(graph._session, graph._leases)


def lease(graph: Neo4jGraph, tag: str = TAG) -> dict:
    found = graph._session.run(LEASE, id=tag)
    return found[0] if found else {}


def write(graph: Neo4jGraph, uri: str = "a.md", tag: str = TAG) -> None:
    document, extraction = page(uri, [Part("One")], tag)
    graph.apply([diff(None, build(document, extraction))], [entry(document)])


def stall(graph: Neo4jGraph) -> None:
    """As a process that is stopped: its heart does not beat, and its lease runs out on the server."""
    graph._leases._stop.set()
    graph._session.run("MATCH (n:Collection) SET n.lease_until = timestamp() - 1")


def test_the_second_one_waits_and_is_told_who_holds_it(new_worker):
    first, second = new_worker(), new_worker(lock_timeout=0.5)
    with first.hold([TAG], "host-a, process 1"):
        begun = time.monotonic()
        refused = pytest.raises(StoreBusy, match=rf"collection {TAG} is held by host-a, process 1, for \d+ s more")
        with refused, second.hold([TAG], "host-b, process 2"):
            pytest.fail("held by two at once")
        assert 0.5 <= time.monotonic() - begun < 25
        write(first)
    with second.hold([TAG], "host-b, process 2"):
        write(second, "b.md")


def test_the_second_one_gets_it_as_soon_as_the_first_one_is_done(new_worker):
    first, second = new_worker(), new_worker(lock_timeout=20.0)
    taken: list[float] = []

    def wait_for_it() -> None:
        with second.hold([TAG], "second"):
            taken.append(time.monotonic())

    with first.hold([TAG], "first"):
        waiting = threading.Thread(target=wait_for_it)
        waiting.start()
        time.sleep(0.5)
        assert not taken
        released = time.monotonic()
    waiting.join()
    assert 0 <= taken[0] - released < 40


def test_two_collections_are_held_side_by_side(new_worker):
    first, second = new_worker(), new_worker()
    with first.hold(["a"], "first"), second.hold(["b"], "second"):
        write(first, tag="a")
        write(second, tag="b")
        with pytest.raises(StoreBusy, match="collection b is held by second"), first.hold(["b"], "first"):
            pass
    assert [known.tag for known in first.ledger()] == ["a", "b"]


def test_several_are_held_all_or_none(new_worker):
    first, second, third = new_worker(), new_worker(), new_worker()
    with first.hold(["b"], "first"):
        with pytest.raises(StoreBusy, match="collection b"), second.hold(["c", "b", "a"], "second"):
            pass
        assert lease(first, "a") == {} and lease(first, "c") == {}
        with third.hold(["a", "c"], "third"):
            write(third, tag="c")


def test_within_one_process_it_may_be_held_again(new_worker):
    first, second = new_worker(), new_worker()
    with first.hold([TAG], "first"):
        with first.hold([TAG, "other"], "first"):
            write(first)
        assert lease(first)["owner"] == "first" and lease(first, "other") == {}
        with pytest.raises(StoreBusy), second.hold([TAG], "second"):
            pass
    with second.hold([TAG, "other"], "second"):
        write(second, "b.md")


def test_of_many_that_want_it_at_once_one_gets_it(new_worker):
    workers = [new_worker(lock_timeout=0.0) for _ in range(6)]
    gate, done = threading.Barrier(6), threading.Event()
    got: list[int] = []
    refused: list[int] = []

    def want(number: int) -> None:
        gate.wait()
        try:
            with workers[number].hold([TAG], f"worker {number}"):
                got.append(number)
                done.wait(30)
        except StoreBusy:
            refused.append(number)

    threads = [threading.Thread(target=want, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    while len(got) + len(refused) < 6:
        time.sleep(0.02)
    holder = lease(workers[0])["owner"]
    done.set()
    for thread in threads:
        thread.join()
    assert (len(got), len(refused)) == (1, 5) and holder == f"worker {got[0]}"


@pytest.mark.slow
def test_those_that_come_and_go_never_hold_it_together(new_worker):
    """The node of a collection without documents is deleted by each of them, while others wait for its lock."""
    workers = [new_worker(lock_timeout=60.0) for _ in range(4)]
    inside: list[int] = []
    most: list[int] = []

    def come_and_go(number: int) -> None:
        for _ in range(6):
            with workers[number].hold([TAG], f"worker {number}"):
                inside.append(number)
                most.append(len(inside))
                write(workers[number], f"{number}.md")
                inside.remove(number)

    threads = [threading.Thread(target=come_and_go, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 24 and len(workers[0].ledger()) == 4


def test_a_stalled_one_is_taken_over_and_stores_nothing_any_more(new_worker):
    first, second = new_worker(), new_worker()
    with first.hold([TAG], "first"):
        write(first)
        stall(first)
        with second.hold([TAG], "second"):
            write(second, "b.md")
            before = first._session.run(NODES)
            for late in (
                lambda: write(first, "c.md"),
                lambda: first.purge([first.ledger()[0].document_id]),
                first.check_held,
            ):
                with pytest.raises(StoreBusy, match=f"lease on collection {TAG} was lost to second"):
                    late()
            assert first._session.run(NODES) == before
        with pytest.raises(StoreBusy, match="was lost"):
            write(first, "c.md")
        assert [known.source_uri for known in first.ledger()] == ["a.md", "b.md"]
    write(first, "c.md")
    assert len(first.ledger()) == 3


def test_a_stalled_one_changes_nothing_in_the_vectors_either(new_worker):
    first, second = new_worker(), new_worker()
    ours, theirs = vectors_of(first), vectors_of(second)
    with first.hold([TAG], "first"):
        ours.open(VERSION, 64)
        ours.upsert(VERSION, corpus(5))
        stall(first)
        with second.hold([TAG], "second"):
            theirs.upsert(VERSION, corpus(8))
            before = first._session.run(NODES), first._session.run(INDEXES)
            for late in (
                lambda: ours.upsert(VERSION, corpus(9)),
                lambda: ours.delete(VERSION, [point.id for point in corpus(3)]),
                lambda: ours.drop(VERSION),
                lambda: ours.open(OTHER, 64),
            ):
                with pytest.raises(StoreBusy, match=f"lease on collection {TAG} was lost to second"):
                    late()
            assert (first._session.run(NODES), first._session.run(INDEXES)) == before
            assert ours.count(VERSION) == 8, "reading is free"
    ours.upsert(VERSION, corpus(9))
    assert ours.count(VERSION) == 9


def test_of_two_that_write_at_once_the_one_that_lost_its_lease_adds_nothing(new_worker):
    """The first one is at work when its lease runs out and is taken; a batch is in whole, or not at all."""
    first, second = new_worker(), new_worker(lock_timeout=20.0)
    ours, theirs = vectors_of(first), vectors_of(second)
    refused: list[int] = []

    def write_on() -> None:
        for number in range(2_000):
            try:
                ours.upsert(VERSION, [point(f"late {number}", f"late{number}")])
            except StoreBusy:
                refused.append(number)
                return

    with first.hold([TAG], "first"):
        ours.open(VERSION, 64)
        writing = threading.Thread(target=write_on)
        writing.start()
        time.sleep(0.5)
        stall(first)
        with second.hold([TAG], "second"):
            taken = theirs.count(VERSION)
            writing.join()
            assert refused and theirs.count(VERSION) == taken == refused[0]


@pytest.mark.slow
def test_one_that_stood_still_in_a_transaction_is_told_that_it_was_taken_over(new_worker):
    """The server ended the transaction for its time, and with it the lock that kept the other one out."""
    first, second = new_worker(lease_seconds=SHORT, timeout=2.0), new_worker(lock_timeout=30.0)
    taken = []

    def stand_still(run) -> None:
        run("CREATE (:Person)")
        with second.hold([TAG], "second"):
            write(second, "b.md")
            taken.append(True)
            run("CREATE (:Person)")

    with first.hold([TAG], "first"), pytest.raises(StoreBusy, match="was lost"):
        first._leases._stop.set()
        first._write(stand_still)
    assert taken and second._session.run("MATCH (p:Person) RETURN count(p) AS n") == [{"n": 0}]


def test_to_be_asked_renews_the_lease(new_worker):
    """What comes right after, in a store that knows no leases, has the whole time of one."""
    first = new_worker()
    with first.hold([TAG], "first"):
        first._leases._stop.set()
        first._session.run("MATCH (n:Collection) SET n.lease_until = timestamp() + 500")
        first.check_held()
        (left,) = first._session.run("MATCH (n:Collection) RETURN n.lease_until - timestamp() AS milliseconds")
    assert left["milliseconds"] > 0.9 * LONG * 1000


def test_a_stalled_one_that_nobody_followed_goes_on(new_worker):
    first = new_worker()
    with first.hold([TAG], "first"):
        stall(first)
        write(first)
    assert len(first.ledger()) == 1


def test_leaving_a_lost_lease_does_not_take_it_from_the_new_holder(new_worker):
    first, second, third = new_worker(), new_worker(), new_worker()
    with first.hold([TAG], "first"):
        stall(first)
        taken = second.hold([TAG], "second")
        taken.__enter__()
    assert lease(first)["owner"] == "second"
    with pytest.raises(StoreBusy), third.hold([TAG], "third"):
        pass
    taken.__exit__(None, None, None)


def test_a_writer_in_the_middle_of_a_transaction_is_not_taken_over(new_worker):
    """The lease runs out while it writes; whoever takes over waits for the transaction, and then finds it renewed."""
    first, second = new_worker(lease_seconds=SHORT), new_worker(lock_timeout=1.5 * SHORT)
    busy = threading.Event()

    def long_write(run) -> None:
        busy.set()
        time.sleep(3 * SHORT)
        run("CREATE (:Person)")

    with first.hold([TAG], "first"):
        writing = threading.Thread(target=lambda: first._write(long_write))
        writing.start()
        busy.wait()
        with pytest.raises(StoreBusy), second.hold([TAG], "second"):
            pytest.fail("held by two at once")
        writing.join()
        assert lease(first)["owner"] == "first"
        write(first)
    assert first._session.run("MATCH (p:Person) RETURN count(p) AS n") == [{"n": 1}]


@pytest.mark.slow
def test_a_holder_that_does_not_write_keeps_it_over_several_lengths_of_the_lease(new_worker):
    first, second = new_worker(lease_seconds=SHORT), new_worker(lock_timeout=0.0)
    with first.hold([TAG], "first"):
        token = lease(first)["token"]
        end = time.monotonic() + 4 * SHORT
        while time.monotonic() < end:
            with pytest.raises(StoreBusy), second.hold([TAG], "second"):
                pass
            time.sleep(0.1)
        assert lease(first)["token"] == token
        write(first)


def test_the_token_grows_with_every_taker_even_when_the_node_was_deleted(new_worker):
    tokens = []
    for number in range(4):
        graph = new_worker()
        with graph.hold([TAG], "one"):
            tokens.append(lease(graph)["token"])
            if number == 2:
                graph.save_collection(Collection(tag=TAG, root="/srv/docs"))
    assert tokens == sorted(set(tokens))
    assert lease(graph)["token"] == tokens[-1]


def test_saving_the_collection_keeps_the_lease_and_the_lease_keeps_the_collection(new_worker):
    first, second = new_worker(), new_worker()
    first.save_collection(Collection(tag=TAG, root="/srv/docs", finished_ingest_id="ingest-1"))
    with first.hold([TAG], "first"):
        held = lease(first)
        first.save_collection(
            Collection(tag=TAG, root="/srv/docs", finished_ingest_id="ingest-1", started_ingest_id="ingest-2")
        )
        assert lease(first) == held and held["owner"] == "first"
        with pytest.raises(StoreBusy), second.hold([TAG], "second"):
            pass
    assert first.collections() == [
        Collection(tag=TAG, root="/srv/docs", finished_ingest_id="ingest-1", started_ingest_id="ingest-2")
    ]
    assert lease(first) == {**held, "owner": ""}


def test_a_collection_that_was_never_ingested_leaves_nothing(new_worker):
    graph = new_worker()
    before = graph._session.run(NODES)
    with graph.hold([TAG], "first"):
        assert lease(graph)["root"] == "" and graph.collections() == []
    assert graph._session.run(NODES) == before


HOLDER = """
import sys, time
from wekadocs_assets.adapters.neo4j.graph import Neo4jGraph
from wekadocs_assets.adapters.neo4j.lease import Leases
from wekadocs_assets.adapters.neo4j.session import Neo4jSession
from wekadocs_assets.core.models import Collection
uri, user, database, tag, seconds = sys.argv[1:]
session = Neo4jSession(uri, user, sys.stdin.readline().strip(), database)
graph = Neo4jGraph(session, Leases(session, float(seconds)))
with graph.hold([tag], "the killed one"):
    graph.save_collection(Collection(tag=tag, root="/srv/docs"))
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.mark.slow
def test_what_a_killed_process_held_is_taken_over_when_its_lease_has_run_out(neo4j: Neo4jAccess, new_worker):
    arguments = [neo4j.uri, neo4j.user, neo4j.database, TAG, "3"]
    command = [sys.executable, "-c", HOLDER, *arguments]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as holder:
        holder.stdin.write(f"{neo4j.password}\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "held\n"
        time.sleep(3.5)  # its heart beats: longer than its lease
        with pytest.raises(StoreBusy, match="the killed one"), new_worker(lock_timeout=0.0).hold([TAG], "second"):
            pass
        holder.kill()
    killed = time.monotonic()
    second = new_worker(lock_timeout=20.0)
    with second.hold([TAG], "second"):
        assert 0.5 < time.monotonic() - killed < 30
        assert second.collections() == [Collection(tag=TAG, root="/srv/docs")]
        write(second)


@pytest.mark.slow
def test_a_server_that_is_gone_at_the_end_does_not_hide_what_went_wrong(own_neo4j):
    access = Neo4jAccess(own_neo4j.uri, own_neo4j.user, own_neo4j.password, own_neo4j.database)
    graph = worker(access)
    with pytest.raises(ZeroDivisionError), graph.hold([TAG], "first"):
        own_neo4j.kill()
        begun = time.monotonic()
        with pytest.raises(StoreUnavailable):
            write(graph)
        1 / 0  # noqa: B018
    assert time.monotonic() - begun < 60
    with pytest.raises(StoreUnavailable), graph.hold([TAG], "first"):
        pass
    graph.close()
