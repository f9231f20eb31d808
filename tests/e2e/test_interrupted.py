"""Ingests that are interrupted, killed, stalled or in each other's way: what is done stays, and the next one does the rest."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_servers_away import begun, ended, equal_to_a_clean_run, until, with_neo4j, write_pages

from wekadocs_assets.config.dagster_home import dagster_home
from wekadocs_assets.defs.reaping import UNENDED

PAGES, A_BATCH = 70, 50
"""More pages than one batch has, so that there is an end of a batch to stop at."""
GO_ON = "run the same command again to continue"
RUNS = """
import os, json, dagster as dg
from wekadocs_assets.config.dagster_home import dagster_home
os.environ["DAGSTER_HOME"] = str(dagster_home())
with dg.DagsterInstance.get() as instance:
    for run in reversed(instance.get_runs()):
        last = instance.get_records_for_run(run.run_id).records[-1].event_log_entry
        said = last.dagster_event.message if last.dagster_event else last.user_message
        print(json.dumps([run.run_id, run.status.value, said]))
"""


def runs(home) -> list[tuple[str, str, str]]:
    """Id, status and last word of every Dagster run, in their order."""
    done = subprocess.run(
        [sys.executable, "-c", RUNS], capture_output=True, text=True, env=home.environment, cwd=home.folder
    )
    assert done.returncode == 0, done.stderr
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def statuses(home) -> list[str]:
    return [status for _, status, _ in runs(home)]


def work_of(result: dict) -> dict[str, int]:
    return json.loads(Path(result["report"]).read_text())["work"]


def executed(home) -> subprocess.Popen[str]:
    """A run that plans for itself, as the UI, the daemon and CI start it."""
    environment = home.environment | {"COLLECTIONS": f"docs={home.docs}", "DAGSTER_HOME": str(dagster_home())}
    command = [sys.executable, "-m", "dagster", "job", "execute", "-m", "wekadocs_assets.definitions", "-j", "ingest"]
    return subprocess.Popen(
        command, env=environment, cwd=home.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def until_stored(home, asset: str, process: subprocess.Popen[str]) -> None:
    """Until the asset has put its first artifact down."""
    folder = home.folder / "data" / "artifacts" / asset
    end = time.monotonic() + 120
    while not (folder.is_dir() and any(folder.rglob("*/*"))):
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.005)


@pytest.mark.slow
@pytest.mark.process
def test_an_interrupted_ingest_ends_after_the_batch_and_the_next_one_does_exactly_the_rest(home):
    write_pages(home, PAGES)
    ingest = begun(home)
    until(ingest, "PARSING")
    ingest.send_signal(signal.SIGINT)
    code, result, err = ended(ingest)
    assert code == 130 and "error: interrupted" in err and GO_ON in err and "Traceback" not in err
    assert result["event"] == "result" and result["errors"][0]["error"] == "interrupted"
    assert [(run, status) for run, status, _ in runs(home)] == [(*result["run_ids"], "CANCELED")]
    code, result = home.ingest()
    assert code == 0, result["stderr"]
    work = work_of(result)
    assert work["documents_parsed"] == PAGES - A_BATCH and work["documents_extracted"] == PAGES
    assert result["chunks"]["embedded"] == work["points_upserted"] > PAGES
    assert statuses(home) == ["CANCELED", "SUCCESS"]
    assert equal_to_a_clean_run(home)


@pytest.mark.slow
@pytest.mark.process
def test_an_interrupted_ingest_of_several_runs_begins_no_further_one(home):
    write_pages(home, 30)
    ingest = begun(home, DOCUMENTS_PER_RUN="10")
    until(ingest, "VECTORS")
    ingest.send_signal(signal.SIGINT)
    code, result, _ = ended(ingest)
    assert code == 130 and len(result["run_ids"]) == 1
    code, result = home.ingest()
    assert code == 0 and work_of(result)["documents_parsed"] == 20
    assert statuses(home) == ["CANCELED", "SUCCESS"]


@pytest.mark.slow
@pytest.mark.process
def test_an_interrupt_before_the_first_run_ends_it_at_once_with_a_result(home):
    write_pages(home, 3)
    ingest = begun(home)
    assert json.loads(ingest.stdout.readline())["event"] == "plan"
    time.sleep(0.3)  # Dagster is being imported
    ingest.send_signal(signal.SIGTERM)
    code, result, err = ended(ingest)
    assert code == 130 and result["event"] == "result" and result["run_ids"] == [] and GO_ON in err
    assert home.ingest()[0] == 0


@pytest.mark.slow
@pytest.mark.process
def test_an_ingest_that_waits_for_another_one_can_be_interrupted(home):
    write_pages(home, 1)
    (home.folder / "data").mkdir()
    with open(home.folder / "data" / "ingest.lock", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ingest = begun(home, LOCK_TIMEOUT="120")
        time.sleep(3)
        ingest.send_signal(signal.SIGTERM)
        out, err = ingest.communicate(timeout=20)
    assert ingest.returncode == 130 and out == "" and "interrupted" in err and "Traceback" not in err


@pytest.mark.slow
@pytest.mark.process
def test_a_run_of_a_killed_ingest_is_marked_failed_by_the_next_one(home):
    write_pages(home, PAGES)
    ingest = begun(home)
    until(ingest, "VECTORS")
    ingest.kill()
    ingest.communicate()
    assert statuses(home) == ["STARTED"]
    code, result = home.ingest()
    assert code == 0, result["stderr"]
    (_, dead, said), (_, alive, _) = runs(home)
    assert (dead, alive) == ("FAILURE", "SUCCESS") and "died" in said
    assert equal_to_a_clean_run(home)


@pytest.mark.slow
@pytest.mark.process
def test_a_killed_run_of_dagster_is_marked_failed_too_and_one_that_waits_is_not(home):
    write_pages(home, PAGES)
    killed = executed(home)
    until_stored(home, "parsed_documents", killed)
    killed.send_signal(signal.SIGSTOP)  # it holds the lock until it is killed
    waiting = executed(home)
    end = time.monotonic() + 120
    while statuses(home) != ["STARTED", "STARTED"]:
        assert time.monotonic() < end and waiting.poll() is None
    killed.kill()
    killed.communicate()
    waiting.communicate(timeout=240)
    assert waiting.returncode == 0
    assert statuses(home) == ["FAILURE", "SUCCESS"]
    assert home.ingest()[1]["documents"]["unchanged"] == PAGES
    assert equal_to_a_clean_run(home)


@pytest.mark.slow
@pytest.mark.process
def test_a_run_of_dagster_that_is_interrupted_leaves_nothing_undone(home):
    write_pages(home, PAGES)
    run = executed(home)
    until_stored(home, "parsed_documents", run)
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=120)
    assert run.returncode != 0
    assert not set(statuses(home)) & {status.value for status in UNENDED}
    code, result = home.ingest()
    assert code == 0 and work_of(result)["documents_parsed"] in (0, PAGES - A_BATCH)
    assert equal_to_a_clean_run(home)


@pytest.mark.process
def test_the_second_ingest_of_a_data_folder_is_told_which_process_holds_it(home):
    write_pages(home, PAGES)
    first = begun(home)
    until(first, "PARSING")
    second = begun(home, LOCK_TIMEOUT="0.3")
    _, err = second.communicate(timeout=60)
    assert second.returncode == 4 and f"process {first.pid}, ingest " in err and "hint: " in err
    assert ended(first)[0] == 0


def on_servers(home, access, **more: str) -> None:
    """Nothing embedded is shared: workers have the graph and the vectors of the server, and one place for artifacts."""
    with_neo4j(home, access)
    home.environment.update(VECTORS="neo4j", ARTIFACTS_URL=f"file://{home.folder}/artifacts", **more)


def compared_with_a_clean_run(home) -> bool:
    assert home.ingestctl("export", "served").returncode == 0
    for variable in ("NEO4J_URI", "VECTORS", "ARTIFACTS_URL"):
        home.environment.pop(variable, None)
    home.environment["WEKADOCS_HOME"] = str(home.folder / "clean")
    for folder in sorted(home.docs.parent.glob("docs*")):
        assert home.ingestctl("ingest", str(folder)).returncode == 0
    compared = home.ingestctl("export", "clean-export", "--compare", "served", "--json")
    return compared.returncode == 0 and json.loads(compared.stdout)["differences"] == {}


@pytest.mark.slow
@pytest.mark.process
def test_the_second_ingest_of_a_collection_on_a_server_is_told_which_process_holds_it(home, neo4j):
    write_pages(home, PAGES)
    on_servers(home, neo4j)
    first = begun(home)
    until(first, "PARSING")
    second = begun(home, LOCK_TIMEOUT="0.3", WEKADOCS_HOME=str(home.folder / "second"))
    _, err = second.communicate(timeout=60)
    assert second.returncode == 4 and "collection docs is held by ingest" in err and f"process {first.pid}" in err
    assert ended(first)[0] == 0
    assert compared_with_a_clean_run(home)


@pytest.mark.slow
@pytest.mark.process
def test_on_a_server_two_collections_are_ingested_side_by_side(home, neo4j):
    write_pages(home, PAGES)
    other = home.folder / "docs2"
    other.mkdir()
    for path in home.docs.iterdir():
        (other / path.name).write_text(path.read_text() + "\n## Also\n\nMore of it.\n")
    on_servers(home, neo4j)
    first = begun(home, WEKADOCS_HOME=str(home.folder / "first"))
    second = subprocess.Popen(
        [sys.executable, "-m", "wekadocs_assets.cli.main", "ingest", str(other), "--json"],
        env=home.environment | {"WEKADOCS_HOME": str(home.folder / "second")}, cwd=home.folder,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until(first, "PARSING")
    until(second, "PARSING")
    assert first.poll() is None and second.poll() is None, "both at once"
    for ingest in (first, second):
        code, result, err = ended(ingest)
        assert code == 0 and result["documents"]["ingested"] == PAGES, err
    assert compared_with_a_clean_run(home)


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize("stage", ["GRAPHING", "VECTORS"])
def test_a_stalled_ingest_that_was_taken_over_writes_nothing_more(home, neo4j, stage):
    write_pages(home, PAGES)
    on_servers(home, neo4j, LEASE_SECONDS="5", NEO4J_TIMEOUT="8", DOCUMENTS_PER_RUN="20")
    first = begun(home, WEKADOCS_HOME=str(home.folder / "first"))
    until(first, stage)
    os.kill(first.pid, signal.SIGSTOP)
    try:
        home.environment["WEKADOCS_HOME"] = str(home.folder / "second")
        code, result = home.ingest()
        assert code == 0 and result["drift_pct"] == 0, result["stderr"]
    finally:
        os.kill(first.pid, signal.SIGCONT)
    code, last, err = ended(first)
    assert code == 4 and "lost" in err and "Traceback" not in err, err
    assert last["event"] == "result" and "lost" in last["errors"][0]["error"]
    assert compared_with_a_clean_run(home)


@pytest.mark.slow
@pytest.mark.process
def test_runs_that_shared_a_server_are_reaped_by_the_one_that_holds_the_collection(home, neo4j):
    write_pages(home, PAGES)
    on_servers(home, neo4j, LEASE_SECONDS="5")
    ingest = begun(home)
    until(ingest, "GRAPHING")
    ingest.kill()
    ingest.communicate()
    code, result = home.ingest()
    assert code == 0, result["stderr"]
    assert statuses(home) == ["FAILURE", "SUCCESS"]
    assert compared_with_a_clean_run(home)
