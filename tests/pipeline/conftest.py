"""An empty place for a test's documents, and a second vector store that can be made to fail."""

from collections.abc import Iterator

import pytest
from places import Place, placed
from unsteady_store import UnsteadyVectors

from wekadocs_assets.app.adapter_factory import AdapterFactory, Choice


@pytest.fixture
def place(tmp_path, monkeypatch) -> Iterator[Place]:
    with placed(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def second(place, monkeypatch) -> UnsteadyVectors:
    """VECTORS=edge,qdrant with a Qdrant that can be made to fail."""
    store = UnsteadyVectors()
    choose = AdapterFactory.vectors

    def vectors(self: AdapterFactory, name: str) -> Choice:
        return Choice(store, None) if name == "qdrant" else choose(self, name)

    monkeypatch.setattr(AdapterFactory, "vectors", vectors)
    monkeypatch.setenv("VECTORS", "edge,qdrant")
    monkeypatch.setenv("QDRANT_URL", "http://127.0.0.1:9")
    return store
