"""The contract of ProgressStreams, asked of memory, the embedded Valkey and a Redis server."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest
from redis import Redis

from wekadocs_assets.adapters.memory.progress import InMemoryProgress
from wekadocs_assets.adapters.redis.embedded_valkey import embedded_valkey
from wekadocs_assets.adapters.redis.progress import MAX_EVENTS, SEVEN_DAYS, RedisProgress
from wekadocs_assets.core.errors import StoreUnavailable
from wekadocs_assets.core.jobs.states import JobEvent, JobState

STATE = JobState(
    job_id="job-1",
    source_uri="ü/a.md",
    checksum="c0ffee",
    tag="docs",
    ingest_id="ingest-1",
    created_at=1_700_000_000.25,
    status="PARSING",
    attempt=0,
    stages_completed=("PARSING",),
    started_at=1_700_000_001.5,
    updated_at=1_700_000_002.0,
    completed_at=0.0,
    stats={"PARSING": 12.5},
    error={"stage": "PARSING", "reason": 'a, "b"\nc', "hint": ""},
)
EVENT = JobEvent(
    job_id="job-1",
    attempt=0,
    stage="PARSING",
    percent=10,
    message="12 of 259",
    timestamp=1_700_000_001.5,
    error="no",
    details={"done": 12, "total": 259},
)


@contextmanager
def in_memory(request, folder):
    yield InMemoryProgress()


@contextmanager
def valkey(request, folder):
    with embedded_valkey(folder / "valkey", 5) as client:
        yield RedisProgress(client, "the embedded Valkey")


@contextmanager
def redis(request, folder):
    url = request.getfixturevalue("redis_server")
    with Redis.from_url(url, decode_responses=True) as client:
        client.flushdb()
        yield RedisProgress(client, url)


@pytest.fixture(
    params=[in_memory, valkey, pytest.param(redis, marks=pytest.mark.server)], ids=lambda each: each.__name__
)
def streams(request, tmp_path):
    with request.param(request, tmp_path) as made:
        yield made


def test_what_was_written_is_read_again(streams):
    streams.begin([(STATE, EVENT)])
    assert streams.state("job-1") == replace(STATE, attempt=1)
    ((_, event),) = streams.events("job-1", "0", 0)
    assert event == replace(EVENT, attempt=1)


def test_what_is_not_there_is_none(streams):
    assert streams.state("nobody") is None and streams.events("nobody", "0", 0) == []
    assert streams.last("nobody") == "0" and list(streams.states()) == []


def test_a_new_attempt_takes_the_place_of_the_last_one(streams):
    streams.begin([(STATE, EVENT)])
    streams.write([replace(STATE, status="ERROR")], [replace(EVENT, stage="ERROR")])
    streams.begin([(replace(STATE, error={}, status="PENDING"), replace(EVENT, stage="PENDING"))])
    assert streams.state("job-1") == replace(STATE, error={}, status="PENDING", attempt=2)
    assert [(event.stage, event.attempt) for _, event in streams.events("job-1", "0", 0)] == [("PENDING", 2)]


def test_later_news_bear_the_attempts_number(streams):
    streams.begin([(STATE, EVENT)])
    streams.begin([(STATE, EVENT)])
    streams.write([replace(STATE, status="DONE")], [replace(EVENT, stage="DONE")])
    assert streams.state("job-1").attempt == 2
    assert [event.attempt for _, event in streams.events("job-1", "0", 0)] == [2, 2]


def test_events_come_in_their_order_and_after_an_entry(streams):
    streams.write([], [replace(EVENT, job_id="ingest-1", attempt=1, message=str(n)) for n in range(50)])
    entries = streams.events("ingest-1", "0", 0)
    assert [event.message for _, event in entries] == [str(n) for n in range(50)]
    assert streams.events("ingest-1", entries[29][0], 0) == entries[30:]
    assert streams.last("ingest-1") == entries[-1][0]


def test_a_reader_that_waits_gets_what_comes_then_and_nothing_after_its_time(streams):
    later = threading.Timer(0.2, streams.write, ([], [EVENT]))
    later.start()
    assert [event.message for _, event in streams.events("job-1", "0", 5)] == ["12 of 259"]
    later.join()
    began = time.monotonic()
    assert streams.events("job-1", streams.last("job-1"), 0.2) == [] and time.monotonic() - began >= 0.15


def test_all_states_are_found(streams):
    many = [replace(STATE, job_id=f"job-{number}") for number in range(1_200)]
    streams.begin([(state, replace(EVENT, job_id=state.job_id)) for state in many])
    assert {state.job_id for state in streams.states()} == {state.job_id for state in many}


class TestAsOthersReadIt:
    """With plain commands, on a Redis server."""

    @pytest.fixture
    def client(self, redis_server):
        with Redis.from_url(redis_server, decode_responses=True) as client:
            client.flushdb()
            yield client

    def test_the_names_and_fields(self, client):
        streams = RedisProgress(client, "here")
        streams.begin([(STATE, EVENT)])
        streams.write([], [replace(EVENT, job_id="ingest-1", attempt=1, error="", details={})])
        assert client.hgetall("ingest:state:job-1") == {
            "job_id": "job-1", "source_uri": "ü/a.md", "checksum": "c0ffee", "tag": "docs", "ingest_id": "ingest-1",
            "status": "PARSING", "attempt": "1", "stages_completed": '["PARSING"]', "created_at": "1700000000.250",
            "started_at": "1700000001.500", "updated_at": "1700000002.000", "completed_at": "",
            "stats": '{"PARSING": 12.5}', "error": '{"stage": "PARSING", "reason": "a, \\"b\\"\\nc", "hint": ""}',
            "schema_version": "1",
        }  # fmt: skip
        ((_, fields),) = client.xrange("ingest:events:job-1")
        assert fields == {
            "job_id": "job-1", "attempt": "1", "stage": "PARSING", "percent": "10", "message": "12 of 259",
            "timestamp": "1700000001.500", "error": "no", "details": '{"done": 12, "total": 259}',
        }  # fmt: skip
        ((_, fields),) = client.xrange("ingest:events:ingest-1")
        assert fields.keys() == {"job_id", "attempt", "stage", "percent", "message", "timestamp"}

    def test_all_go_by_themselves_from_their_first_write(self, client):
        streams = RedisProgress(client, "here")
        streams.begin([(STATE, EVENT)])
        streams.write([], [replace(EVENT, job_id="ingest-1")])
        assert all(0 < client.ttl(key) <= SEVEN_DAYS for key in client.keys())
        client.flushdb()  # as a restart does: what comes after it is whole, and goes by itself too
        streams.write([STATE], [EVENT])
        assert streams.state("job-1") == replace(STATE, attempt=1)
        assert len(client.keys()) == 2 and all(0 < client.ttl(key) <= SEVEN_DAYS for key in client.keys())

    def test_a_stream_is_bounded(self, client):
        streams = RedisProgress(client, "here")
        for _ in range(12):
            streams.write([], [EVENT] * 1_000)
        assert MAX_EVENTS <= client.xlen("ingest:events:job-1") < MAX_EVENTS + 1_000

    def test_a_namespace_stands_before_every_key(self, client):
        RedisProgress(client, "here", "staging:").begin([(STATE, EVENT)])
        assert set(client.keys()) == {"staging:ingest:state:job-1", "staging:ingest:events:job-1"}

    def test_a_key_of_another_type_under_our_name_gives_way(self, client):
        client.lpush("ingest:state:job-1", "x")
        client.set("ingest:events:job-1", "x")
        streams = RedisProgress(client, "here")
        streams.begin([(STATE, EVENT)])
        assert streams.state("job-1") == replace(STATE, attempt=1)

    def test_a_full_server_says_so(self, client):
        client.config_set("maxmemory", "1mb")
        try:
            with pytest.raises(StoreUnavailable, match="here.*memory"):
                RedisProgress(client, "here").begin([(STATE, EVENT)])
        finally:
            client.config_set("maxmemory", "0")


def test_one_server_for_all_users_of_a_folder_and_none_after_the_last(tmp_path):
    with embedded_valkey(tmp_path, 5) as first:
        with embedded_valkey(tmp_path, 5) as second:
            assert first.info("server")["process_id"] == second.info("server")["process_id"]
            first.set("a", "b")
        assert first.get("a") == "b", "the first user stays"
        process = first.info("server")["process_id"]
    with embedded_valkey(tmp_path, 5) as again:
        assert again.get("a") == "b" and again.info("server")["process_id"] != process


@pytest.mark.process
def test_a_server_that_a_killed_process_left_is_adopted(tmp_path):
    import os
    import signal
    import subprocess
    import sys

    code = (
        "import sys, time, pathlib; from wekadocs_assets.adapters.redis.embedded_valkey import embedded_valkey\n"
        "with embedded_valkey(pathlib.Path(sys.argv[1]), 5) as client:\n"
        "    print(client.info('server')['process_id'], flush=True); time.sleep(60)"
    )
    user = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    left = int(user.stdout.readline())
    user.send_signal(signal.SIGKILL)
    user.wait()
    user.stdout.close()
    with embedded_valkey(tmp_path, 5) as client:
        assert client.info("server")["process_id"] == left
    for _ in range(100):
        try:
            os.kill(left, 0)
        except ProcessLookupError:
            break
        time.sleep(0.05)
    else:
        raise AssertionError("the last user did not end it")


def test_what_waits_in_the_queue_goes_on_as_the_same_attempt(streams):
    queued = replace(STATE, status="PENDING", ingest_id="")
    streams.begin([(queued, EVENT)])
    assert streams.state("job-1").attempt == 1 and streams.state("job-1").is_queued
    streams.begin([(STATE, EVENT)])
    assert streams.state("job-1").attempt == 1
    streams.begin([(STATE, EVENT)])
    assert streams.state("job-1").attempt == 2


def test_names_are_those_that_begin_so_and_signs_of_patterns_mean_themselves(streams):
    for name in ("abc-1", "abc-2", "xyz", "a*c"):
        streams.write([], [replace(EVENT, job_id=name)])
    assert streams.names("abc") == ["abc-1", "abc-2"] and streams.names("a*") == ["a*c"]
    assert streams.names("nobody") == [] and len(streams.names("")) == 4


def test_what_is_to_be_cancelled_is_heard_of_and_forgotten_with_the_next_attempt(streams):
    assert streams.cancels() == frozenset()
    streams.ask_cancel("job-1")
    streams.ask_cancel("ingest-1")
    assert streams.cancels() == {"job-1", "ingest-1"}
    streams.begin([(STATE, EVENT)])
    assert streams.cancels() == {"ingest-1"}
