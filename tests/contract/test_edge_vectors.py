"""What the embedded engine does beyond the port: its folders, and how long they stay open."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from vector_stores import VERSION, corpus

from wekadocs_assets.adapters.data_folder.locks import FreeLock, TurnstileLock
from wekadocs_assets.adapters.qdrant.edge import EdgeVectors
from wekadocs_assets.core.errors import ConfigurationError


def test_edge_stays_open_while_the_lock_is_held_and_closes_with_it(tmp_path: Path) -> None:
    lock = TurnstileLock(tmp_path / "locks")
    store = EdgeVectors(tmp_path / "vectors", lock)
    store.open(VERSION, 64)
    with lock.writing():
        store.upsert(VERSION, corpus(3))
        assert store.count(VERSION) == 3 and store._shards
    assert not store._shards


def test_edge_makes_a_version_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / f".new-{VERSION}" / "segments").mkdir(parents=True)
    store = EdgeVectors(tmp_path, FreeLock())
    store.open(VERSION, 64)
    assert [p.name for p in tmp_path.iterdir()] == [VERSION]


def test_a_wiped_version_gets_another_id(tmp_path: Path) -> None:
    first = EdgeVectors(tmp_path, FreeLock()).open(VERSION, 64)
    shutil.rmtree(tmp_path / VERSION)
    assert EdgeVectors(tmp_path, FreeLock()).open(VERSION, 64) != first


def test_edge_refuses_a_version_that_is_no_folder_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="folder's name"):
        EdgeVectors(tmp_path, FreeLock()).open("../elsewhere", 64)
