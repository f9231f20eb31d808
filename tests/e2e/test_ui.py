"""`ingestctl ui` as a person uses it: it answers, it ends with all that it started, and it says what went wrong."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from servers.process import free_port

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc tells which processes are left")
COMMAND = [sys.executable, "-m", "wekadocs_assets.cli.main", "ui", "--port"]
OURS = "wekadocs_assets.definitions"
PATIENCE = 120.0


@contextmanager
def ui(home, port: int) -> Iterator[subprocess.Popen[str]]:
    """Ended by Ctrl-C where the test did not end it."""
    process = subprocess.Popen(
        [*COMMAND, str(port)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=home.environment, cwd=home.folder,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)


def processes(home) -> dict[int, str]:
    """Every process but `ingestctl` that has this home's data folder in its environment: Dagster's all inherit it."""
    found = {}
    mark = f"WEKADOCS_HOME={home.environment['WEKADOCS_HOME']}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if mark in (folder / "environ").read_bytes().split(b"\0") and "cli.main ui" not in words:
                found[int(folder.name)] = words
        except OSError:
            continue
    return found


def until(true, what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.2)


def listeners(port: int) -> set[str]:
    """Addresses on which somebody listens at this port, as the kernel writes them."""
    lines = [line.split() for name in ("tcp", "tcp6") for line in Path("/proc/net", name).read_text().splitlines()[1:]]
    return {words[1].split(":")[0] for words in lines if words[1].endswith(f":{port:04X}") and words[3] == "0A"}


def ask(port: int, query: str) -> dict:
    body = json.dumps({"query": query}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", body, {"Content-Type": "application/json"})
    return json.loads(opened(request))["data"]


def opened(request) -> bytes:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
        return answer.read()


@pytest.mark.process
def test_it_answers_with_the_project_and_ctrl_c_ends_every_process(home):
    port = free_port()
    with ui(home, port) as process:
        assert process.stdout.readline() == f"Dagster UI: http://127.0.0.1:{port}\n"
        assert b"<html" in opened(f"http://127.0.0.1:{port}/")
        assert ask(port, "{version}")["version"]
        until(lambda: ask(port, "{assetNodes{opName}}")["assetNodes"], "the project is loaded")
        assert "ingest_report" in {node["opName"] for node in ask(port, "{assetNodes{opName}}")["assetNodes"]}
        until(lambda: len(processes(home)) >= 4, "webserver, daemon and a code server of each")
        again = home.ingestctl("ui", "--port", str(free_port()))
        assert again.returncode == 4 and "running already" in again.stderr and "hint: " in again.stderr
        assert listeners(port) == {"0100007F"}, "this machine alone"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0 and out == "" and processes(home) == {}
    assert str(home.folder / "data" / "ui.log") in err and (home.folder / "data" / "ui.log").stat().st_size
    assert (home.folder / "data" / "dagster").is_dir(), "the instance of the terminal"


@pytest.mark.slow
@pytest.mark.process
def test_a_run_that_is_going_on_is_ended_too(home):
    for number in range(400):
        (home.docs / f"{number}.md").write_text(f"# Page {number}\n\n" + f"Run `tidegate start {number}`.\n\n" * 20)
    port = free_port()
    home.environment["COLLECTIONS"] = f"docs={home.docs}"
    launch = """mutation {launchRun(executionParams: {selector: {repositoryLocationName: "%s",
        repositoryName: "__repository__", jobName: "ingest"}}) {__typename}}"""
    with ui(home, port) as process:
        process.stdout.readline()
        until(lambda: ask(port, "{assetNodes{opName}}")["assetNodes"], "the project is loaded")
        assert ask(port, launch % OURS)["launchRun"]["__typename"] == "LaunchRunSuccess"
        parsing = "{runsOrError{... on Runs {results{status stepStats{stepKey status}}}}}"
        until(lambda: "parsed_documents" in json.dumps(ask(port, parsing)), "the run is at its first batches")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 0 and processes(home) == {}
    code, result = home.ingest()
    assert code == 0 and result["documents"]["ingested"] + result["documents"]["unchanged"] == 400


@pytest.mark.slow
@pytest.mark.process
def test_one_that_dies_is_told_and_the_other_is_stopped(home):
    with ui(home, free_port()) as process:
        process.stdout.readline()
        until(lambda: "dagster._daemon" in " ".join(processes(home).values()), "the daemon is there")
        (daemon,) = (pid for pid, words in processes(home).items() if "dagster._daemon" in words)
        os.kill(daemon, signal.SIGKILL)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1 and "the daemon ended with code -9" in err and "ui.log" in err
    assert processes(home) == {}


@pytest.mark.slow
@pytest.mark.process
def test_nothing_outlives_a_parent_that_was_killed(home):
    with ui(home, free_port()) as process:
        process.stdout.readline()
        process.kill()
        process.communicate()
    until(lambda: not processes(home), "every process ends by itself")


@pytest.mark.slow
@pytest.mark.process
def test_sigterm_while_it_starts_is_a_clean_end(home):
    with ui(home, free_port()) as process:
        assert "Starting" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 0 and processes(home) == {}


def test_a_port_in_use_is_told_before_anything_starts(home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = home.ingestctl("ui", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2 and "in use" in done.stderr and "--port" in done.stderr
    assert not (home.folder / "data").exists()


def test_settings_that_do_not_fit_are_told_before_anything_starts(home):
    home.environment["CHUNK_TOKENS"] = "3"
    done = home.ingestctl("ui", "--port", str(free_port()))
    assert done.returncode == 2 and "CHUNK_TOKENS" in done.stderr
