"""How the Qdrant adapter takes faults, and how few requests it makes.

The server is a little one of our own, over real connections. That proves what the adapter sends, how often, how long it
waits, and how it reads answers and their absence; it proves nothing about Qdrant, whose semantics test_vector_store.py
asks of a real server where QDRANT_TEST_URL names one.
"""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy
import pytest
from servers.little_qdrant import CLOSE, HANG, LittleQdrant

from wekadocs_assets.adapters.qdrant.point_schema import INDEXED
from wekadocs_assets.adapters.qdrant.server import QdrantVectors
from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import ConfigurationError, StoreUnavailable
from wekadocs_assets.core.ports.vectors import Point

VERSION = "hash-8-sum.c128-r1"
BUSY = (503, {}, b'{"status":{"error":"Service internal error: out of disk"},"time":0}')
NOT_QDRANT = b"<html><h1>It works!</h1></html>"


@pytest.fixture
def server() -> Iterator[LittleQdrant]:
    little = LittleQdrant()
    yield little
    little.stop()


def at(server: LittleQdrant, **named: Any) -> QdrantVectors:
    return QdrantVectors(server.url, named.pop("api_key", ""), "docs", **named)


def opened(server: LittleQdrant, **named: Any) -> QdrantVectors:
    store = at(server, **named)
    store.open(VERSION, 8)
    server.requests.clear()
    return store


def points(count: int, dimensions: int = 8) -> list[Point]:
    chance = random.Random(1)
    vectors = [numpy.float32([chance.random() for _ in range(dimensions)]) for _ in range(count)]
    keys = dict.fromkeys(INDEXED, "x")
    return [Point(ids.point_id(f"c{n}"), v, f"word{n}", keys | {"chunk_id": f"c{n}"}) for n, v in enumerate(vectors)]


def test_an_absent_server_is_named_with_its_address_and_setting_in_under_ten_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    started = time.monotonic()
    with pytest.raises(StoreUnavailable, match=f"Qdrant at {url} does not answer") as caught:
        QdrantVectors(url, "", "docs").open(VERSION, 8)
    assert "QDRANT_URL" in caught.value.hint
    assert time.monotonic() - started < 30


def test_a_server_that_is_just_starting_is_found(server) -> None:
    store = at(server)
    server.stop()
    back = threading.Timer(0.7, server.start, [server.port])
    back.start()
    assert store.versions() == []
    back.join()


@pytest.mark.slow
def test_a_port_that_takes_connections_and_never_answered_is_given_up_in_under_ten_seconds(server) -> None:
    server.always = HANG
    started = time.monotonic()
    with pytest.raises(StoreUnavailable, match="does not answer"):
        at(server).open(VERSION, 8)
    assert time.monotonic() - started < 30


def test_a_url_without_a_port_is_shown_with_the_one_that_is_used() -> None:
    store = QdrantVectors("http://no-such-host.invalid", "", "docs", patience=0.1)
    with pytest.raises(StoreUnavailable, match=r"no-such-host.invalid \(port 6333\)"):
        store.count(VERSION)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_a_matter_of_settings_and_not_tried_again(server, status: int) -> None:
    server.always = (status, {}, b"Forbidden")
    with pytest.raises(ConfigurationError, match=f"refuses the API key: {status}") as caught:
        at(server).open(VERSION, 8)
    assert "QDRANT_API_KEY" in caught.value.hint and len(server.requests) == 1


def test_the_key_is_sent_and_wrong_or_missing_ones_are_told(server) -> None:
    server.api_key = "s3cret-key"
    assert at(server, api_key="s3cret-key").open(VERSION, 8)
    for key in ("", "0ther-key"):
        with pytest.raises(ConfigurationError, match="refuses the API key") as caught:
            at(server, api_key=key).count(VERSION)
        assert "0ther-key" not in f"{caught.value} {caught.value.hint}"


def test_a_busy_server_is_tried_again_and_the_request_is_sent_whole(server) -> None:
    store = opened(server)
    server.troubles.extend([BUSY, CLOSE])
    store.upsert(VERSION, points(3))
    assert server.requests == [f"PUT /collections/docs__{VERSION}/points"] * 3
    assert len(server.collections[f"docs__{VERSION}"]["points"]) == 3


def test_it_waits_as_long_as_the_server_asks(server) -> None:
    store = opened(server)
    server.troubles.append((429, {"Retry-After": "2"}, b"{}"))
    started = time.monotonic()
    assert store.count(VERSION) == 0 and len(server.requests) == 2
    assert time.monotonic() - started >= 2


def test_it_does_not_wait_longer_than_its_patience(server) -> None:
    store = opened(server, patience=3)
    server.always = (429, {"Retry-After": "3600"}, b'{"status":{"error":"too many writes"}}')
    started = time.monotonic()
    with pytest.raises(StoreUnavailable, match="answers 429 too many writes"):
        store.count(VERSION)
    assert time.monotonic() - started < 25 and len(server.requests) == 1


