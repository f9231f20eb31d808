"""Runs `ingestctl` in the tests' own process, on the descriptors 1 and 2 as a shell gives them, and forgets its stores afterwards.

A start of Python with Dagster costs 2 to 3 CPU seconds, a verb in this process a few milliseconds. Exit codes, stdout and
stderr are those of `cli.main.main`. What needs a process (signals, kills, two at once) uses `Home.process` instead.
"""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from alembic.script import ScriptDirectory

from wekadocs_assets.app import bootstrap
from wekadocs_assets.cli import main as cli
from wekadocs_assets.cli import output
from wekadocs_assets.config.settings import read_settings

ScriptDirectory.from_config = cache(ScriptDirectory.from_config)
"""A new process reads Dagster's migrations once, too; here all ingests share them."""


def ingestctl(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    """As `subprocess.run([sys.executable, "-m", "wekadocs_assets.cli.main", *arguments], text=True, …)` returns it."""
    assert threading.current_thread() is threading.main_thread(), "signal handlers are the main thread's"
    with as_if_started(["ingestctl", *arguments], environment, folder), streams_in_files() as (out, err):
        code = exit_code()
        read = [_text(file) for file in (out, err)]
    return subprocess.CompletedProcess(list(arguments), code, *read)


def exit_code() -> int:
    try:
        cli.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    raise AssertionError("main() returned")


@contextmanager
def as_if_started(arguments: list[str], environment: Mapping[str, str], folder: Path) -> Iterator[None]:
    """Arguments, environment, working folder and signal handlers of a new process; those of this one come back."""
    before = sys.argv, dict(os.environ), Path.cwd(), signal.getsignal(signal.SIGTERM)
    sys.argv = arguments
    _replace_environment(environment)
    os.chdir(folder)
    try:
        yield
    finally:
        forget_stores()
        gc.unfreeze()  # main() freezes, for a process that ends
        signal.signal(signal.SIGTERM, before[3])
        os.chdir(before[2])
        _replace_environment(before[1])
        sys.argv = before[0]


def forget_stores() -> None:
    """The adapters of this environment's settings; a session with Neo4j is closed. The models stay loaded."""
    if bootstrap.adapters_of.cache_info().currsize:
        with suppress(Exception):  # settings that a verb refused
            bootstrap.adapters_of(read_settings()).close()
    for cached in (bootstrap.open_stores, bootstrap.adapters_of):
        cached.cache_clear()


@contextmanager
def streams_in_files() -> Iterator[tuple[int, int]]:
    """stdout and stderr, by descriptor as well as by name; the descriptors of the two files."""
    output.console.cache_clear()
    objects, kept = (sys.stdout, sys.stderr), [os.dup(1), os.dup(2)]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        for number, file in ((1, out), (2, err)):
            objects[number - 1].flush()
            os.dup2(file.fileno(), number)
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False, buffering=1)
        try:
            yield out.fileno(), err.fileno()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            sys.stdout, sys.stderr = objects
            for number, descriptor in zip((1, 2), kept, strict=True):
                os.dup2(descriptor, number)
                os.close(descriptor)
            if output.console.cache_info().currsize:
                output.console().file.close()
            output.console.cache_clear()


def _text(file: int) -> str:
    sys.stdout.flush()
    sys.stderr.flush()
    size = os.fstat(file).st_size
    return os.pread(file, size, 0).decode()


def _replace_environment(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
