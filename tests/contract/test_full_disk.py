"""What the embedded stores do on a disk that takes no more: say so, keep what was there, and go on when there is room."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from graph_documents import TAG, Part, entry, page
from vector_stores import VERSION, corpus

from wekadocs_assets.adapters.data_folder import free_disk_space
from wekadocs_assets.adapters.data_folder.locks import TurnstileLock
from wekadocs_assets.adapters.files.artifact_store import FileArtifacts
from wekadocs_assets.adapters.files.report_folder import ReportFolder
from wekadocs_assets.adapters.ladybug.graph import LadybugGraph
from wekadocs_assets.adapters.qdrant.edge import EdgeVectors
from wekadocs_assets.core.errors import StoreUnavailable
from wekadocs_assets.core.graph.builder import build
from wekadocs_assets.core.graph.diff import diff
from wekadocs_assets.core.ports.stores import ArtifactHeader

PAGE = 4096
"""A full disk takes whole pages of a file, and what it took last is seldom a whole record."""
HEADER = ArtifactHeader("f", "o")
TESTS = Path(__file__).parents[1]


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """Every write beyond that many bytes of a file fails in this process, as on a full disk (EFBIG for ENOSPC)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def write(graph: LadybugGraph, uri: str, words: str = "") -> None:
    document, extraction = page(uri, [Part("One", words)] if words else [Part("One")], TAG)
    graph.apply([diff(None, build(document, extraction))], [entry(document)])


def test_an_artifact_that_finds_no_room_leaves_the_old_one_and_no_rest(tmp_path):
    store = FileArtifacts(tmp_path)
    store.write("parsed", "a", HEADER, b"old")
    with files_end_at(1000), pytest.raises(StoreUnavailable, match=str(tmp_path)) as error:
        store.write("parsed", "a", HEADER, os.urandom(5000))
    assert "space" in error.value.hint
    assert store.read("parsed", "a") == b"old"
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_report_that_finds_no_room_leaves_the_old_one_and_no_rest(tmp_path):
    reports = ReportFolder(tmp_path)
    reports.write("ingest/a/report.json", b"old")
    with files_end_at(1000), pytest.raises(StoreUnavailable, match=str(tmp_path)):
        reports.write("ingest/a/report.json", bytes(5000))
    assert reports.read("ingest/a/report.json") == b"old"
    assert [path.name for path in (tmp_path / "ingest/a").iterdir()] == ["report.json"]


def test_vectors_that_find_no_room_are_refused_and_written_later(tmp_path):
    store = EdgeVectors(tmp_path / "vectors", TurnstileLock(tmp_path / "locks"))
    with files_end_at(100_000), pytest.raises(StoreUnavailable, match="cannot be written"):
        store.open(VERSION, 64)
    assert store.versions() == []
    made = store.open(VERSION, 64)
    store.upsert(VERSION, corpus(20))
    with files_end_at(1000), pytest.raises(StoreUnavailable, match=f"{tmp_path}.*cannot be written"):
        store.upsert(VERSION, corpus(200))
    store.upsert(VERSION, corpus(200))
    assert store.open(VERSION, 64) == made and store.count(VERSION) == 200
    assert sorted(point.id for point in store.scan(VERSION)) == sorted(point.id for point in corpus(200))


def test_nothing_is_written_where_little_room_is_left(tmp_path, monkeypatch):
    """Beyond that point the engines end the process, and nobody is told why."""
    lock = TurnstileLock(tmp_path / "locks")
    vectors, graph = EdgeVectors(tmp_path / "vectors", lock), LadybugGraph(tmp_path / "graph.lbug", lock)
    vectors.open(VERSION, 64)
    vectors.upsert(VERSION, corpus(3))
    write(graph, "a.md")
    monkeypatch.setattr(free_disk_space, "REQUIRED", 1 << 60)
    for late in (
        lambda: vectors.upsert(VERSION, corpus(5)),
        lambda: vectors.delete(VERSION, [corpus(1)[0].id]),
        lambda: vectors.open("hash-64-sum.another", 64),
        lambda: write(graph, "b.md"),
    ):
        with pytest.raises(StoreUnavailable, match=f"the disk of {tmp_path}.* MB left") as error:
            late()
        assert "free some space" in error.value.hint
    assert vectors.versions() == [VERSION] and vectors.count(VERSION) == 3
    assert [known.source_uri for known in graph.ledger()] == ["a.md"]
    monkeypatch.undo()
    write(graph, "b.md")
    assert len(graph.ledger()) == 2


