"""The tiers of the suite and the rules that keep them honest.

`server`: needs a server (Neo4j, Redis, Postgres, S3); set by its fixture. `process`: starts a process. `slow`: long forms,
which `make test` leaves out and `make test-all` runs. A test without `process` that starts one fails, as does a test with
`process` that starts none, and anything of either kind in tests/unit.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SERVERS = {
    "neo4j_server", "own_neo4j", "redis_server", "own_redis", "postgres_server", "own_postgres", "s3_server", "qdrant_server",
}  # fmt: skip
SERVER_PARAMETERS = {"neo4j", "redis", "postgres", "s3", "objects", "bucket"}
EMBEDDED = {"valkey-server", "tail", "watch_orphans.py"}
"""What an ingest in the tests' own process starts: its store of progress, and Dagster's copies of stdout and stderr."""
LOOKS = {"uname", "file", "ldconfig"}
"""What `platform`, of the standard library, asks once a process."""
MARKS = ("slow", "process", "server")

_started: list[str] = []
"""Programs that the test in hand started."""
_modules_with_processes: set[str] = set()
"""A fixture of a whole module starts its process for the first test; the others of the module use it."""
_own_signals: Counter[int] = Counter()
_interrupts: list[int] = []


# What a test did


def _audit(event: str, arguments: tuple) -> None:
    if event == "subprocess.Popen":
        command = arguments[1]
        words = [command] if isinstance(command, (str, bytes)) else list(command)
        names = [Path(os.fsdecode(word)).name for word in words[:2]]
        _started.append(names[1] if names[1:] == ["watch_orphans.py"] else names[0])
    elif event == "os.fork":
        _started.append("fork")
    elif event == "os.kill" and arguments[0] == os.getpid():
        _own_signals[arguments[1]] += 1


def _violation(item: pytest.Item) -> str:
    """What the test did that its tier forbids; empty: nothing."""
    fixtures = SERVERS & set(getattr(item._request, "_fixture_defs", ()))
    programs, marks = set(_started), {mark.name for mark in item.iter_markers()}
    if _is_unit(item) and (fixtures or programs or marks & {"server", "process"}):
        return f"a unit test uses no server and no process: {sorted(fixtures | programs) or 'its marker'}"
    if fixtures and "server" not in marks:
        return f"it uses {sorted(fixtures)}: mark it (or its parameter) with pytest.mark.server"
    others = programs - EMBEDDED - LOOKS
    if others:
        _modules_with_processes.add(str(item.path))
        if not marks & {"server", "process"}:
            return (
                f"it starts {sorted(others)}: run it in process (Home.ingestctl), or mark it with pytest.mark.process"
            )
    elif "process" in marks and str(item.path) not in _modules_with_processes:
        return "it is marked `process` and starts none: take the mark away"
    return ""


def _is_unit(item: pytest.Item) -> bool:
    return item.path.is_relative_to(item.config.rootpath / "tests" / "unit")


# Hooks


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "server: needs Neo4j, Redis, Postgres or S3; set by the fixture that starts it")
    config.addinivalue_line("markers", "process: starts a process, for exit codes, signals, stdout or a crash")
    config.addinivalue_line("markers", "slow: a long form; `make test` leaves it out, `make test-all` runs it")
    config.addinivalue_line(
        "markers", "slow_for(*ids): slow with these parameters, by the id in brackets or one word of it"
    )
    sys.addaudithook(_audit)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it, as would each child
    _note_interrupts()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A parameter that is named after a server asks for its fixture while the test runs; `slow_for` chooses parameters."""
    for item in items:
        chosen = getattr(item, "callspec", None)
        words = {chosen.id, *chosen.id.split("-")} if chosen else set()
        if any(words & set(mark.args) for mark in item.iter_markers("slow_for")):
            item.add_marker(pytest.mark.slow)
        named = words & SERVER_PARAMETERS and not _is_unit(item)
        if named or SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.server)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _started.clear()
    _own_signals.clear()
    _interrupts.clear()
    done = yield
    if _interrupts:
        raise KeyboardInterrupt(f"signal {_interrupts[0]} during {item.nodeid}")
    return done


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    done = yield
    if violation := _violation(item):
        pytest.fail(f"its tier leaks: {violation}", pytrace=False)
    return done


# Ctrl-C ends the suite, also where the code under test takes the signal: an ingest in this process ends by 130, the test
# turns red, and nobody else would know


def _note_interrupts() -> None:
    """Wraps every handler that is set from now on: a signal that the test did not send itself is kept in mind."""
    set_handler = signal.signal
    if getattr(set_handler, "notes", False):
        return

    def noting(handler: Callable) -> Callable:
        def called(number: int, frame: object) -> object:
            if _own_signals[number]:
                _own_signals[number] -= 1
            elif number in (signal.SIGINT, signal.SIGTERM):
                _interrupts.append(number)
            return handler(number, frame)

        called.notes = True
        return called

    def set_noting(number: int, handler: object) -> object:
        wrapped = noting(handler) if callable(handler) and not hasattr(handler, "notes") else handler
        return set_handler(number, wrapped)

    set_noting.notes = True
    signal.signal = set_noting


# What ran


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tests and seconds by tier; the seconds are summed over the workers."""
    counts, seconds = Counter(), Counter()
    for outcome, reports in terminalreporter.stats.items():
        for report in (one for one in reports if isinstance(one, pytest.TestReport)):  # not those of collecting
            counts[_tier(report)] += report.when == "call" and outcome in ("passed", "failed")
            seconds[_tier(report)] += report.duration
    terminalreporter.section("tiers", sep="-")
    for tier in sorted(counts):
        terminalreporter.line(f"{tier:32} {counts[tier]:5} tests {seconds[tier]:8.1f} s")


def _tier(report: pytest.TestReport) -> str:
    """`folder, mark`: its folder below tests/ and the most expensive mark."""
    folder = Path(report.nodeid.partition("::")[0]).parts[1:2]
    marks = [mark for mark in MARKS if mark in report.keywords]
    return ", ".join([*folder, *marks[:1]])
