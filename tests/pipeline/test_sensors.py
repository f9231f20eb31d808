"""The sensors' decisions on real folders, stores and runs; the daemon is played: it honours a run key once, for ever."""

import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import dagster as dg
import pytest

from wekadocs_assets.app import bootstrap, messaging
from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core import ids
from wekadocs_assets.core.jobs.queue import QueuedJob
from wekadocs_assets.core.jobs.queued import enqueue as put
from wekadocs_assets.defs import reaping
from wekadocs_assets.defs.build import build_definitions
from wekadocs_assets.defs.reaping import holding
from wekadocs_assets.defs.sensors import failed_runs, queued_jobs, watched_folders

ROOT = Path(__file__).parents[2]


@dataclass
class Daemon:
    """Ticks of one sensor; requests whose key was honoured before are dropped, as Dagster does."""

    place: object
    sensor: dg.SensorDefinition = watched_folders
    cursor: str | None = None
    keys: set[str] = field(default_factory=set)
    results: list = field(default_factory=list)

    def tick(self, *, dies_before_the_cursor: bool = False, runs: bool = True) -> str:
        """The reason of a tick that asked for nothing; else its runs are carried out."""
        context = dg.build_sensor_context(instance=self.place.instance, cursor=self.cursor)
        found = self.sensor(context)
        for request in found.run_requests or ():
            if request.run_key not in self.keys and runs:
                self.results.append(self._run(request))
            self.keys.add(request.run_key)
        if not dies_before_the_cursor:
            self.cursor = found.cursor
        assert len(self.cursor or "") < 500_000
        return found.skip_reason.skip_message if found.skip_reason else ""

    def until_idle(self, most: int = 30) -> None:
        for _ in range(most):
            if self.tick().endswith(("documents", "no job waits")):
                return
        raise AssertionError("it never came to rest")

    def _run(self, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
        return self.place.run(**request.run_config["resources"]["run"]["config"])

    def worked(self) -> list[dict[str, int]]:
        """By run: documents by what became of them."""
        return [report["documents"] for report in map(self.report, self.results)]

    def report(self, result) -> dict:
        config = result.dagster_run.run_config["resources"]["run"]["config"]
        name = config.get("ingest_id") or result.run_id
        return json.loads((self.place.docs.parent / "reports" / "ingest" / name / "ingest_report.json").read_text())


@pytest.fixture
def daemon(place, monkeypatch) -> Iterator[Daemon]:
    """On the instance of dagster.yaml: looks and runs must mean the same storage."""
    monkeypatch.setenv("DAGSTER_HOME", str(ROOT))
    monkeypatch.setenv("WATCH_SETTLE_SECONDS", "0")
    monkeypatch.setenv("WATCH_RETRY_SECONDS", "300")
    with dg.DagsterInstance.get() as place.instance:
        yield Daemon(place)


def in_the_graph() -> set[str]:
    return {entry.source_uri for entry in bootstrap.open_stores(read_settings()).graph.ledger("docs")}


def test_changes_moves_and_deletions_come_in_by_themselves(daemon, place):
    for name in ("a.md", "b.md", "c.md"):
        place.write(name)
    daemon.until_idle()
    place.write("a.md", body="Another.")
    (place.docs / "b.md").rename(place.docs / "moved.md")
    (place.docs / "c.md").unlink()
    place.write("d.md")
    daemon.until_idle()
    first, second = daemon.worked()
    assert first["ingested"] == 3
    assert (second["ingested"], second["renamed"], second["deleted"]) == (2, 1, 1)
    assert in_the_graph() == {"a.md", "moved.md", "d.md"}


def test_an_idle_tick_says_so_and_opens_no_store(daemon, place, monkeypatch):
    place.write("a.md")
    daemon.until_idle()
    monkeypatch.setattr(bootstrap, "open_pipeline", lambda settings: pytest.fail("a store was opened"))
    assert daemon.tick() == "docs: nothing changed among 1 documents"


@pytest.mark.slow
def test_a_file_that_is_still_being_written_is_left_alone(daemon, place, monkeypatch):
    monkeypatch.setenv("WATCH_SETTLE_SECONDS", "1")
    place.write("whole.md")
    stop = threading.Event()

    def write() -> None:
        with open(place.docs / "growing.md", "w") as file:
            while not stop.wait(0.05):
                file.write("more and more\n")
                file.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        until = time.monotonic() + 4
        while time.monotonic() < until:
            daemon.tick()
            time.sleep(0.2)
        assert in_the_graph() == {"whole.md"}
    finally:
        stop.set()
        writer.join()
    until = time.monotonic() + 30
    while in_the_graph() != {"whole.md", "growing.md"} and time.monotonic() < until:
        daemon.tick()
        time.sleep(0.2)
    assert [counts["ingested"] for counts in daemon.worked()] == [1, 1]


def test_a_folder_that_is_not_there_is_not_an_empty_one(daemon, place):
    place.write("a.md")
    daemon.until_idle()
    place.docs.rename(place.docs.with_name("unmounted"))
    assert "does not exist" in daemon.tick()
    place.docs.mkdir()  # the mount point alone
    assert "mounted" in daemon.tick() and in_the_graph() == {"a.md"}
    place.docs.rmdir()
    place.docs.with_name("unmounted").rename(place.docs)
    daemon.until_idle()
    assert len(daemon.results) == 1 and in_the_graph() == {"a.md"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_without_permission_hides_nothing(daemon, place):
    place.write("sub/a.md")
    place.write("b.md")
    daemon.until_idle()
    (place.docs / "sub").chmod(0)
    try:
        place.write("c.md")
        daemon.tick()
        assert in_the_graph() == {"sub/a.md", "b.md", "c.md"}
    finally:
        (place.docs / "sub").chmod(0o755)


@pytest.mark.slow
def test_a_linked_folder_that_leads_nowhere_hides_nothing(daemon, place):
    """What a folder without permission is to anybody but root."""
    (place.docs.parent / "elsewhere").mkdir()
    place.write("real/a.md")
    os.symlink("real", place.docs / "link")
    daemon.until_idle()
    assert in_the_graph() == {"real/a.md", "link/a.md"}
    os.unlink(place.docs / "link")
    os.symlink("gone", place.docs / "link")
    place.write("b.md")
    daemon.tick()
    assert in_the_graph() == {"real/a.md", "link/a.md", "b.md"}


@pytest.mark.slow
def test_thousands_of_files_at_once_come_in_in_turns_and_none_twice(daemon, place, monkeypatch):
    """ARRIVING=5000 takes two minutes."""
    count = int(os.environ.get("ARRIVING", "1000"))
    monkeypatch.setenv("DOCUMENTS_PER_RUN", "300")
    for number in range(count):
        (place.docs / f"{number:04d}.md").write_text(f"# Page {number}\n\nGate {number}.\n")
    daemon.until_idle()
    counts = [one["ingested"] for one in daemon.worked()]
    assert sum(counts) == count and max(counts) <= 300 and len(in_the_graph()) == count
    assert len(daemon.cursor) < 1000


@pytest.mark.slow
def test_a_clock_that_goes_back_neither_loses_nor_repeats(daemon, place, monkeypatch):
    place.write("a.md")
    daemon.until_idle()
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 7200)
    place.write("b.md")
    daemon.until_idle()
    monkeypatch.setattr(time, "time", real)
    daemon.until_idle()
    assert [one["ingested"] for one in daemon.worked()] == [1, 1] and in_the_graph() == {"a.md", "b.md"}


def test_a_daemon_killed_between_request_and_cursor_starts_nothing_twice(daemon, place):
    place.write("a.md")
    daemon.tick(dies_before_the_cursor=True)
    assert len(daemon.results) == 1
    daemon.until_idle()
    assert [one["ingested"] for one in daemon.worked()] == [1]


@pytest.mark.slow
def test_a_request_that_was_lost_with_the_daemon_is_made_again(daemon, place):
    """The key was honoured, but the run died before it had done anything: the next try has another key."""
    place.write("a.md")
    daemon.tick(runs=False, dies_before_the_cursor=True)
    daemon.tick()
    assert in_the_graph() == set()
    daemon.cursor = _an_hour_later(daemon.cursor)
    daemon.until_idle()
    assert in_the_graph() == {"a.md"}


def _an_hour_later(cursor: str) -> str:
    watches = json.loads(cursor)
    for watch in watches.values():
        watch["again_at"] -= 3600
    return json.dumps(watches)


@pytest.mark.slow
def test_a_to_b_to_a_is_ingested_each_time(daemon, place):
    place.write("a.md", body="A")
    daemon.until_idle()
    for body in ("B", "A", "B"):
        place.write("a.md", body=body)
        daemon.until_idle()
    assert [one["ingested"] for one in daemon.worked()] == [1, 1, 1, 1]


@pytest.mark.slow
def test_a_page_that_failed_for_good_is_tried_again_when_it_changes_and_not_before(daemon, place):
    place.write("good.md")
    (place.docs / "bad.md").write_bytes(b"\xe4 is not UTF-8")
    daemon.until_idle()
    daemon.cursor = _an_hour_later(daemon.cursor)
    daemon.until_idle()
    assert len(daemon.results) == 1
    place.write("bad.md")
    daemon.until_idle()
    assert [one["failed"] for one in daemon.worked()] == [1, 0]


def test_a_run_that_waits_holds_the_next_one_back(daemon, place):
    place.write("a.md")
    run = place.instance.create_run_for_job(
        dg.Definitions(jobs=[waiting]).resolve_job_def("waiting"), status=dg.DagsterRunStatus.NOT_STARTED
    )
    assert "1 runs of it are waiting or running" in daemon.tick()
    place.instance.delete_run(run.run_id)
    daemon.until_idle()
    assert in_the_graph() == {"a.md"}


def test_a_dead_run_is_reaped_and_holds_nothing_back(daemon, place):
    place.write("a.md")
    run = place.instance.create_run_for_job(
        dg.Definitions(jobs=[waiting]).resolve_job_def("waiting"), status=dg.DagsterRunStatus.STARTED
    )
    place.instance.add_run_tags(run.run_id, holding(run.run_id, bootstrap.lock_names(read_settings(), ["docs"])))
    daemon.until_idle()
    assert place.instance.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.FAILURE
    assert in_the_graph() == {"a.md"}


def test_a_run_that_died_before_it_claimed_anything_is_reaped_too(daemon, place, monkeypatch):
    place.write("a.md")
    run = place.instance.create_run_for_job(
        build_definitions().resolve_job_def("ingest"), status=dg.DagsterRunStatus.STARTED
    )
    assert "waiting or running" in daemon.tick(), "it may be about to"
    monkeypatch.setattr(reaping, "UNCLAIMED_SECONDS", 0.0)
    daemon.until_idle()
    assert place.instance.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.FAILURE
    assert in_the_graph() == {"a.md"}


@dg.job
def waiting() -> None:
    """Stands for a run of somebody else."""


@pytest.mark.slow
@pytest.mark.process
def test_an_ingest_of_another_process_holds_the_next_one_back(daemon, place):
    place.write("a.md")
    daemon.until_idle()
    place.write("b.md")
    told = []
    with bootstrap.ingest_lock(read_settings(), "another"):
        look = threading.Thread(target=lambda: told.append(_in_a_process_of_its_own(daemon, place)))
        look.start()
        look.join()
    assert "another ingest is running" in told[0]
    daemon.until_idle()
    assert in_the_graph() == {"a.md", "b.md"}


def _in_a_process_of_its_own(daemon, place) -> str:
    """The lock is re-entrant within a process."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        from wekadocs_assets.app.watch import Watch, check_collection

        collection = bootstrap.known_collections(read_settings())["docs"]
        os.write(writing, check_collection(read_settings(), collection, Watch(), lambda tags: (0, 0)).reason.encode())
        os._exit(0)
    os.close(writing)
    with open(reading) as told:
        return told.read()


@pytest.mark.slow
def test_a_slow_store_lets_fewer_in_and_then_none(daemon, place, monkeypatch):
    graph = type(bootstrap.open_stores(read_settings()).graph)
    asked = graph.open

    def slow(self):
        time.sleep(0.4)
        return asked(self)

    monkeypatch.setattr(graph, "open", slow)
    for number in range(4):
        place.write(f"{number}.md")
    monkeypatch.setenv("ADMIT_PROBE_SECONDS", "0.3")
    assert "waits: the graph takes" in daemon.tick() and in_the_graph() == set()
    monkeypatch.setenv("ADMIT_PROBE_SECONDS", "0.6")
    monkeypatch.setenv("DOCUMENTS_PER_RUN", "4")
    daemon.tick()
    assert 1 <= len(in_the_graph()) < 4
    monkeypatch.setattr(graph, "open", asked)
    daemon.until_idle()
    assert len(in_the_graph()) == 4


def test_a_disk_that_fills_up_lets_none_in(daemon, place, monkeypatch):
    place.write("a.md")
    free = shutil.disk_usage(place.docs).free / 1e6
    monkeypatch.setenv("ADMIT_FREE_MB", str(round(free * 2)))
    assert "MB are free" in daemon.tick() and in_the_graph() == set()


@pytest.mark.slow
def test_in_a_spool_marker_and_document_make_a_page_and_the_marker_is_consumed(daemon, place, monkeypatch):
    monkeypatch.setenv("WATCH_MODE", "spool")
    marker = place.docs / "a.md.ready"
    marker.touch()
    daemon.tick()
    assert marker.exists() and not daemon.results
    place.write("a.md")
    place.write("unmarked.md")
    for _ in range(4):
        daemon.tick()
    assert in_the_graph() == {"a.md"} and not marker.exists()
    place.write("a.md", body="Changed, not marked.")
    for _ in range(3):
        daemon.tick()
    assert len(daemon.results) == 1
    marker.touch()
    for _ in range(4):
        daemon.tick()
    assert len(daemon.results) == 2 and not marker.exists()


def test_in_a_folder_that_is_no_spool_nothing_is_deleted(daemon, place):
    place.write("a.md")
    notes = place.docs / "a.md.ready"
    notes.write_text("Somebody's own.")
    daemon.until_idle()
    daemon.cursor = _an_hour_later(daemon.cursor)
    daemon.until_idle()
    assert notes.read_text() == "Somebody's own."


def test_a_marker_of_something_written_since_stays(place):
    place.write("a.md")
    (place.docs / "a.md.ready").touch()
    source = bootstrap.source(read_settings(), str(place.docs))
    (seen,) = source.scan().files
    place.write("a.md", body="Written since.")
    source.unmark([seen])
    assert (place.docs / "a.md.ready").exists()
    source.unmark(source.scan().files)
    assert not (place.docs / "a.md.ready").exists()


# The queue


@pytest.fixture
def queue_daemon(daemon) -> Daemon:
    daemon.sensor = queued_jobs
    return daemon


def enqueue(*names: str, tag: str = "docs") -> None:
    """As `ingestctl ingest --queue` does, of documents that are there or not."""
    docs = Path(read_settings().collection_roots()["docs"])
    sums = {name: ids.checksum((docs / name).read_bytes() if (docs / name).exists() else b"") for name in names}
    jobs = [
        QueuedJob(job_id=ids.job_id(tag, name, checksum), source_uri=name, checksum=checksum, tag=tag)
        for name, checksum in sums.items()
    ]
    with messaging.job_queue(read_settings()) as queue, messaging.progress_streams(read_settings()) as streams:
        put(queue, streams, jobs)


def test_queued_jobs_are_worked_in_one_run_and_nothing_else_is(queue_daemon, place):
    for name in ("a.md", "b.md", "c.md"):
        place.write(name)
    enqueue("a.md", "b.md")
    queue_daemon.until_idle()
    assert in_the_graph() == {"a.md", "b.md"} and len(queue_daemon.results) == 1
    enqueue("a.md")
    queue_daemon.until_idle()
    assert in_the_graph() == {"a.md", "b.md"}


def test_a_queued_job_of_nothing_ends_in_error_and_the_others_are_worked(queue_daemon, place):
    place.write("a.md")
    enqueue("a.md", "nothere.md")
    enqueue("x.md", tag="nobody")
    queue_daemon.until_idle()
    assert in_the_graph() == {"a.md"}
    with messaging.progress_streams(read_settings()) as streams:
        ends = {
            state.source_uri: (state.status, state.error.get("reason", ""))
            for state in streams.states()
            if state.status == "ERROR"
        }
    assert "no readable document" in ends["nothere.md"][1] and "no collection 'nobody'" in ends["x.md"][1]


@pytest.mark.slow
def test_a_long_queue_is_drained_run_by_run(queue_daemon, place, monkeypatch):
    monkeypatch.setenv("DOCUMENTS_PER_RUN", "2")
    for number in range(5):
        place.write(f"{number}.md")
    enqueue(*(f"{number}.md" for number in range(5)))
    queue_daemon.until_idle()
    assert len(in_the_graph()) == 5 and len(queue_daemon.results) == 3


def test_an_entry_of_bytes_that_are_no_text_stops_nothing(queue_daemon, place):
    place.write("a.md")
    with messaging._server(read_settings()) as (client, _):
        client.xadd("ingest:jobs", {"tag": "docs", "source_uri": b"caf\xe9.md"})
    enqueue("a.md")
    queue_daemon.until_idle()
    assert in_the_graph() == {"a.md"}


def test_a_dead_letter_comes_to_its_end(queue_daemon, place):
    place.write("a.md")
    place.write("b.md")
    enqueue("b.md")
    with messaging.job_queue(read_settings()) as queue:
        for number in range(3):
            queue.take(f"dies {number}", 5)
            queue.leave(f"dies {number}")
        enqueue("a.md")
        queue_daemon.until_idle()
        assert len(queue.dead()) == 1
    with messaging.progress_streams(read_settings()) as streams:
        assert {s.source_uri: s.status for s in streams.states()} == {"a.md": "DONE", "b.md": "ERROR"}


def test_a_cancelled_job_that_is_about_to_be_worked_is_not(queue_daemon, place):
    place.write("a.md")
    place.write("b.md")
    enqueue("a.md", "b.md")
    with messaging.progress_streams(read_settings()) as streams:
        (a,) = [state for state in streams.states() if state.source_uri == "a.md"]
        streams.ask_cancel(a.job_id)
        queue_daemon.until_idle()
        assert streams.state(a.job_id).status == "CANCELLED" and in_the_graph() == {"b.md"}


def test_folders_come_in_though_redis_is_ill(daemon, place):
    (place.docs.parent / "data").mkdir(exist_ok=True)
    (place.docs.parent / "data" / "valkey").write_text("no folder")
    place.write("a.md")
    daemon.until_idle()
    assert in_the_graph() == {"a.md"}
    daemon.sensor = queued_jobs
    assert "Valkey" in daemon.tick()


# Runs that fail, and runs of the UI


def test_documents_of_a_run_that_died_come_to_their_end(daemon, place):
    place.write("a.md")
    place.run()
    run = place.instance.create_run_for_job(
        build_definitions().resolve_job_def("ingest"), status=dg.DagsterRunStatus.STARTED
    )
    with messaging.progress_streams(read_settings()) as streams:
        (state,) = streams.states()
        streams.write([replace(state, status="EMBEDDING", ingest_id=run.run_id)], [])
    place.instance.report_run_failed(run, "killed")
    context = dg.build_run_status_sensor_context(
        "failed_runs", place.instance.all_logs(run.run_id)[-1].dagster_event, place.instance, run
    ).for_run_failure()
    failed_runs(context)
    assert states() == {"a.md": "ERROR"}


def states() -> dict[str, str]:
    with messaging.progress_streams(read_settings()) as streams:
        return {state.source_uri: state.status for state in streams.states()}


def test_jobs_of_a_materialized_range_with_a_bad_page_come_to_their_end(daemon, place):
    place.write("a.md")
    (place.docs / "b.md").write_bytes(b"\xe4 is not UTF-8")
    place.write("c.md")
    assert place.run(["source_documents"]).success
    assert set(states().values()) == {"CANCELLED"}, "nothing came after the plan"
    tags = {"dagster/asset_partition_range_start": "docs/a.md", "dagster/asset_partition_range_end": "docs/c.md"}
    result = place.run(["parsed_documents", "extracted_entities"], tags)
    assert not result.success
    assert states() == {"a.md": "CANCELLED", "b.md": "ERROR", "c.md": "CANCELLED"}
    with messaging.progress_streams(read_settings()) as streams:
        assert streams.events(result.run_id, "0", 0)[-1][1].is_terminal


def test_jobs_of_a_materialized_page_end_with_its_points(daemon, place):
    place.write("a.md")
    assert place.run(["source_documents"]).success
    assets = ["parsed_documents", "extracted_entities", "document_graph", "section_embeddings", "vector_points"]
    assert place.run(assets, {"dagster/partition": "docs/a.md"}).success
    assert states() == {"a.md": "DONE"}


def test_jobs_of_a_consumer_that_died_are_worked_by_the_next_run(queue_daemon, place, monkeypatch):
    monkeypatch.setenv("LEASE_SECONDS", "5")
    place.write("a.md")
    enqueue("a.md")
    with messaging.job_queue(read_settings()) as queue:
        queue.take("one that dies", 1)
        assert queue_daemon.tick() == "the queue: no job waits", "it may be alive"
        queue.leave("one that dies")
        queue_daemon.until_idle()
    assert in_the_graph() == {"a.md"}
