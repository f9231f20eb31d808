"""What the embedded graph promises beyond the port: one file that is reopened, read side by side, refused or left whole."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import ladybug
import pytest
from graph_documents import TAG, Part, entry, page

from wekadocs_assets.adapters.data_folder.locks import TurnstileLock
from wekadocs_assets.adapters.ladybug.graph import LadybugGraph
from wekadocs_assets.core.errors import ConfigurationError, Retryable
from wekadocs_assets.core.graph.builder import build
from wekadocs_assets.core.graph.diff import diff

DOCUMENT, EXTRACTION = page("a.md", [Part("One", mentions=(("Command", "run"),)), Part("Two", steps=("run",))])


def graph_in(folder: Path) -> LadybugGraph:
    return LadybugGraph(folder / "graph.lbug", TurnstileLock(folder / "locks"))


def fill(graph: LadybugGraph) -> None:
    graph.apply([diff(None, build(DOCUMENT, EXTRACTION))], [entry(DOCUMENT, checksum="c")])


def by_hand(folder: Path, *statements: str) -> None:
    database = ladybug.Database(folder / "graph.lbug", buffer_pool_size=64 << 20)
    connection = ladybug.Connection(database)
    for statement in statements:
        connection.execute(statement)
    connection.close()
    database.close()


def test_another_process_finds_what_was_written(tmp_path):
    first = graph_in(tmp_path)
    store_id = first.open().store_id
    fill(first)
    second = graph_in(tmp_path)
    assert second.open().store_id == store_id
    assert second.read([DOCUMENT.id]) == {DOCUMENT.id: build(DOCUMENT, EXTRACTION)}


def test_reading_where_nothing_was_written_creates_nothing(tmp_path):
    graph = graph_in(tmp_path)
    assert graph.ledger() == [] and graph.counts()["nodes"]["Document"] == 0
    assert not (tmp_path / "graph.lbug").exists()


def test_a_write_before_open_makes_the_schema(tmp_path):
    graph = graph_in(tmp_path)
    graph.write_ledger([entry(DOCUMENT)])
    assert [known.source_uri for known in graph.ledger()] == ["a.md"]


def test_the_database_is_open_only_while_the_lock_is_held(tmp_path):
    lock = TurnstileLock(tmp_path / "locks")
    graph = LadybugGraph(tmp_path / "graph.lbug", lock)
    graph.open()
    with lock.reading():
        graph.ledger()
        kept = graph._session._database
        graph.ledger()
        assert graph._session._database is kept is not None
    assert graph._session._database is None


def test_a_read_before_a_write_within_one_hold_sees_it_afterwards(tmp_path):
    lock = TurnstileLock(tmp_path / "locks")
    graph = LadybugGraph(tmp_path / "graph.lbug", lock)
    graph.open()
    with lock.writing():
        assert graph.ledger() == []
        fill(graph)
        assert len(graph.ledger()) == 1
    assert graph_in(tmp_path).ledger() == [entry(DOCUMENT, checksum="c")]


def test_a_read_within_a_writing_hold_opens_the_database_for_the_write_that_follows(tmp_path):
    lock = TurnstileLock(tmp_path / "locks")
    graph = LadybugGraph(tmp_path / "graph.lbug", lock)
    with lock.writing():
        assert graph.ledger() == [] and not graph._session.path.exists()
    graph.open()
    with lock.writing():
        graph.ledger()
        opened = graph._session._database
        fill(graph)
        assert graph._session._database is opened is not None
    with lock.reading():
        graph.ledger()
        assert not graph._session._writable


def test_tables_of_ours_without_our_singleton_are_somebody_elses(tmp_path):
    by_hand(tmp_path, "CREATE NODE TABLE Section(name STRING, PRIMARY KEY(name))")
    for use in (LadybugGraph.open, LadybugGraph.ledger, fill):
        with pytest.raises(ConfigurationError, match="belongs to another program"):
            use(graph_in(tmp_path))


def test_a_database_with_other_tables_may_be_shared(tmp_path):
    by_hand(tmp_path, "CREATE NODE TABLE Person(name STRING, PRIMARY KEY(name))", "CREATE (p:Person {name: 'x'})")
    graph = graph_in(tmp_path)
    assert graph.ledger() == []
    graph.open()
    fill(graph)
    assert graph.counts(TAG)["nodes"]["Section"] == 2


def test_a_schema_of_another_version_is_refused(tmp_path):
    graph_in(tmp_path).open()
    by_hand(tmp_path, "MATCH (n:WekadocsSchema) SET n.schema_version = 99")
    with pytest.raises(ConfigurationError, match="version 99"):
        graph_in(tmp_path).ledger()


def test_a_file_that_is_no_database_is_refused_with_a_hint(tmp_path):
    (tmp_path / "graph.lbug").write_bytes(b"no database" * 1000)
    with pytest.raises(ConfigurationError) as caught:
        graph_in(tmp_path).open()
    assert "Move it away" in caught.value.hint


def test_a_failing_write_leaves_everything_as_it_was(tmp_path):
    graph = graph_in(tmp_path)
    graph.open()
    change = diff(None, build(DOCUMENT, EXTRACTION))
    broken = {
        edge: [{**row, "start": "not a number"} for row in rows]
        for edge, rows in change.create.items()
        if edge.type == "MENTIONS"
    }
    change.create.update(broken)
    with pytest.raises(RuntimeError):
        graph.apply([change], [entry(DOCUMENT)])
    assert graph.ledger() == [] and graph.counts()["nodes"]["Section"] == 0
    fill(graph)
    assert graph.counts()["nodes"]["Section"] == 2


def test_too_little_memory_for_a_statement_is_no_reason_to_try_the_same_again(tmp_path):
    graph_in(tmp_path).open()
    graph = LadybugGraph(tmp_path / "graph.lbug", TurnstileLock(tmp_path / "locks"), buffer_mb=64)
    document, extraction = page("b.md", [Part(f"Part {number}", "x" * 1_000_000) for number in range(40)])
    with pytest.raises(RuntimeError, match="Buffer manager exception") as caught:
        graph.apply([diff(None, build(document, extraction))], [entry(document)])
    assert not isinstance(caught.value, Retryable)
    fill(graph)
    assert [known.source_uri for known in graph.ledger()] == ["a.md"]


CHILD = """
import os, sys
from pathlib import Path
sys.path[:0] = {paths!r}
import test_ladybug_graph as t
graph = t.graph_in(Path({folder!r}))
"""
KILLED = """
with graph._session.lock.writing():
    t.fill(graph)
    with graph._session.writing():
        graph._session.run("MATCH (s:Section) DETACH DELETE s")
        os.kill(os.getpid(), 9)
