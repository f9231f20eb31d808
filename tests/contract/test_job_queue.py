"""The contract of JobQueue, asked of memory, the embedded Valkey and a Redis server."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import pytest
from redis import Redis

from wekadocs_assets.adapters.memory.queue import InMemoryQueue
from wekadocs_assets.adapters.redis.client import open_redis
from wekadocs_assets.adapters.redis.embedded_valkey import embedded_valkey
from wekadocs_assets.adapters.redis.queue import RedisQueue
from wekadocs_assets.app.heartbeat import heartbeat
from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import StoreUnavailable
from wekadocs_assets.core.jobs.queue import MOST_DELIVERIES, QueuedJob

LEASE = 0.6


def job(name: str) -> QueuedJob:
    job_id = ids.job_id("docs", f"{name}.md", f"sum-{name}")
    return QueuedJob(
        job_id=job_id,
        source_uri=f"{name}.md",
        checksum=f"sum-{name}",
        tag="docs",
        content_type="text/markdown",
        created_at=1_700_000_000.5,
    )


A, B, C = map(job, "abc")


@contextmanager
def in_memory(request, folder):
    yield InMemoryQueue(time.monotonic, LEASE)


@contextmanager
def valkey(request, folder):
    with embedded_valkey(folder / "valkey", 5) as client:
        yield RedisQueue(client, "the embedded Valkey", lease=LEASE)


@contextmanager
def redis(request, folder):
    url = request.getfixturevalue("redis_server")
    with Redis.from_url(url, decode_responses=True) as client:
        client.flushdb()
        yield RedisQueue(client, url, "other:", LEASE)


@pytest.fixture(
    params=[in_memory, valkey, pytest.param(redis, marks=pytest.mark.server)], ids=lambda each: each.__name__
)
def queue(request, tmp_path):
    with request.param(request, tmp_path) as made:
        yield made


def jobs(deliveries) -> list[QueuedJob]:
    return [delivery.job for delivery in deliveries]


def test_jobs_come_out_in_the_order_in_which_they_came_in(queue):
    assert queue.put([A, B]) == [A, B] and queue.put([C]) == [C]
    assert jobs(queue.take("one", 2)) == [A, B] and jobs(queue.take("one", 2)) == [C]
    assert queue.take("one", 2) == []


def test_a_job_that_waits_or_is_in_hand_is_not_queued_again(queue):
    queue.put([A])
    assert queue.put([A, B]) == [B]
    taken = queue.take("one", 1)
    assert queue.put([A]) == [], "it is in hand"
    queue.finish(taken)
    assert queue.put([A]) == [A], "worked, it may come again: A, B, A are three edits"


def test_nobody_gets_what_a_living_consumer_has_in_hand(queue):
    queue.put([A, B])
    with heartbeat(lambda: queue.beat("one"), LEASE / 3):
        assert jobs(queue.take("one", 1)) == [A]
        time.sleep(2 * LEASE)
        assert jobs(queue.take("two", 5)) == [B], "the age of a delivery says nothing"


def test_what_a_dead_consumer_had_is_handed_out_again(queue):
    queue.put([A, B])
    queue.take("one", 1)
    time.sleep(1.5 * LEASE)
    again = queue.take("two", 5)
    assert [(d.job, d.count) for d in again] == [(A, 2)], "what may have killed its consumer is handed out alone"
    queue.finish(again)
    assert jobs(queue.take("two", 5)) == [B]


def test_what_a_consumer_leaves_is_free_at_once(queue):
    queue.put([A])
    queue.take("one", 1)
    queue.leave("one")
    assert jobs(queue.take("two", 1)) == [A]


def test_what_was_handed_out_and_left_before_work_on_it_began_does_not_count(queue):
    queue.put([A])
    for number in range(2 * MOST_DELIVERIES):
        assert [d.count for d in queue.take(f"c{number}", 5)] == [1]
        queue.leave(f"c{number}", counted=False)


def test_what_consumers_died_of_is_handed_out_in_ever_smaller_lots(queue):
    queue.put([job(str(n)) for n in range(40)])
    sizes = []
    for number in range(3):
        sizes.append(len(queue.take(f"c{number}", 20)))
        queue.leave(f"c{number}")
    assert sizes == [20, 2, 3], "new ones wait until those that were in bad hands are through"


def test_what_is_finished_is_never_handed_out_again(queue):
    queue.put([A, B])
    queue.finish(queue.take("one", 1))
    queue.leave("one")
    assert jobs(queue.take("two", 5)) == [B] and queue.state().in_hand == 1


def test_a_job_that_nobody_comes_to_the_end_of_is_a_dead_letter(queue):
    queue.put([A, B])
    queue.finish([delivery for delivery in queue.take("good", 5) if delivery.job == B])
    queue.leave("good")
    for number in range(MOST_DELIVERIES - 1):
        assert [d.count for d in queue.take(f"bad-{number}", 5)] == [number + 2]
        queue.leave(f"bad-{number}")
    assert queue.take("last", 5) == [] and queue.state().waiting == 0
    (dead,) = queue.dead()
    assert [one.entry_id for one in queue.dead_letters] and queue.dead_letters[0].fields["source_uri"] == "a.md"
    assert dead.fields["job_id"] == A.job_id and dead.fields["source_uri"] == "a.md"
    assert f"{MOST_DELIVERIES} times" in dead.reason and dead.died_at > 0
    assert queue.put([A]) == [A], "a person may queue it again"


def test_a_waiting_job_can_be_withdrawn_and_one_in_hand_cannot(queue):
    queue.put([A, B])
    assert queue.withdraw(A.job_id) and not queue.withdraw(A.job_id)
    taken = queue.take("one", 5)
    assert jobs(taken) == [B] and not queue.withdraw(B.job_id)
    assert queue.put([A]) == [A]


def test_the_mark_changes_when_some_of_what_waits_was_handed_out(queue):
    queue.put([A, B, C])
    before = queue.state().mark
    queue.finish(queue.take("one", 1))
    assert queue.state().waiting == 2 and queue.state().mark != before


def test_the_state_counts_what_a_consumer_would_get(queue):
    assert (queue.state().waiting, queue.state().in_hand) == (0, 0)
    queue.put([A, B, C])
    before = queue.state()
    taken = queue.take("one", 2)
    assert (before.waiting, before.in_hand) == (3, 0)
    assert (queue.state().waiting, queue.state().in_hand) == (1, 2)
    queue.leave("one")
    assert (queue.state().waiting, queue.state().in_hand) == (3, 0)
    assert queue.state().mark != before.mark, "what was handed out and left is other work"
    queue.finish(taken)
    assert queue.state().waiting == 1


def test_many_consumers_at_once_get_every_job_once(request, tmp_path, queue):
    wanted = [job(str(n)) for n in range(100)]
    queue.put(wanted)
    got: list[str] = []

    def consume(name: str) -> None:
        while taken := queue.take(name, 3):
            got.extend(delivery.job.job_id for delivery in taken)
            queue.finish(taken)

    if isinstance(queue, InMemoryQueue):
        consume("alone")
    else:
        threads = [threading.Thread(target=consume, args=(f"c{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(got) == sorted(one.job_id for one in wanted)


def test_any_program_may_queue_with_a_plain_command(redis_server):
    with open_redis(redis_server, 5) as client:
        client.flushdb()
        queue = RedisQueue(client, "there", lease=LEASE)
        client.xadd("ingest:jobs", {"source_uri": "ü/a.md", "tag": "docs", "checksum": "c0ffee", "another": "field"})
        client.xadd("ingest:jobs", {"source_uri": "b.md", "tag": "docs", "created_at": "yesterday"})
        client.xadd("ingest:jobs", {"what": "is this"})
        client.xadd("ingest:jobs", {"source_uri": b"caf\xe9.md", "tag": "docs", "job_id": "an id of its own"})
        first, second, third = jobs(queue.take("one", 5))
        assert third.source_uri == "caf\ufffd.md" and len(third.job_id) == 32
        assert (first.source_uri, first.checksum, len(first.job_id)) == ("ü/a.md", "c0ffee", 32)
        assert second.created_at == 0.0 and second.job_id != first.job_id
        (dead,) = queue.dead()
        assert dead.fields == {"what": "is this"} and "source_uri" in dead.reason
        assert queue.state().in_hand == 3


def test_a_plain_entry_can_be_withdrawn_by_its_job(redis_server):
    with Redis.from_url(redis_server, decode_responses=True) as client:
        client.flushdb()
        queue = RedisQueue(client, "there", lease=LEASE)
        client.xadd("ingest:jobs", {"job_id": "mine", "source_uri": "a.md", "tag": "docs"})
        assert queue.withdraw("mine") and queue.take("one", 5) == []


def test_a_dead_consumer_leaves_no_trace_in_the_group(redis_server):
    with Redis.from_url(redis_server, decode_responses=True) as client:
        client.flushdb()
        queue = RedisQueue(client, "there", lease=LEASE)
        for number in range(5):
            queue.put([job(str(number))])
            queue.finish(queue.take(f"c{number}", 1))
            queue.leave(f"c{number}")
        queue.take("last", 1)
        assert {consumer["name"] for consumer in client.xinfo_consumers("ingest:jobs", "ingest")} <= {"last"}
        assert client.xlen("ingest:jobs") == 0 and client.hlen("ingest:jobs:queued") == 0


def test_a_server_that_is_away_is_told(own_redis):
    with Redis.from_url(own_redis.url, decode_responses=True) as client:
        queue = RedisQueue(client, own_redis.url)
        own_redis.kill()
        for ask in (queue.state, queue.dead, lambda: queue.put([A]), lambda: queue.take("one", 1)):
            with pytest.raises(StoreUnavailable, match="job queue"):
                ask()
