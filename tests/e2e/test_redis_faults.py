"""Redis absent, slow, killed, restarted, full or with foreign keys: the ingest's result is the same, and what is missing is told."""

import json
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from running_ingest import begun, ended, started, until
from servers.redis import RedisServer
from servers.redis import missing as redis_missing
from servers.required import require
from servers.slow_proxy import SlowProxy

from wekadocs_assets.adapters.redis.progress import RedisProgress
from wekadocs_assets.core.jobs.states import STAGE_OF, JobEvent, JobState

NOBODY = 9
"""The discard port: nothing listens there."""
PAGES = 12
IN_PARTS = {"DOCUMENTS_PER_RUN": "4"}
STAGES = ["PENDING", *STAGE_OF.values(), "POSTCHECKS", "REPORTING", "DONE"]
UNPUBLISHED = "progress was not fully published: "


def write_pages(home) -> None:
    for number in range(PAGES):
        (home.docs / f"p{number:02}.md").write_text(
            f"# Page {number}\n\nRun `gatectl open --gate {number}`.\n\n## More\n\nSee [next](p{number + 1:02}.md).\n"
        )


@pytest.fixture(scope="module")
def without_fault(tmp_path_factory, new_home) -> tuple[Path, list[str]]:
    """The export of an ingest that no fault came to, and the ids of its jobs."""
    home = new_home(tmp_path_factory.mktemp("clean"))
    write_pages(home)
    _, result = home.ingest()
    assert home.ingestctl("export", "clean").returncode == 0
    told = json.loads(home.ingestctl("status", result["ingest_id"], "--json").stdout)
    return home.folder / "clean", [job["job_id"] for job in told["jobs"]]


@pytest.fixture
def faulty(home, without_fault):
    """A home with pages; when the test is over, its index must be what one without a fault is."""
    write_pages(home)
    yield home
    compared = home.ingestctl("export", "faulty", "--compare", str(without_fault[0]), "--json")
    assert compared.returncode == 0 and json.loads(compared.stdout)["differences"] == {}


@pytest.fixture
def keeping_redis(tmp_path):
    require(redis_missing())
    with RedisServer(tmp_path / "redis", keeps=True) as server:
        yield server


@contextmanager
def connected(server: RedisServer):
    with Redis.from_url(server.url, decode_responses=True) as client:
        yield client


def note(result: dict) -> str:
    """What the report says of progress."""
    return json.loads(Path(result["report"]).read_text())["progress"]


def states(client: Redis) -> list[str]:
    return [client.hget(key, "status") for key in client.keys("ingest:state:*")]


def the_ingest(client: Redis) -> str:
    """Its id, once it has told of its jobs."""
    while not (found := client.keys("ingest:state:*")):
        time.sleep(0.05)
    return client.hget(found[0], "ingest_id")


def assert_complete(client: Redis, result: dict) -> None:
    """Every job's events, from the first to the last, and those of the ingest."""
    jobs = [key.removeprefix("ingest:state:") for key in client.keys("ingest:state:*")]
    assert len(jobs) == PAGES and set(states(client)) == {"DONE"}
    for job in jobs:
        told = [(fields["stage"], fields["attempt"]) for _, fields in client.xrange(f"ingest:events:{job}")]
        assert {stage for stage, _ in told} == set(STAGES) and {attempt for _, attempt in told} == {"1"}
        assert (told[0][0], told[-1][0], [stage for stage, _ in told].count("DONE")) == ("PENDING", "DONE", 1)
    whole = [fields["stage"] for _, fields in client.xrange(f"ingest:events:{result['ingest_id']}")]
    assert (whole[0], whole[-1]) == ("PENDING", "DONE")
    assert all(client.ttl(key) > 0 for key in client.keys())


def test_absent(faulty):
    faulty.environment["REDIS_URL"] = f"redis://127.0.0.1:{NOBODY}/0"
    code, result = faulty.ingest()
    assert code == 0 and note(result).startswith(UNPUBLISHED) and f"127.0.0.1:{NOBODY}" in note(result)
    status = faulty.ingestctl("status")
    assert status.returncode == 3 and f"127.0.0.1:{NOBODY}" in status.stderr and "Traceback" not in status.stderr
    del faulty.environment["REDIS_URL"]


