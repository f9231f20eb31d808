"""An empty place for a test's documents, and a second vector store that can be made to fail."""

from collections.abc import Iterator

import pytest
from places import Place, placed
from unsteady_store import UnsteadyVectors

from wekadocs_assets.app import bootstrap


@pytest.fixture
def place(tmp_path, monkeypatch) -> Iterator[Place]:
    with placed(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def second(place, monkeypatch) -> UnsteadyVectors:
    """VECTORS=edge,qdrant with a Qdrant that can be made to fail."""
    store = UnsteadyVectors()
    choose = bootstrap._vectors
    monkeypatch.setattr(
        bootstrap, "_vectors", lambda s, name, lock: store if name == "qdrant" else choose(s, name, lock)
    )
    monkeypatch.setenv("VECTORS", "edge,qdrant")
    monkeypatch.setenv("QDRANT_URL", "http://127.0.0.1:9")
    return store
