"""`ingestctl watch` and the queue, in processes of their own; `cancel` of what waits and of what runs."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from redis import Redis

QUICKLY = {"WATCH_INTERVAL_SECONDS": "1", "WATCH_SETTLE_SECONDS": "0", "LEASE_SECONDS": "5"}
PATIENCE = 90.0


class Watcher:
    """A running `ingestctl watch --json`; what it printed so far is in a file."""

    def __init__(self, home, *arguments: str) -> None:
        self._printed = home.folder / "watch.jsonl"
        command = [sys.executable, "-m", "wekadocs_assets.cli.main", "watch", "--json", *arguments]
        with open(self._printed, "w") as out, open(home.folder / "watch.err", "w") as err:
            self.process = subprocess.Popen(command, stdout=out, stderr=err, env=home.environment, cwd=home.folder)

    def printed(self, event: str) -> list[dict]:
        whole = self._printed.read_text().rpartition("\n")[0]
        told = [json.loads(line) for line in whole.splitlines()]
        return [one for one in told if one["event"] == event]

    def results(self) -> list[dict[str, int]]:
        return [result["documents"] for result in self.printed("result")]


def until(happens: Callable[[], object]) -> object:
    end = time.monotonic() + PATIENCE
    while not (found := happens()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.2)
    return found


@pytest.fixture
def start(home) -> Iterator[Callable[..., Watcher]]:
    home.environment.update(QUICKLY)
    started: list[Watcher] = []

    def start(*arguments: str) -> Watcher:
        started.append(Watcher(home, *arguments))
        return started[-1]

    yield start
    for watcher in started:
        watcher.process.kill()
        watcher.process.wait()


def write(home, name: str, text: str = "Of gates.") -> None:
    (home.docs / name).write_text(f"# {name}\n\n{text}\n")


def jobs(home) -> dict[str, dict]:
    """By source_uri, the job whose last news is the newest."""
    told = [json.loads(line) for line in home.ingestctl("status", "--json").stdout.splitlines()]
    found = [
        job
        for ingest in told
        if ingest.get("ingest_id")
        for job in json.loads(home.ingestctl("status", ingest["ingest_id"], "--json").stdout)["jobs"]
    ]
    return {job["source_uri"]: job for job in sorted(found, key=lambda job: job["updated_at"])}


@pytest.mark.process
def test_files_come_and_go_by_themselves_and_ctrl_c_is_a_clean_end(home, start):
    write(home, "a.md")
    watcher = start(str(home.docs))
    until(lambda: watcher.results() == [{**watcher.results()[0], "ingested": 1}] if watcher.results() else False)
    write(home, "b.md")
    (home.docs / "a.md").rename(home.docs / "c.md")
    until(lambda: len(watcher.results()) == 2)
    (home.docs / "b.md").unlink()
    until(lambda: len(watcher.results()) == 3)
    ended = [(one["ingested"], one["renamed"], one["deleted"]) for one in watcher.results()]
    assert ended == [(1, 0, 0), (1, 1, 0), (0, 0, 1)]
    assert "watching docs" in home.ingestctl("status").stdout
    watcher.process.send_signal(signal.SIGINT)
    assert watcher.process.wait(30) == 0
    code, result = home.ingest()
    assert code == 0 and result["documents"]["unchanged"] == 1, "what it did is what an ingest would have done"


@pytest.mark.slow
@pytest.mark.process
def test_queued_documents_are_worked_by_the_watcher_and_each_edit_again(home, start):
    write(home, "a.md", "A")
    assert home.ingest()[0] == 0
    watcher = start()
    for attempt, text in enumerate(("B", "A", "B"), 1):
        write(home, "a.md", text)
        home.ingestctl("ingest", "--queue")
        until(lambda count=attempt: len(watcher.results()) >= count)
    assert all(one["ingested"] + one["unchanged"] == 1 for one in watcher.results())
    assert jobs(home)["a.md"]["status"] == "DONE"


def test_what_is_queued_waits_is_counted_and_can_be_cancelled(home):
    write(home, "a.md")
    write(home, "b.md")
    first = json.loads(home.ingestctl("ingest", str(home.docs), "--queue", "--json").stdout.splitlines()[-1])
    again = json.loads(home.ingestctl("ingest", str(home.docs), "--queue", "--json").stdout.splitlines()[-1])
    assert len(first["added"]) == 2 and again == {"event": "queued", "added": [], "queued_before": 2}
    queue = json.loads(home.ingestctl("status", "--json").stdout.splitlines()[0])
    assert queue["status"] == "QUEUED" and queue["documents"] == {"PENDING": 2}
    job = first["added"][0]["job_id"]
    assert home.ingestctl("cancel", job[:12]).returncode == 0
    assert json.loads(home.ingestctl("status", job, "--json").stdout)["status"] == "CANCELLED"
    twice = home.ingestctl("cancel", job)
    assert twice.returncode == 2 and "has ended: CANCELLED" in twice.stderr
    assert len(json.loads(home.ingestctl("ingest", "--queue", "--json").stdout.splitlines()[-1])["added"]) == 1


@pytest.mark.slow
@pytest.mark.process
def test_a_job_whose_consumers_all_die_is_given_up_and_listed(home, start, redis_server):
    home.environment.update(REDIS_URL=redis_server, REDIS_NAMESPACE="dead:")
    with Redis.from_url(redis_server, decode_responses=True) as client:
        client.xadd("dead:ingest:jobs", {"tag": "docs", "source_uri": "a.md", "job_id": "poison"})
        client.xgroup_create("dead:ingest:jobs", "ingest", id="0")
        client.xreadgroup("ingest", "one that died", {"dead:ingest:jobs": ">"})
        (entry,) = client.xpending_range("dead:ingest:jobs", "ingest", "-", "+", 1)
        for _ in range(2):
            client.xclaim("dead:ingest:jobs", "ingest", "another", 0, [entry["message_id"]])
    start()
    until(lambda: "never finished" in home.ingestctl("status", "--dead").stdout)
    (dead,) = [json.loads(line) for line in home.ingestctl("status", "--dead", "--json").stdout.splitlines()]
    assert dead["fields"]["job_id"] == "poison"


@pytest.fixture
def slow(home) -> Iterator[subprocess.Popen]:
    """A running ingest of many documents, far from its end."""
    for number in range(300):
        body = "\n\n".join(f"## Part {part}\n\nOf gate {number}.{part} and its keeper." for part in range(30))
        (home.docs / f"p{number:03}.md").write_text(f"# Page {number}\n\n{body}\n")
    command = [sys.executable, "-m", "wekadocs_assets.cli.main", "ingest", str(home.docs), "--json"]
    out = open(home.folder / "ingest.jsonl", "w")
    process = subprocess.Popen(command, env=home.environment, stdout=out, stderr=subprocess.STDOUT)
    until(lambda: (home.folder / "ingest.jsonl").read_text().count('"progress"') > 20)
    yield process
    process.kill()
    process.wait()
    out.close()


@pytest.mark.slow
@pytest.mark.process
def test_a_running_ingest_is_stopped_and_can_be_gone_on_with(home, slow):
    (running,) = [json.loads(line) for line in home.ingestctl("status", "--json").stdout.splitlines()]
    told = home.ingestctl("cancel", running["ingest_id"], "--json")
    assert told.returncode == 0
    assert slow.wait(60) == 130, (home.folder / "ingest.jsonl").read_text()[-2000:]
    (ended,) = [json.loads(line) for line in home.ingestctl("status", "--json").stdout.splitlines()]
    assert ended["status"] == "CANCELLED"
    assert home.ingestctl("tail", running["ingest_id"]).stdout.splitlines()[-1].split()[2] == "CANCELLED"
    code, result = home.ingest()
    assert code == 0 and result["documents"]["ingested"] == 300


@pytest.mark.slow
@pytest.mark.process
def test_a_running_document_is_stopped_at_the_next_checkpoint_and_the_others_go_on(home, slow):
    (running,) = [json.loads(line) for line in home.ingestctl("status", "--json").stdout.splitlines()]
    all_jobs = json.loads(home.ingestctl("status", running["ingest_id"], "--json").stdout)["jobs"]
    job = all_jobs[7]
    assert home.ingestctl("cancel", job["job_id"], "--json").returncode == 0
    assert slow.wait(200) == 1, "a document is not in"
    ended = json.loads(home.ingestctl("status", job["job_id"], "--json").stdout)
    assert ended["status"] == "CANCELLED"
    result = json.loads((home.folder / "ingest.jsonl").read_text().splitlines()[-1])
    assert result["documents"]["ingested"] == 299 and result["errors"][0]["error"] == "cancelled"
    code, result = home.ingest()
    assert code == 0 and result["documents"]["ingested"] == 1
    assert jobs(home)[job["source_uri"]]["status"] == "DONE"


@pytest.mark.slow
@pytest.mark.process
def test_on_servers_too_and_beside_another_ingest_of_another_collection(home, start, neo4j, redis_server):
    home.environment.update(
        NEO4J_URI=neo4j.uri, NEO4J_USER=neo4j.user, NEO4J_PASSWORD=neo4j.password, VECTORS="neo4j",
        REDIS_URL=redis_server, REDIS_NAMESPACE="watched:",
    )  # fmt: skip
    write(home, "a.md")
    watcher = start(str(home.docs))
    until(lambda: len(watcher.results()) == 1)
    (home.folder / "other").mkdir()
    (home.folder / "other" / "x.md").write_text("# X\n\nOf tides.\n")
    write(home, "b.md")
    assert home.ingestctl("ingest", str(home.folder / "other")).returncode == 0
    until(lambda: len(watcher.results()) == 2)
    (home.docs / "a.md").unlink()
    until(lambda: len(watcher.results()) == 3)
    assert [(one["ingested"], one["deleted"]) for one in watcher.results()] == [(1, 0), (1, 0), (0, 1)]
    watcher.process.send_signal(signal.SIGTERM)
    assert watcher.process.wait(30) == 0
    assert home.ingestctl("reconcile").returncode == 0
