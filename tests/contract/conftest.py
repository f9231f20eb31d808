"""An empty graph of every engine, for the suites that are asked of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import pytest
from servers.wipe import wipe_data

from wekadocs_assets.adapters.data_folder.locks import TurnstileLock
from wekadocs_assets.adapters.ladybug.graph import LadybugGraph
from wekadocs_assets.adapters.memory.graph import InMemoryGraph
from wekadocs_assets.adapters.neo4j.graph import Neo4jGraph
from wekadocs_assets.adapters.neo4j.session import Neo4jSession
from wekadocs_assets.core.ports.stores import GraphStore


@contextmanager
def ladybug_graph(folder: Path) -> Iterator[GraphStore]:
    """Under one hold, so that the database is opened once; test_ladybug_graph.py opens it again and again."""
    lock = TurnstileLock(folder / "locks")
    with lock.writing():
        yield LadybugGraph(folder / "graph.lbug", lock)


Fresh = Callable[[], AbstractContextManager[GraphStore]]
ENGINES = ("in_memory", "ladybug", "neo4j")


@pytest.fixture(scope="module")
def fresh_in_memory() -> Fresh:
    return lambda: nullcontext(InMemoryGraph())


@pytest.fixture(scope="module")
def fresh_ladybug(tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    return lambda: ladybug_graph(tmp_path_factory.mktemp("graph"))


@pytest.fixture(scope="module")
def fresh_neo4j(neo4j_server, neo4j_driver) -> Iterator[Fresh]:
    """One session and one set of indexes for all tests; the data alone is wiped."""
    session = Neo4jSession(neo4j_server.uri, neo4j_server.user, neo4j_server.password, neo4j_server.database)

    def empty() -> AbstractContextManager[GraphStore]:
        wipe_data(neo4j_driver, neo4j_server.database)
        return nullcontext(Neo4jGraph(session))

    yield empty
    session.close()


@pytest.fixture(scope="module", params=ENGINES)
def fresh(request: pytest.FixtureRequest) -> Fresh:
    """Makes an empty store; the one made before is of no use then."""
    return request.getfixturevalue(f"fresh_{request.param}")


@pytest.fixture
def graph_store(fresh: Fresh) -> Iterator[GraphStore]:
    with fresh() as opened:
        opened.open()
        yield opened