WRITER = """
import os, resource, sys
sys.path[:0] = sys.argv[1:3]
from test_full_disk import write
from wekadocs_assets.adapters.ladybug.graph import LadybugGraph
from wekadocs_assets.adapters.data_folder.locks import TurnstileLock
from wekadocs_assets.core.errors import StoreUnavailable
folder, most = sys.argv[3:]
lock = TurnstileLock(folder + "/locks")
graph = LadybugGraph(folder + "/graph.lbug", lock)
graph.open()
if most != "killed":
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(most), resource.RLIM_INFINITY))
try:
    with lock.writing():
        for number in range(300):
            write(graph, f"{number}.md", f"Words of {number}. " * 40)
            print(number, flush=True)
            if most == "killed" and number == 9:
                os._exit(0)
except StoreUnavailable as error:
    print(error.message, error.hint, sep="; ")
try:
    graph.ledger()
except StoreUnavailable as error:
    print("refused:", error.message)
    sys.exit(3)
"""


def written(folder: Path, most: str) -> subprocess.CompletedProcess[str]:
    """A process that writes page after page until it may write no more; its exit code is its own, not the engine's."""
    command = [sys.executable, "-c", WRITER, str(TESTS), str(TESTS / "contract"), str(folder), most]
    return subprocess.run(command, capture_output=True, text=True, cwd=TESTS.parent, timeout=120)


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize("most", [5 * PAGE, 27 * PAGE, 81 * PAGE])
def test_a_graph_that_finds_no_room_says_so_and_keeps_every_page_that_was_committed(tmp_path, most):
    done = written(tmp_path, str(most))
    lines = done.stdout.splitlines()
    committed = [f"{number}.md" for number in map(int, lines[:-2])]
    assert done.returncode == 3, done.stderr
    assert "graph.lbug" in lines[-2] and "free space" in lines[-2] and lines[-1].startswith("refused: ")
    graph = LadybugGraph(tmp_path / "graph.lbug", TurnstileLock(tmp_path / "locks"))
    assert sorted(known.source_uri for known in graph.ledger()) == sorted(committed)
    write(graph, "more.md")
    assert len(graph.ledger()) == len(committed) + 1


@pytest.mark.slow
@pytest.mark.process
def test_a_log_that_was_cut_off_anywhere_gives_the_pages_before_the_cut(tmp_path, caplog):
    """As a kill or a full disk leaves it, or with zeros a power cut; the engine by itself opens such a graph never more."""
    source = tmp_path / "source"
    source.mkdir()
    written(source, "killed")
    log = (source / "graph.lbug.wal").read_bytes()
    counts = []
    for number, cut in enumerate(range(PAGE, len(log), PAGE)):
        place = tmp_path / str(cut)
        shutil.copytree(source, place)
        (place / "graph.lbug.wal").write_bytes(log[:cut] + bytes(PAGE * (number % 2)))
        graph = LadybugGraph(place / "graph.lbug", TurnstileLock(place / "locks"))
        found = [known.source_uri for known in graph.ledger()]
        assert sorted(found) == sorted(f"{number}.md" for number in range(len(found)))
        write(graph, "more.md")
        assert len(graph.ledger()) == len(found) + 1
        counts.append(len(found))
    assert counts == sorted(counts) and counts[0] < counts[-1] < 10
    assert "incomplete write" in caplog.text
