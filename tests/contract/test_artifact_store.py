"""What every artifact store does alike: whole or absent, replaced at once, keyed by any name."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from wekadocs_assets.adapters.artifact_store import FileArtifacts
from wekadocs_assets.adapters.in_memory_vectors import InMemoryArtifacts
from wekadocs_assets.core.ports import ArtifactHeader, ArtifactStore

HEADER = ArtifactHeader("fingerprint-1", "output-1")
TEXT, BLOB = "# Täxt\n".encode() * 1000, bytes(range(256)) * 40
Reopen = Callable[[], ArtifactStore]


@pytest.fixture(params=["memory", "folder", "url"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Reopen:
    if request.param == "memory":
        store = InMemoryArtifacts()
        return lambda: store
    root = str(tmp_path) if request.param == "folder" else f"memory://{uuid.uuid4().hex}"
    return lambda: FileArtifacts(root)


@pytest.fixture
def store(reopen: Reopen) -> ArtifactStore:
    return reopen()


def only_file(root: Path) -> Path:
    (path,) = (p for p in root.rglob("*") if p.is_file() and p.name != "store_id")
    return path


@pytest.mark.parametrize("body", [TEXT, BLOB, b"", b"\n", b"{}\n" * 9])
def test_what_was_written_is_read(store: ArtifactStore, reopen: Reopen, body: bytes) -> None:
    store.write("parsed", "t/a.md", HEADER, body)
    assert reopen().read("parsed", "t/a.md") == body
    assert reopen().headers("parsed", ["t/a.md", "t/absent.md"]) == {"t/a.md": HEADER}


def test_writing_again_replaces_header_and_body(store: ArtifactStore) -> None:
    store.write("parsed", "k", HEADER, TEXT)
    store.write("parsed", "k", ArtifactHeader("fingerprint-2", "output-2"), BLOB)
    assert store.headers("parsed", ["k"])["k"].fingerprint == "fingerprint-2"
    assert store.read("parsed", "k") == BLOB


def test_assets_and_keys_are_kept_apart(store: ArtifactStore) -> None:
    store.write("parsed", "k", HEADER, b"1")
    store.write("extracted", "k", HEADER, b"2")
    store.write("parsed", "K", HEADER, b"3")
    assert [store.read("parsed", "k"), store.read("extracted", "k"), store.read("parsed", "K")] == [b"1", b"2", b"3"]


@pytest.mark.parametrize("key", ["t/../../etc", "t/%2E%2E%2E", "ü" * 300, "a b,c[d]", "/"])
def test_any_key_is_a_name(store: ArtifactStore, key: str) -> None:
    store.write("parsed", key, HEADER, b"body")
    assert store.read("parsed", key) == b"body" and store.headers("parsed", [key]) == {key: HEADER}


def test_absent_ones_are_a_key_error_and_deleting_them_is_none(store: ArtifactStore) -> None:
    store.write("parsed", "k", HEADER, b"body")
    store.delete("parsed", ["k", "never"])
    store.delete("parsed", ["k"])
    assert store.headers("parsed", ["k"]) == {}
    with pytest.raises(KeyError):
        store.read("parsed", "k")


def test_the_store_id_stays(store: ArtifactStore, reopen: Reopen) -> None:
    assert store.store_id() and store.store_id() == reopen().store_id()


def test_two_folders_have_two_ids(tmp_path: Path) -> None:
    assert FileArtifacts(str(tmp_path / "a")).store_id() != FileArtifacts(str(tmp_path / "b")).store_id()


@pytest.mark.parametrize("left", [0, 1, 40, 200, -1])
def test_a_cut_off_file_counts_as_absent(tmp_path: Path, left: int) -> None:
    store = FileArtifacts(str(tmp_path))
    store.write("parsed", "k", HEADER, BLOB)
    path = only_file(tmp_path)
    path.write_bytes(path.read_bytes()[:left])
    assert store.headers("parsed", ["k"]) == {}
    with pytest.raises(KeyError):
        store.read("parsed", "k")


def test_a_changed_byte_of_the_body_is_never_returned(tmp_path: Path) -> None:
    store = FileArtifacts(str(tmp_path))
    store.write("parsed", "k", HEADER, TEXT)
    path = only_file(tmp_path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(KeyError):
        store.read("parsed", "k")


def test_nothing_but_the_artifact_is_left_behind(tmp_path: Path) -> None:
    store = FileArtifacts(str(tmp_path))
    for _ in range(3):
        store.write("parsed", "k", HEADER, TEXT)
    assert only_file(tmp_path).stat().st_size < len(TEXT)