"""


CHECKPOINTING = """
with graph._session.lock.writing():
    while True:
        t.fill(graph)
        graph._session.run("CHECKPOINT")
"""
READING = """
assert graph.read([t.DOCUMENT.id]) == {t.DOCUMENT.id: t.build(t.DOCUMENT, t.EXTRACTION)}
"""


def child(script: str, folder: Path) -> subprocess.Popen[bytes]:
    here = Path(__file__).parent
    opened = CHILD.format(paths=[str(here), str(here.parent)], folder=str(folder))
    return subprocess.Popen([sys.executable, "-c", opened + script])


def unfinished(folder: Path) -> bool:
    return (folder / "graph.lbug.shadow").exists() or (folder / "graph.lbug.wal.checkpoint").exists()


def kill_a_writer(folder: Path, when: Callable[[], bool]) -> None:
    writer = child(CHECKPOINTING, folder)
    while writer.poll() is None and not when():
        pass
    writer.kill()
    assert writer.wait() == -9


def assert_whole(graph: LadybugGraph) -> None:
    assert graph.read([DOCUMENT.id]) == {DOCUMENT.id: build(DOCUMENT, EXTRACTION)}


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose writer was killed while it made a checkpoint."""
    folder = tmp_path_factory.mktemp("killed")
    for _ in range(10):
        kill_a_writer(folder, lambda: unfinished(folder))
        if unfinished(folder):
            with pytest.raises(RuntimeError, match="checkpoint recovery is pending"):
                ladybug.Database(folder / "graph.lbug", buffer_pool_size=64 << 20, read_only=True)
            return folder
    pytest.fail("no writer was killed within a checkpoint")


@pytest.fixture
def crashed(killed: Path, tmp_path: Path) -> Iterator[Path]:
    yield shutil.copytree(killed, tmp_path / "crashed")


HOLDS: dict[str, Callable[[TurnstileLock], AbstractContextManager[None]]] = {
    "no hold": lambda lock: nullcontext(),
    "reading": TurnstileLock.reading,
    "writing": TurnstileLock.writing,
}


@pytest.mark.process
@pytest.mark.parametrize("hold", HOLDS)
def test_a_writer_killed_in_a_checkpoint_hinders_no_reader(crashed, hold):
    lock = TurnstileLock(crashed / "locks")
    with HOLDS[hold](lock):
        assert_whole(LadybugGraph(crashed / "graph.lbug", lock))
    assert not unfinished(crashed)
    assert_whole(graph_in(crashed))


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize(
    "script", [READING, f"with graph._session.lock.reading():{READING.replace('assert', ' assert')}"]
)
def test_readers_that_come_at_once_after_such_a_kill_all_read(crashed, script):
    readers = [child(script, crashed) for _ in range(4)]
    assert [reader.wait() for reader in readers] == [0] * 4
    assert not unfinished(crashed)


@pytest.mark.process
def test_what_a_checkpoint_left_of_a_database_that_was_moved_away_makes_no_new_one(crashed):
    (crashed / "graph.lbug").unlink()
    assert graph_in(crashed).ledger() == [] and not (crashed / "graph.lbug").exists()


@pytest.mark.process
def test_a_kill_between_the_look_and_the_hold_hinders_no_reader(crashed, monkeypatch):
    graph = graph_in(crashed)
    monkeypatch.setattr(graph._session, "_recover", lambda: None)
    assert_whole(graph)


@pytest.mark.slow
@pytest.mark.process
def test_a_writer_killed_at_any_moment_hinders_no_reader(tmp_path):
    fill(graph_in(tmp_path))
    for wait in (0.6, 0.65, 0.7, 0.75, 0.8):
        end = time.monotonic() + wait
        kill_a_writer(tmp_path, lambda end=end: time.monotonic() > end)
        assert_whole(graph_in(tmp_path))


@pytest.mark.process
def test_a_killed_writer_leaves_what_it_committed_and_nothing_of_the_rest(tmp_path):
    assert child(KILLED, tmp_path).wait() == -9
    assert_whole(graph_in(tmp_path))


@pytest.mark.process
def test_importing_the_adapter_does_not_import_the_engine():
    code = "import sys, wekadocs_assets.adapters.ladybug.graph as g; g.LadybugGraph('x', None); sys.exit('ladybug' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
