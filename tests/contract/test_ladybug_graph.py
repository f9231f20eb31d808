"""What the embedded graph promises beyond the port: one file that is reopened, read side by side, refused or left whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import ladybug
import pytest
from graph_documents import TAG, Part, entry, page

from wekadocs_assets.adapters.ladybug_graph import LadybugGraph
from wekadocs_assets.adapters.locks import TurnstileLock
from wekadocs_assets.core.errors import ConfigurationError
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


def test_tables_of_ours_without_our_singleton_are_somebody_elses(tmp_path):
    by_hand(tmp_path, "CREATE NODE TABLE Section(name STRING, PRIMARY KEY(name))")
    for use in (LadybugGraph.open, LadybugGraph.ledger, fill):
        with pytest.raises(ConfigurationError, match="not ours"):
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


KILLED = """
import os, sys
from pathlib import Path
sys.path[:0] = {paths!r}
import test_ladybug_graph as t
graph = t.graph_in(Path({folder!r}))
with graph._session.lock.writing():
    t.fill(graph)
    with graph._session.writing():
        graph._session.run("MATCH (s:Section) DETACH DELETE s")
        os.kill(os.getpid(), 9)
"""


def test_a_killed_writer_leaves_what_it_committed_and_nothing_of_the_rest(tmp_path):
    here = Path(__file__).parent
    script = KILLED.format(paths=[str(here), str(here.parent)], folder=str(tmp_path))
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    assert graph_in(tmp_path).read([DOCUMENT.id]) == {DOCUMENT.id: build(DOCUMENT, EXTRACTION)}


def test_importing_the_adapter_does_not_import_the_engine():
    code = "import sys, wekadocs_assets.adapters.ladybug_graph as g; g.LadybugGraph('x', None); sys.exit('ladybug' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
