"""The thread that keeps the stores open: one hold for many requests, given up to whoever waits, taken again after."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from wekadocs_assets.adapters.data_folder.locks import FreeLock, TurnstileLock
from wekadocs_assets.core.errors import ConfigurationError, StoreBusy, StoreUnavailable
from wekadocs_assets.mcp_server.keeper import MOST_WAITING, Keeper

WRITE = """
import sys, time
from wekadocs_assets.adapters.data_folder.locks import TurnstileLock
lock = TurnstileLock(sys.argv[1], 30)
for line in sys.stdin:
    began = time.monotonic()
    with lock.writing():
        print(time.monotonic() - began, flush=True)
        time.sleep(float(line))
"""
SECONDS = 30.0


@pytest.fixture
def keepers() -> Iterator[Callable[..., Keeper]]:
    made: list[Keeper] = []

    def make(folder: Path, timeout: float = SECONDS, **more: float) -> Keeper:
        lock = TurnstileLock(folder, timeout)
        made.append(Keeper(lambda: lock, lambda: None, **more))
        return made[-1]

    yield make
    for keeper in made:
        keeper.close()


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Callable[[float], float]]:
    """Writes for so many seconds in another process, and tells for how long it had to wait."""
    command = [sys.executable, "-c", WRITE, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def write(seconds: float) -> float:
            process.stdin.write(f"{seconds}\n")
            process.stdin.flush()
            return float(process.stdout.readline())

        yield write
        process.kill()


@pytest.mark.process
def test_one_hold_serves_many_requests_and_a_writer_gets_in_at_once(tmp_path, keepers, writer):
    keeper = keepers(tmp_path)
    assert not keeper.holds, "nobody has asked yet"
    assert [keeper.ask(lambda n=n: n).result(SECONDS) for n in range(3)] == [0, 1, 2]
    assert keeper.holds
    waits = []
    for _ in range(5):
        assert keeper.ask(lambda: keeper.holds).result(SECONDS), "held again with the next request"
        waits.append(writer(0))
    print("a writer waited, in ms:", [round(wait * 1000) for wait in waits])
    assert min(waits) < 0.25 and max(waits) < 1.0
    assert not keeper.holds, "taken again with a request, not before"


@pytest.mark.process
def test_a_stream_of_requests_does_not_keep_a_writer_out(tmp_path, keepers, writer):
    keeper, ended, answered = keepers(tmp_path), threading.Event(), []

    def ask_all_the_time():
        while not ended.is_set():
            answered.append(keeper.ask(lambda: time.sleep(0.005)).result(SECONDS))

    askers = [threading.Thread(target=ask_all_the_time) for _ in range(3)]
    for asker in askers:
        asker.start()
    waits = [writer(0.02) for _ in range(10)]
    ended.set()
    for asker in askers:
        asker.join()
    print("a writer waited, in ms:", [round(wait * 1000) for wait in waits], "answers:", len(answered))
    assert max(waits) < 2.0 and len(answered) > 10


@pytest.mark.process
def test_a_request_meanwhile_waits_for_the_writer_and_is_then_answered(tmp_path, keepers, writer):
    keeper = keepers(tmp_path)
    writer(0.5)
    assert keeper.ask(lambda: "found").result(SECONDS) == "found"


@pytest.mark.process
def test_one_that_waited_too_long_is_told_that_the_index_is_being_updated(tmp_path, keepers, writer):
    keeper = keepers(tmp_path, timeout=0.2)
    writer(2.0)
    with pytest.raises(StoreBusy, match="being updated"):
        keeper.ask(lambda: "found").result(SECONDS)
    time.sleep(2.0)
    assert keeper.ask(lambda: "found").result(SECONDS) == "found"


def test_an_idle_server_gives_its_stores_up(tmp_path, keepers):
    keeper = keepers(tmp_path, idle_seconds=0.1)
    keeper.ask(lambda: None).result(SECONDS)
    end = time.monotonic() + SECONDS
    while keeper.holds:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_store_that_failed_is_opened_anew_and_a_wrong_question_costs_nothing(tmp_path, keepers):
    keeper = keepers(tmp_path)

    def fail(error: Exception) -> None:
        raise error

    keeper.ask(lambda: None).result(SECONDS)
    with pytest.raises(ConfigurationError):
        keeper.ask(lambda: fail(ConfigurationError("no such tag"))).result(SECONDS)
    assert keeper.holds
    with pytest.raises(StoreUnavailable):
        keeper.ask(lambda: fail(StoreUnavailable("the disk"))).result(SECONDS)
    assert not keeper.holds
    assert keeper.ask(lambda: keeper.holds).result(SECONDS)


def test_what_was_cancelled_is_not_run_and_too_many_are_refused(tmp_path, keepers):
    keeper, go, ran = keepers(tmp_path), threading.Event(), []
    inside = threading.Event()
    first = keeper.ask(lambda: inside.set() or go.wait())
    assert inside.wait(SECONDS)
    waiting = [keeper.ask(lambda: ran.append(1)) for _ in range(MOST_WAITING)]
    with pytest.raises(StoreBusy, match="waiting already"):
        keeper.ask(lambda: None)
    assert all(one.cancel() for one in waiting)
    go.set()
    assert first.result(SECONDS) and keeper.ask(lambda: "next").result(SECONDS) == "next"
    assert ran == []


def test_closing_answers_the_one_in_hand_and_cancels_the_rest(tmp_path, keepers):
    keeper, go = keepers(tmp_path), threading.Event()
    inside = threading.Event()
    first = keeper.ask(lambda: inside.set() or go.wait())
    rest = [keeper.ask(lambda: None) for _ in range(5)]
    assert inside.wait(SECONDS)
    threading.Timer(0.1, go.set).start()
    keeper.close()
    assert first.result(0) and not keeper.holds
    for one in rest:
        with pytest.raises(CancelledError):
            one.result(SECONDS)
    with pytest.raises(StoreBusy, match="shutting down"):
        keeper.ask(lambda: None)


def test_on_servers_there_is_nothing_to_hand_over():
    lock = FreeLock()
    keeper = Keeper(lambda: lock, lambda: None)
    assert keeper.ask(lambda: "found").result(SECONDS) == "found"
    keeper.close()
    assert not keeper.holds
