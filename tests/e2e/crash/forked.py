"""Runs `ingestctl` (or a function) in a fork of this process, which imported all of it once: a start costs 20 ms, not 3 s."""

from __future__ import annotations

import importlib
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from crash.passes import Kill

MODULES = (
    "dagster", "dagster._core.execution.execute_in_process", "dagster._core.instance.factory",
    "dagster._core.storage.migration", "encodings.ascii", "ladybug._lbug", "markdown_it", "numpy", "qdrant_edge",
    "rich.table", "upath", "crash.judgement", "wekadocs_assets.adapters.files.artifact_store",
    "wekadocs_assets.adapters.qdrant.edge", "wekadocs_assets.adapters.data_folder.engine_versions",
    "wekadocs_assets.adapters.memory.vectors", "wekadocs_assets.adapters.ladybug.graph",
    "wekadocs_assets.adapters.data_folder.locks", "wekadocs_assets.adapters.files.report_folder", "wekadocs_assets.adapters.files.source_folder",
    "wekadocs_assets.cli.ingest", "wekadocs_assets.core.reports.export", "wekadocs_assets.defs.instance",
    "wekadocs_assets.defs.launch",
)  # fmt: skip
FOR_NEO4J = ("neo4j", "wekadocs_assets.adapters.neo4j.graph", "wekadocs_assets.adapters.neo4j.vectors")
LONGEST_SECONDS = 180.0
"""An ingest of a handful of pages that has not ended by then hangs."""
BROKEN = 99
"""Exit code of a child whose function raised."""


@dataclass(frozen=True)
class Ended:
    """code: the exit code; killed: by SIGKILL, its own or ours; hung: because it did not end in LONGEST_SECONDS."""

    code: int
    seconds: float
    killed: bool = False
    hung: bool = False


def prepare(with_neo4j: bool) -> None:
    """Imports, and work without a store that leaves its imports and caches to all children."""
    for name in MODULES + (FOR_NEO4J if with_neo4j else ()):
        importlib.import_module(name)
    from wekadocs_assets.core.extractors import registry as extractors
    from wekadocs_assets.core.models import Vocabulary
    from wekadocs_assets.core.parsers import registry as parsers
    from wekadocs_assets.defs.build import build_definitions

    for name, text in (("a.md", b"# A\n\nRun `b c`."), ("a.html", b"<h1>A</h1><p>B</p>")):
        extractors.extract(parsers.parse(text, "tag", name), Vocabulary())
    build_definitions().resolve_job_def("ingest")


def assert_nothing_is_open() -> None:
    """A store, a lock or a thread of the parent would be in its children too, and wrong there."""
    from wekadocs_assets.adapters.data_folder import locks
    from wekadocs_assets.app import bootstrap

    assert not bootstrap.open_stores.cache_info().currsize, "the parent has opened stores"
    assert not bootstrap.adapters_of.cache_info().currsize, "the parent has made adapters"
    assert not locks._ingests, "the parent holds an ingest lock"
    threads = {Path(f"/proc/self/task/{task}/comm").read_text().strip() for task in os.listdir("/proc/self/task")}
    assert len(os.listdir("/proc/self/task")) == 1, f"the parent has threads: {threads}"


def ingestctl(*arguments: str) -> Callable[[], int]:
    """The command line as `python -m wekadocs_assets.cli.main` runs it."""

    def call() -> int:
        from wekadocs_assets.cli.main import main

        sys.argv = ["ingestctl", *arguments]
        try:
            main()
        except SystemExit as ended:
            return int(ended.code or 0)
        return 0

    return call


def run(work: Callable[[], int], environment: Mapping[str, str], folder: Path, log: Path, kill: Kill) -> Ended:
    """Waits for the end, or for the time to kill it."""
    began = time.monotonic()
    ended = wait(start(work, environment, folder, log), kill.seconds or LONGEST_SECONDS)
    return replace(ended, seconds=time.monotonic() - began, hung=ended.hung and not kill.seconds)


def start(work: Callable[[], int], environment: Mapping[str, str], folder: Path, log: Path) -> int:
    """work: called in the child, in `folder`, with stdout and stderr in `log`; its result is the exit code. The pid."""
    assert_nothing_is_open()
    pid = os.fork()
    if not pid:
        _be_the_child(work, environment, folder, log)
    return pid


def wait(pid: int, seconds: float) -> Ended:
    """Kills it when it takes longer."""
    hung = not _ends_within(pid, seconds)
    if hung:
        os.kill(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return Ended(code, seconds, code == -signal.SIGKILL, hung)


def has_ended(pid: int) -> bool:
    """Without taking its exit code from `wait`."""
    return _ends_within(pid, 0)


def _ends_within(pid: int, seconds: float) -> bool:
    handle = os.pidfd_open(pid)
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        return bool(poll.poll(seconds * 1000))
    finally:
        os.close(handle)


def _be_the_child(work: Callable[[], int], environment: Mapping[str, str], folder: Path, log: Path) -> None:
    """Never returns, and leaves without the parent's clean-up."""
    code = BROKEN
    try:
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        code = work()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