def test_a_server_that_stays_busy_is_given_up_with_its_reason(server) -> None:
    store = opened(server, patience=2)
    server.always = BUSY
    started = time.monotonic()
    with pytest.raises(StoreUnavailable, match="503 Service internal error: out of disk"):
        store.delete(VERSION, ["a"])
    assert 1 < time.monotonic() - started < 25 and len(server.requests) > 2


@pytest.mark.slow
def test_a_port_that_stops_answering_in_the_middle_is_tried_again_and_given_up(server) -> None:
    store = opened(server, timeout=1, patience=2)
    server.always = HANG
    started = time.monotonic()
    with pytest.raises(StoreUnavailable, match="does not answer: timed out"):
        store.upsert(VERSION, points(1))
    assert time.monotonic() - started < 25 and len(server.requests) >= 2


def test_a_single_hang_is_got_over(server) -> None:
    store = opened(server, timeout=1)
    server.troubles.append(HANG)
    assert store.count(VERSION) == 0 and len(server.requests) == 2


def test_a_server_that_goes_in_the_middle_is_given_up_after_a_while(server) -> None:
    store = opened(server, patience=2)
    server.stop()
    started = time.monotonic()
    with pytest.raises(StoreUnavailable, match="does not answer: .*refused"):
        store.count(VERSION)
    assert 1 < time.monotonic() - started < 25
    server.start(server.port)


def test_a_server_that_comes_back_is_found_again(server) -> None:
    store = opened(server)
    server.stop()
    back = threading.Timer(1.5, server.start, [server.port])
    back.start()
    store.upsert(VERSION, points(2))
    back.join()
    assert len(server.collections[f"docs__{VERSION}"]["points"]) == 2


@pytest.mark.parametrize("answer", [(404, {}, NOT_QDRANT), (200, {}, NOT_QDRANT), (302, {"Location": "/x"}, b"")])
@pytest.mark.parametrize("ask", [lambda s: s.count(VERSION), lambda s: s.open(VERSION, 8), lambda s: s.versions()])
def test_another_program_under_the_url_does_not_pass_for_an_empty_store(server, answer: tuple, ask: Callable) -> None:
    server.always = answer
    with pytest.raises(ConfigurationError, match="unexpected response") as caught:
        ask(at(server))
    assert "QDRANT_URL" in caught.value.hint and len(server.requests) == 1


def test_a_refused_request_gives_the_servers_reason(server) -> None:
    store = opened(server)
    server.always = (400, {}, b'{"status":{"error":"Wrong input: Vector dimension error"}}')
    with pytest.raises(ConfigurationError, match="400 Wrong input: Vector dimension error"):
        store.upsert(VERSION, points(1))
    assert len(server.requests) == 1


def test_opening_what_is_there_takes_one_request(server) -> None:
    made = at(server).open(VERSION, 8)
    server.requests.clear()
    assert at(server).open(VERSION, 8) == made
    assert server.requests == [f"GET /collections/docs__{VERSION}"]


def test_a_release_without_the_query_api_is_refused_and_nothing_written(server) -> None:
    server.release = "1.9.7"
    with pytest.raises(ConfigurationError, match="is release 1.9.7") as caught:
        at(server).open(VERSION, 8)
    assert "1.10" in caught.value.hint
    assert server.collections == {} and not [r for r in server.requests if not r.startswith("GET")]


def test_a_server_that_keeps_no_metadata_has_an_id_all_the_same_and_a_wiped_one_another() -> None:
    server = LittleQdrant("1.12.4", metadata=False)
    made = at(server).open(VERSION, 8)
    server.requests.clear()
    assert made and at(server).open(VERSION, 8) == made and len(server.requests) == 1
    del server.collections[f"docs__{VERSION}"]
    assert at(server).open(VERSION, 8) not in ("", made)
    server.stop()


def test_a_collection_that_another_process_makes_at_the_same_time_is_taken_with_its_id(server) -> None:
    server.made_by_another_at_once = True
    assert at(server).open(VERSION, 8) == "made by another"


def test_indexes_that_a_killed_process_left_out_are_made_by_the_next(server) -> None:
    made = at(server).open(VERSION, 8)
    for field in ("checksum", "chunk_id"):
        del server.collections[f"docs__{VERSION}"]["indexes"][field]
    assert at(server).open(VERSION, 8) == made
    assert set(server.collections[f"docs__{VERSION}"]["indexes"]) == set(INDEXED)


def test_points_go_in_batches_and_wide_ones_in_smaller_batches(server) -> None:
    store = opened(server)
    store.upsert(VERSION, points(1100))
    assert len(server.requests) == 3
    store.delete(VERSION, [point.id for point in points(1001)])
    assert len(server.requests) == 6 and len(server.collections[f"docs__{VERSION}"]["points"]) == 99
    server.requests.clear()
    store.upsert(VERSION, points(200, 4096))
    assert len(server.requests) == 2


def test_writes_wait_until_the_server_has_them(server) -> None:
    store = opened(server)
    store.upsert(VERSION, points(1))
    store.delete(VERSION, ["a"])
    assert len(server.requests) == 2 and all("wait=true" in url for url in server.urls[-2:])