@pytest.mark.slow
def test_no_fault_at_all_in_several_runs(faulty, own_redis):
    faulty.environment.update(REDIS_URL=own_redis.url, **IN_PARTS)
    code, result = faulty.ingest()
    with connected(own_redis) as client:
        assert_complete(client, result)
    assert code == 0 and note(result) == ""


@pytest.mark.slow
def test_slow_by_half_a_second_an_answer(faulty, own_redis):
    with SlowProxy(own_redis.port, 0.5) as slow, connected(own_redis) as client:
        faulty.environment["REDIS_URL"] = f"redis://127.0.0.1:{slow.port}/0"
        code, result = faulty.ingest()
        assert code == 0
        if not note(result):
            assert_complete(client, result)
        else:
            assert note(result).startswith(UNPUBLISHED)


@pytest.mark.slow
@pytest.mark.parametrize("delay", [3, 30])
def test_slower_than_an_ingest_waits_for(faulty, own_redis, delay):
    with SlowProxy(own_redis.port, delay) as slow:
        faulty.environment["REDIS_URL"] = f"redis://127.0.0.1:{slow.port}/0"
        code, result = faulty.ingest()
    assert code == 0 and note(result).startswith(UNPUBLISHED)
    del faulty.environment["REDIS_URL"]


@pytest.mark.slow
@pytest.mark.process
def test_killed_in_mid_run(faulty, own_redis):
    faulty.environment["REDIS_URL"] = own_redis.url
    ingest = begun(faulty, **IN_PARTS)
    until(ingest, "GRAPHING")
    own_redis.kill()
    code, result, err = ended(ingest)
    assert code == 0 and "Traceback" not in err
    assert note(result).startswith(UNPUBLISHED) and "Redis at" in note(result)


@pytest.mark.slow
@pytest.mark.process
def test_connections_cut_in_mid_run(faulty, own_redis):
    with SlowProxy(own_redis.port) as proxy, connected(own_redis) as client:
        faulty.environment["REDIS_URL"] = f"redis://127.0.0.1:{proxy.port}/0"
        ingest = begun(faulty, **IN_PARTS)
        until(ingest, "GRAPHING")
        proxy.cut()
        code, result, _ = ended(ingest)
        assert code == 0 and note(result) == ""
        assert set(states(client)) == {"DONE"} and len(states(client)) == PAGES


@pytest.mark.slow
@pytest.mark.process
def test_restarted_with_what_it_held(faulty, keeping_redis):
    faulty.environment["REDIS_URL"] = keeping_redis.url
    ingest = begun(faulty, **IN_PARTS)
    until(ingest, "GRAPHING")
    keeping_redis.kill()
    keeping_redis.start()
    code, result, _ = ended(ingest)
    with connected(keeping_redis) as client:
        assert_complete(client, result)
    assert code == 0 and note(result) == ""


@pytest.mark.slow
@pytest.mark.process
def test_restarted_empty(faulty, own_redis):
    faulty.environment["REDIS_URL"] = own_redis.url
    ingest = begun(faulty, **IN_PARTS)
    until(ingest, "VECTORS")
    own_redis.kill()
    own_redis.start()
    code, result, _ = ended(ingest)
    assert code == 0 and "earlier progress was lost" in note(result)
    with connected(own_redis) as client:
        assert states(client) == ["DONE"] * PAGES
        jobs = [key.removeprefix("ingest:state:") for key in client.keys("ingest:state:*")]
        streams = [f"ingest:events:{name}" for name in (*jobs, result["ingest_id"])]
        assert [client.xrevrange(key, count=1)[0][1]["stage"] for key in streams] == ["DONE"] * (PAGES + 1)
        assert all(client.ttl(key) > 0 for key in client.keys())


@pytest.mark.slow
def test_full_from_the_beginning(faulty, own_redis):
    with connected(own_redis) as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1mb")
    faulty.environment["REDIS_URL"] = own_redis.url
    code, result = faulty.ingest()
    assert code == 0 and note(result).startswith(UNPUBLISHED) and "memory" in note(result)


@pytest.mark.slow
@pytest.mark.process
def test_full_for_a_while(faulty, own_redis):
    """The pause after a failure may outlast the ingest: it is not waited for."""
    faulty.environment["REDIS_URL"] = own_redis.url
    with connected(own_redis) as client:
        ingest = begun(faulty, **IN_PARTS)
        until(ingest, "GRAPHING")
        client.config_set("maxmemory", "1mb")
        until(ingest, "VECTORS")
        client.config_set("maxmemory", "0")
        code, result, _ = ended(ingest)
        assert_complete(client, result)
    assert code == 0 and note(result) == ""


