"""Locks between real processes: who keeps whom out, who waits, and what the one that gave up is told."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from wekadocs_assets.adapters.data_folder.locks import FreeLock, TurnstileLock, ingest_lock
from wekadocs_assets.core.errors import ConfigurationError, StoreBusy
from wekadocs_assets.core.ports.stores import Lock

HOLD = """
import sys, time
from wekadocs_assets.adapters.data_folder.locks import FreeLock, TurnstileLock, ingest_lock
folder, mode = sys.argv[1:]
lock = TurnstileLock(folder)
hold = ingest_lock(folder + "/ingest.lock", "abc") if mode == "ingest" else getattr(lock, mode)()
with hold:
    print("held", flush=True)
    sys.stdin.read()
"""
READ_ALL_THE_TIME = """
import sys, time
from wekadocs_assets.adapters.data_folder.locks import FreeLock, TurnstileLock
lock = TurnstileLock(sys.argv[1])
print("held", flush=True)
while True:
    with lock.reading():
        time.sleep(0.02)
"""


@contextmanager
def process(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", script, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None and child.stdout.readline() == "held\n"
        try:
            yield child
        finally:
            child.kill()


@pytest.mark.process
@pytest.mark.parametrize(("theirs", "mine"), [("reading", "writing"), ("writing", "reading"), ("writing", "writing")])
def test_a_writer_is_alone(tmp_path: Path, theirs: str, mine: str) -> None:
    with process(HOLD, str(tmp_path), theirs):
        with (
            pytest.raises(StoreBusy, match="being updated by another process") as busy,
            getattr(TurnstileLock(tmp_path, 0.2), mine)(),
        ):
            pytest.fail("the lock let both in")
        assert busy.value.exit_code == 4 and busy.value.hint


@pytest.mark.process
def test_readers_share(tmp_path: Path) -> None:
    with process(HOLD, str(tmp_path), "reading"), TurnstileLock(tmp_path, 0.5).reading():
        pass


@pytest.mark.process
def test_a_killed_holder_leaves_the_lock_free(tmp_path: Path) -> None:
    with process(HOLD, str(tmp_path), "writing") as child:
        child.kill()
        child.wait()
        with TurnstileLock(tmp_path, 1).writing():
            pass


@pytest.mark.process
def test_a_stream_of_readers_does_not_starve_a_writer(tmp_path: Path) -> None:
    lock, turns = TurnstileLock(tmp_path, 10), 0
    with process(READ_ALL_THE_TIME, str(tmp_path)), process(READ_ALL_THE_TIME, str(tmp_path)):
        end = time.monotonic() + 2
        while time.monotonic() < end:
            with lock.writing():
                turns += 1
    assert turns >= 5


def test_another_thread_waits_too(tmp_path: Path) -> None:
    lock, refused = TurnstileLock(tmp_path, 0.1), []

    def write() -> None:
        try:
            with lock.writing():
                pass
        except StoreBusy as busy:
            refused.append(busy)

    with lock.writing():
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    assert len(refused) == 1


def test_reading_inside_writing_is_fine_and_writing_inside_reading_is_an_error(tmp_path: Path) -> None:
    lock = TurnstileLock(tmp_path, 0.2)
    with lock.writing(), lock.reading(), lock.writing():
        pass
    with lock.reading(), pytest.raises(RuntimeError, match="writing inside reading"), lock.writing():
        pass
    with lock.writing():
        pass


@pytest.fixture(params=["turnstile", "free"])
def lock(request: pytest.FixtureRequest, tmp_path: Path) -> Lock:
    return TurnstileLock(tmp_path, 1) if request.param == "turnstile" else FreeLock()


def test_callbacks_run_once_at_the_end_of_the_outermost_hold(lock: Lock) -> None:
    calls: list[str] = []
    with lock.writing():
        with lock.reading():
            lock.on_release(lambda: calls.append("closed"))
        assert calls == []
    assert calls == ["closed"]
    with lock.reading():
        pass
    assert calls == ["closed"]


def test_a_kept_reading_hold_ends_with_the_block(tmp_path: Path) -> None:
    lock, calls = TurnstileLock(tmp_path, 1), []
    with lock.keeping():
        with lock.reading():
            lock.on_release(lambda: calls.append("closed"))
        with lock.reading():
            pass
        assert calls == []
    assert calls == ["closed"]
    with TurnstileLock(tmp_path, 0.2).writing():
        pass


def test_a_kept_reading_hold_ends_when_this_process_writes(tmp_path: Path) -> None:
    lock, calls = TurnstileLock(tmp_path, 1), []
    with lock.keeping():
        with lock.reading():
            lock.on_release(lambda: calls.append("closed"))
        with lock.writing():
            assert calls == ["closed"]
            lock.on_release(lambda: calls.append("written"))
        assert calls == ["closed", "written"]
        with TurnstileLock(tmp_path, 0.2).writing():  # after a write nothing is kept
            pass


@pytest.mark.process
def test_a_kept_reading_hold_lets_readers_in_and_ends_at_the_next_read_when_a_writer_waits(tmp_path: Path) -> None:
    lock = TurnstileLock(tmp_path, 0.5)
    with lock.keeping():
        with lock.reading():
            pass
        with process(HOLD, str(tmp_path), "reading"):
            pass
        with ThreadPoolExecutor() as threads, ExitStack() as stack:
            writer = threads.submit(stack.enter_context, process(HOLD, str(tmp_path), "writing"))
            while not lock.is_wanted():
                time.sleep(0.01)
            with pytest.raises(StoreBusy), TurnstileLock(tmp_path, 0.1).reading():
                pytest.fail("a reader overtook the writer that waits")
            with pytest.raises(StoreBusy), lock.reading():
                pytest.fail("it was not released to the writer")
            writer.result()


def test_callbacks_run_when_the_work_failed(lock: Lock) -> None:
    calls: list[str] = []
    with pytest.raises(ValueError, match="the work"), lock.writing():
        lock.on_release(lambda: calls.append("closed"))
        raise ValueError("the work")
    assert calls == ["closed"]


def test_the_lock_is_still_held_while_callbacks_run(tmp_path: Path) -> None:
    lock, other = TurnstileLock(tmp_path, 1), TurnstileLock(tmp_path, 0)

    def check() -> None:
        with pytest.raises(StoreBusy), other.reading():
            pass

    with lock.writing():
        lock.on_release(check)


def test_a_lock_that_nobody_waits_for_is_not_wanted(lock: Lock) -> None:
    assert not lock.is_wanted()
    with lock.reading():
        assert not lock.is_wanted()
    with lock.writing():
        assert not lock.is_wanted()


@pytest.mark.process
def test_a_holder_sees_within_a_moment_that_a_writer_waits(tmp_path: Path) -> None:
    lock = TurnstileLock(tmp_path, 0.5)
    command = [sys.executable, "-c", HOLD, str(tmp_path), "writing"]
    with lock.reading(), subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert _soon(lock.is_wanted)
        writer.kill()
    assert _soon(lambda: not lock.is_wanted())


def test_two_that_look_at_once_are_not_somebody_who_waits(tmp_path: Path) -> None:
    """Two servers on a data folder would give their stores up again and again."""
    locks, seen = (TurnstileLock(tmp_path), TurnstileLock(tmp_path)), []
    threads = [
        threading.Thread(target=lambda one=one: seen.extend(one.is_wanted() for _ in range(2000))) for one in locks
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 4000 and not any(seen)


def _soon(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


@pytest.mark.process
def test_a_second_ingest_waits_and_then_names_the_holder(tmp_path: Path) -> None:
    path = tmp_path / "ingest.lock"
    with process(HOLD, str(tmp_path), "ingest") as child:
        start = time.monotonic()
        with pytest.raises(StoreBusy, match=f"process {child.pid}, ingest abc") as busy, ingest_lock(path, "def", 0.3):
            pytest.fail("two ingests at once")
        assert time.monotonic() - start >= 0.3
        assert busy.value.exit_code == 4
        assert child.stdin is not None
        child.stdin.close()
        with ingest_lock(path, "def", 5):
            pass
    assert path.exists()


@pytest.mark.process
def test_an_ingest_may_take_its_own_lock_again(tmp_path: Path) -> None:
    path = tmp_path / "ingest.lock"
    with ingest_lock(path, "abc", 0.1):
        with ingest_lock(path, "abc", 0.1):
            pass
        assert '"ingest_id": "abc"' in path.read_text()
    with process(HOLD, str(tmp_path), "ingest"):
        pass


def test_a_folder_that_cannot_be_written_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError), TurnstileLock(tmp_path / "file", 0.1).reading():
        pass
