"""Progress on a thread of its own, with a Redis that goes away, comes back, or takes nothing."""

import socket
from dataclasses import replace

import pytest
from redis import Redis

from wekadocs_assets.adapters.redis.background_progress import TOO_SLOW
from wekadocs_assets.adapters.redis.client import open_redis
from wekadocs_assets.adapters.redis.progress import RedisProgress
from wekadocs_assets.adapters.redis.progress_buffer import BATCH, MAX_EVENTS, ProgressBuffer
from wekadocs_assets.app.messaging import progress_writer
from wekadocs_assets.config.settings import Settings
from wekadocs_assets.core.jobs.states import JobEvent, JobState

STATE = JobState(
    job_id="job-1", source_uri="a.md", checksum="c0ffee", tag="docs", ingest_id="ingest-1", created_at=1_700_000_000.0
)
EVENT = JobEvent(job_id="job-1", attempt=0, stage="PENDING", percent=0, message="", timestamp=1_700_000_000.0)
LONG = 30.0


def told(number: int) -> JobEvent:
    return replace(EVENT, stage="PARSING", message=str(number))


@pytest.fixture
def writer(own_redis):
    made = progress_writer(Settings(redis_url=own_redis.url))
    yield made
    made.close(LONG)


@pytest.fixture
def read(own_redis):
    """States and messages of the job, as they are on the server now."""

    def now():
        with open_redis(own_redis.url, 5) as client:
            state = RedisProgress(client, "here").state("job-1")
            told = [fields["message"] for _, fields in client.xrange("ingest:events:job-1")]
            return state and (state.status, state.attempt), told

    return now


def test_all_is_there_after_a_flush_and_after_a_close(writer, read):
    writer.begin([(STATE, EVENT)])
    writer.write([replace(STATE, status="PARSING")], [told(1)])
    writer.flush(LONG)
    assert read() == (("PARSING", 1), ["", "1"])
    writer.write([replace(STATE, status="DONE")], [told(2)])
    writer.close(LONG)
    assert read() == (("DONE", 1), ["", "1", "2"]) and writer.problem == ""


def test_what_comes_after_a_close_belongs_to_the_same_attempt(writer, read):
    writer.begin([(STATE, EVENT)])
    writer.close(LONG)
    writer.write([replace(STATE, status="DONE")], [told(1)])
    writer.close(LONG)
    assert read() == (("DONE", 1), ["", "1"])


def test_a_server_that_comes_back_gets_what_it_missed_in_order_and_once(writer, read, own_redis):
    own_redis.kill()
    writer.begin([(STATE, EVENT)])
    writer.flush(LONG)
    assert "Redis at" in writer.problem
    for number in range(2 * BATCH):
        writer.write([replace(STATE, status="PARSING")], [told(number)])
    writer.write([replace(STATE, status="DONE")], [])
    own_redis.start()
    writer.flush(LONG)
    assert read() == (("DONE", 1), ["", *map(str, range(2 * BATCH))]) and writer.problem == ""


def test_a_full_server_with_room_again_gets_what_it_missed(writer, read, own_redis):
    with Redis.from_url(own_redis.url) as client:
        client.config_set("maxmemory", "1mb")
        writer.begin([(STATE, EVENT)])
        writer.flush(LONG)
        assert "memory" in writer.problem and read() == (None, [])
        client.config_set("maxmemory", "0")
        writer.flush(LONG)
    assert read() == (("PENDING", 1), [""]) and writer.problem == ""


def test_a_server_that_lost_everything_gets_every_state_whole_and_it_is_told(writer, read, own_redis):
    writer.begin([(STATE, EVENT)])
    writer.flush(LONG)
    own_redis.kill()
    own_redis.start()
    writer.write([replace(STATE, status="DONE")], [told(1)])
    writer.close(LONG)
    assert read() == (("DONE", 1), ["1"]) and "earlier progress was lost" in writer.problem
    with Redis.from_url(own_redis.url) as client:
        assert all(client.ttl(key) > 0 for key in client.keys())


def test_streams_that_cannot_even_be_opened_are_told(tmp_path):
    (tmp_path / "valkey").write_text("a file where the folder goes")
    writer = progress_writer(Settings(wekadocs_home=tmp_path))
    writer.begin([(STATE, EVENT)])
    writer.close(LONG)
    assert "valkey" in writer.problem


def test_a_server_that_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        writer = progress_writer(Settings(redis_url=f"redis://127.0.0.1:{silent.getsockname()[1]}/0"))
        writer.begin([(STATE, EVENT)])
        assert not writer.flush(0.1) and writer.problem == "", "it may still be written"
        writer.final_flush(0.1)
        assert writer.problem == TOO_SLOW
        writer.close(0.1)


class TestWhatWaits:
    def test_of_a_job_its_latest_state_alone_goes(self):
        waiting = ProgressBuffer()
        for status in ("PARSING", "DONE"):
            waiting.write([replace(STATE, status=status)], [replace(EVENT, stage=status)])
        batch = waiting.take()
        assert [state.status for state in batch.states] == ["DONE"]
        assert [event.stage for event in batch.events] == ["PARSING", "DONE"] and waiting.take() is None

    def test_what_is_put_back_gives_way_to_what_is_newer(self):
        waiting = ProgressBuffer()
        waiting.write([replace(STATE, status="PARSING")], [told(1)])
        batch = waiting.take()
        waiting.write([replace(STATE, status="DONE")], [told(2)])
        waiting.put_back(batch)
        again = waiting.take()
        assert [state.status for state in again.states] == ["DONE"]
        assert [event.message for event in again.events] == ["1", "2"] and not waiting.lost

    def test_the_oldest_events_go_when_there_are_too_many_and_it_is_told(self):
        waiting = ProgressBuffer()
        waiting.write([], [told(number) for number in range(MAX_EVENTS)])
        batch = waiting.take()
        assert not waiting.lost
        waiting.write([], [told(number) for number in range(MAX_EVENTS, MAX_EVENTS + 10)])
        waiting.put_back(batch)
        assert waiting.lost
        kept = []
        while batch := waiting.take():
            kept += [int(event.message) for event in batch.events]
        assert kept == list(range(10, MAX_EVENTS + 10))