@pytest.mark.slow
def test_keys_of_another_type_under_the_jobs_names(faulty, own_redis, without_fault):
    faulty.environment["REDIS_URL"] = own_redis.url
    one, other, *_ = without_fault[1]
    with connected(own_redis) as client:
        client.set(f"ingest:state:{one}", "x")
        client.lpush(f"ingest:events:{one}", "x")
        client.sadd(f"ingest:state:{other}", "x")
        client.set("ingest:state:somebody", "x")
        status = faulty.ingestctl("status")
        assert status.returncode == 0 and "Traceback" not in status.stderr
        client.delete("ingest:state:somebody")
        code, result = faulty.ingest()
        assert_complete(client, result)
    assert code == 0 and note(result) == ""


@pytest.mark.slow
@pytest.mark.process
def test_keys_that_become_another_type_in_mid_run(faulty, own_redis, without_fault):
    faulty.environment["REDIS_URL"] = own_redis.url
    with connected(own_redis) as client:
        ingest = begun(faulty, **IN_PARTS)
        until(ingest, "GRAPHING")
        whole = f"ingest:events:{the_ingest(client)}"
        client.set(f"ingest:state:{without_fault[1][-1]}", "x")
        client.set(whole, "x")
        code, result, _ = ended(ingest)
        assert code == 0 and "earlier progress was lost" in note(result)
        assert states(client) == ["DONE"] * PAGES and client.xrevrange(whole, count=1)[0][1]["stage"] == "DONE"


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize("keeps", [True, False], ids=["with its data", "empty"])
def test_tail_goes_on_over_a_restart(faulty, tmp_path, keeps):
    require(redis_missing())
    with RedisServer(tmp_path / "redis", keeps=keeps) as server, connected(server) as client:
        faulty.environment["REDIS_URL"] = server.url
        ingest = begun(faulty, DOCUMENTS_PER_RUN="2")
        until(ingest, "PARSING")
        tail = started(faulty, "tail", the_ingest(client), "--json")
        first = json.loads(tail.stdout.readline())
        server.kill()
        server.start()
        code, _, _ = ended(ingest)
        told, err = tail.communicate(timeout=120)
    assert code == 0 and tail.returncode == 0 and "retrying" in err and "Traceback" not in err
    events = [first, *map(json.loads, told.splitlines())]
    assert (events[0]["stage"], events[-1]["stage"]) == ("PENDING", "DONE")
    percents = [event["percent"] for event in events]
    assert percents == sorted(percents)


def begin_a_job(server: RedisServer) -> None:
    with connected(server) as client:
        state = JobState(
            job_id="job-1", source_uri="a.md", checksum="c0ffee", tag="docs", ingest_id="ingest-1", created_at=1.0
        )
        RedisProgress(client, "here").begin(
            [(state, JobEvent(job_id="job-1", attempt=0, stage="PENDING", percent=0, message="waits", timestamp=1.0))]
        )


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize("fault", ["killed", "emptied", "of another type"])
def test_tail_ends_with_a_clear_error_when_nothing_comes_back(home, own_redis, fault):
    home.environment["REDIS_URL"] = own_redis.url
    begin_a_job(own_redis)
    tail = started(home, "tail", "job-1", RETRY_SECONDS="2")
    assert "PENDING" in tail.stdout.readline()
    if fault == "killed":
        own_redis.kill()
    else:
        with connected(own_redis) as client:
            client.flushall()
            if fault == "of another type":
                client.set("ingest:events:job-1", "x")
    _, err = tail.communicate(timeout=60)
    assert tail.returncode == 3 and "hint:" in err and "Traceback" not in err
    assert ("nothing is known of job-1" if fault == "emptied" else "Redis at") in err


def test_tail_of_an_absent_server_says_so_at_once(home):
    home.environment["REDIS_URL"] = f"redis://127.0.0.1:{NOBODY}/0"
    tail = home.ingestctl("tail", "anything")
    assert tail.returncode == 3 and f"127.0.0.1:{NOBODY}" in tail.stderr and "Traceback" not in tail.stderr
