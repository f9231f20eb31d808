"""What every artifact store does alike: whole or absent, replaced at once, keyed by any name."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from servers.s3 import S3Server

from wekadocs_assets.adapters.files.artifact_store import FIRST_BYTES, FileArtifacts
from wekadocs_assets.adapters.memory.artifacts import InMemoryArtifacts
from wekadocs_assets.core.errors import ConfigurationError, StoreUnavailable
from wekadocs_assets.core.ports.stores import ArtifactHeader, ArtifactStore

HEADER = ArtifactHeader("fingerprint-1", "output-1")
TEXT, BLOB = "# Täxt\n".encode() * 1000, bytes(range(256)) * 40
Reopen = Callable[[], ArtifactStore]


def root_of(kind: str, request: pytest.FixtureRequest) -> str:
    """A place of that kind in which nothing is yet."""
    if kind == "s3":
        server = request.getfixturevalue("s3")
        return f"{server.make_bucket(f'artifacts-{uuid.uuid4().hex}')}/some/prefix"
    return f"memory://{uuid.uuid4().hex}" if kind == "url" else str(request.getfixturevalue("tmp_path"))


@pytest.fixture(params=["memory", "folder", "url", "s3"])
def reopen(request: pytest.FixtureRequest) -> Reopen:
    if request.param == "memory":
        store = InMemoryArtifacts()
        return lambda: store
    root = root_of(request.param, request)
    return lambda: FileArtifacts(root)


@pytest.fixture
def store(reopen: Reopen) -> ArtifactStore:
    return reopen()


@pytest.fixture(params=["folder", "url", "s3"])
def root(request: pytest.FixtureRequest) -> str:
    """What FileArtifacts keeps its files in."""
    return root_of(request.param, request)


def only_file(root: str) -> Any:
    """The only artifact under the root, as a path that is read and written from the side."""
    from upath import UPath

    (path,) = (p for p in UPath(root).rglob("*") if p.is_file() and p.name != "store_id")
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


@pytest.mark.parametrize("key", ["t/../../etc", "t/%2E%2E%2E", "ü" * 300, "😀" * 2000, "a b,c[d]", "/"])
def test_any_key_is_a_name(store: ArtifactStore, key: str) -> None:
    store.write("parsed", key, HEADER, b"body")
    assert store.read("parsed", key) == b"body" and store.headers("parsed", [key]) == {key: HEADER}


@pytest.mark.parametrize("size", range(FIRST_BYTES - 180, FIRST_BYTES + 3, 26))
def test_headers_are_read_of_files_around_the_size_of_the_first_request(store: ArtifactStore, size: int) -> None:
    body = (BLOB * 2)[: max(0, size)]
    store.write("parsed", "k", HEADER, body)
    assert store.headers("parsed", ["k"]) == {"k": HEADER} and store.read("parsed", "k") == body


def test_many_headers_and_deletions_come_in_one_call(store: ArtifactStore) -> None:
    keys = [f"docs/{n}.md" for n in range(60)]
    for key in keys[::2]:
        store.write("parsed", key, ArtifactHeader(key, ""), key.encode())
    assert store.headers("parsed", keys) == {key: ArtifactHeader(key, "") for key in keys[::2]}
    store.delete("parsed", keys[:30])
    assert list(store.headers("parsed", keys)) == keys[30::2]
    assert store.headers("parsed", []) == {}


def test_absent_ones_are_named_by_a_store_that_can_list_and_by_no_other(
    store: ArtifactStore, reopen: Reopen, request: pytest.FixtureRequest
) -> None:
    for key in ("a", "b/ü.md"):
        store.write("asset/of a version", key, HEADER, TEXT)
    gone = ["c"] if request.node.callspec.params["reopen"] in ("memory", "folder") else []
    assert reopen().absent("asset/of a version", ["a", "b/ü.md", "c"]) == gone
    assert reopen().absent("another", ["c"]) == gone and reopen().absent("asset/of a version", []) == []


def test_absent_ones_are_a_key_error_and_deleting_them_is_none(store: ArtifactStore) -> None:
    store.write("parsed", "k", HEADER, b"body")
    store.delete("parsed", ["k", "never"])
    store.delete("parsed", ["k"])
    assert store.headers("parsed", ["k"]) == {}
    with pytest.raises(KeyError):
        store.read("parsed", "k")


def test_the_store_id_stays(store: ArtifactStore, reopen: Reopen) -> None:
    assert store.store_id() and store.store_id() == reopen().store_id()


def test_several_first_openers_at_once_get_one_id(reopen: Reopen) -> None:
    stores = [reopen() for _ in range(4)]
    with ThreadPoolExecutor(len(stores)) as pool:
        made = set(pool.map(lambda store: store.store_id(), stores))
    assert made == {reopen().store_id()}


def test_two_roots_have_two_ids(root: str) -> None:
    assert FileArtifacts(f"{root}/a").store_id() != FileArtifacts(f"{root}/b").store_id()


@pytest.mark.parametrize("left", [0, 1, 40, 200, 3000, -1])
def test_a_cut_off_file_counts_as_absent(root: str, left: int) -> None:
    store = FileArtifacts(root)
    store.write("parsed", "k", HEADER, random.Random(1).randbytes(5000))
    path = only_file(root)
    path.write_bytes(path.read_bytes()[:left])
    assert store.headers("parsed", ["k"]) == {}
    with pytest.raises(KeyError):
        store.read("parsed", "k")


def test_a_changed_byte_of_the_body_is_never_returned(root: str) -> None:
    store = FileArtifacts(root)
    store.write("parsed", "k", HEADER, TEXT)
    path = only_file(root)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(KeyError):
        store.read("parsed", "k")


def test_nothing_but_the_artifact_is_left_behind(root: str) -> None:
    store = FileArtifacts(root)
    for _ in range(3):
        store.write("parsed", "k", HEADER, TEXT)
    assert only_file(root).stat().st_size < len(TEXT)


# What only an object store shows.


def asked(record: pytest.LogCaptureFixture) -> list[str]:
    """The requests that s3fs sent, by name."""
    return [line.getMessage().split()[1] for line in record.records if line.getMessage().startswith("CALL: ")]


def test_s3_gets_one_small_request_a_header_and_one_a_body(s3: S3Server, caplog: pytest.LogCaptureFixture) -> None:
    store = FileArtifacts(f"{s3.make_bucket(f'artifacts-{uuid.uuid4().hex}')}/p")
    large = bytes(range(256)) * 40_000
    with caplog.at_level("DEBUG", "s3fs"):
        store.write("parsed", "small", HEADER, b"small")
        store.write("parsed", "large", HEADER, large)
        assert asked(caplog) == ["put_object"] * 2
        caplog.clear()
        assert len(store.headers("parsed", ["small", "large", "absent"])) == 2
        assert sorted(asked(caplog)) == ["get_object"] * 3 + ["head_object"]
        ranges = {
            str(r.getMessage()).partition("Range': '")[2][:12] for r in caplog.records if "Range" in r.getMessage()
        }
        assert ranges == {f"bytes=0-{FIRST_BYTES - 1}"}
        caplog.clear()
        assert store.read("parsed", "large") == large
        assert asked(caplog) == ["get_object"]
        caplog.clear()
        store.delete("parsed", ["small", "absent"])
        assert asked(caplog) == ["delete_object"] * 2


def test_a_bucket_that_is_absent_is_named_and_never_made(s3: S3Server) -> None:
    store = FileArtifacts("s3://no-such-bucket/prefix")
    with pytest.raises(ConfigurationError, match="ARTIFACTS_URL s3://no-such-bucket/prefix: 'no-such-bucket'"):
        store.store_id()
    with pytest.raises(ConfigurationError, match="'no-such-bucket' does not exist"):
        store.write("parsed", "k", HEADER, BLOB)
    assert "no-such-bucket" not in s3.buckets()


def test_a_user_without_rights_is_told_so_by_every_method(s3: S3Server, judged: Callable[..., None]) -> None:
    store = FileArtifacts(s3.make_bucket(f"artifacts-{uuid.uuid4().hex}"))
    judged()
    for call in (
        lambda: store.store_id(),
        lambda: store.headers("parsed", ["k"]),
        lambda: store.read("parsed", "k"),
        lambda: store.write("parsed", "k", HEADER, BLOB),
        lambda: store.delete("parsed", ["k"]),
    ):
        with pytest.raises(ConfigurationError, match="ARTIFACTS_URL s3://artifacts-") as told:
            call()
        assert "rights" in told.value.hint


def test_a_user_who_may_only_read_is_refused_at_the_first_write(s3: S3Server, judged: Callable[..., None]) -> None:
    from s3fs import S3FileSystem

    root = s3.make_bucket(f"artifacts-{uuid.uuid4().hex}")
    FileArtifacts(root).write("parsed", "k", HEADER, BLOB)
    S3FileSystem.clear_instance_cache()  # else that client goes on
    judged("s3:GetObject", "s3:ListBucket")
    store = FileArtifacts(root)
    assert store.read("parsed", "k") == BLOB
    with pytest.raises(ConfigurationError, match="Access Denied"):
        store.write("parsed", "k", HEADER, TEXT)


def test_a_key_that_nobody_knows_is_a_matter_of_settings(
    s3: S3Server, judged: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    judged()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIANOBODYKNOWSTHIS0")
    with pytest.raises(ConfigurationError, match="ARTIFACTS_URL") as told:
        FileArtifacts("s3://any-bucket").store_id()
    assert "AWS_ACCESS_KEY_ID" in told.value.hint


def test_no_credentials_at_all_are_a_matter_of_settings(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    with pytest.raises(ConfigurationError, match="ARTIFACTS_URL s3://any-bucket: .*[Cc]redentials"):
        FileArtifacts("s3://any-bucket").store_id()


def test_a_server_that_is_away_is_unavailable_for_every_method(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with S3Server() as gone:
        monkeypatch.setenv("AWS_ENDPOINT_URL", gone.url)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    store = FileArtifacts("s3://any-bucket/prefix")
    for call in (
        lambda: store.store_id(),
        lambda: store.headers("parsed", ["k", "l"]),
        lambda: store.read("parsed", "k"),
        lambda: store.write("parsed", "k", HEADER, BLOB),
        lambda: store.delete("parsed", ["k"]),
    ):
        with pytest.raises(StoreUnavailable, match="ARTIFACTS_URL s3://any-bucket/prefix: .*connect") as told:
            call()
        assert "AWS_ENDPOINT_URL" in told.value.hint


@pytest.mark.parametrize("url", ["zzz://bucket/prefix", "s3://Not_A_Bucket!/prefix"])
def test_a_url_that_cannot_be_one_is_a_matter_of_settings(s3: S3Server, url: str) -> None:
    with pytest.raises(ConfigurationError, match=f"ARTIFACTS_URL {url}"):
        FileArtifacts(url).store_id()
