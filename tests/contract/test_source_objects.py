"""What only an object store shows a source: no folders, odd keys, rights, a server that is away; a listing is never old."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from buckets import Bucket
from servers.s3 import S3Server

from wekadocs_assets.adapters.files.source_objects import ObjectSource
from wekadocs_assets.core.errors import BadDocument, ConfigurationError, StoreUnavailable


@pytest.fixture
def bucket(s3: S3Server) -> Bucket:
    return Bucket(s3)


def uris(source: ObjectSource, within: str = "") -> list[str]:
    return [file.source_uri for file in source.scan(within).files]


def test_the_time_of_the_last_change_is_the_objects_own_in_nanoseconds(bucket: Bucket) -> None:
    before = time.time() - 1
    bucket.write({"a.md": b"words"})
    (file,) = ObjectSource(bucket.url).scan().files
    assert file.size == 5 and file.mtime_ns % 1_000_000_000 == 0
    assert before * 1e9 - 1e9 <= file.mtime_ns <= time.time_ns()


def test_a_whole_bucket_is_a_root_too(s3: S3Server) -> None:
    bucket = Bucket(s3, prefix="")
    assert ObjectSource(bucket.url).scan().files == (), "an empty bucket is empty, for it is there"
    bucket.write({"a.md": b"words", "b/c.md": b""})
    source = ObjectSource(bucket.url)
    assert uris(source) == ["a.md", "b/c.md"] and source.read("b/c.md") == b""


def test_every_scan_lists_anew_and_every_read_asks_anew(bucket: Bucket) -> None:
    bucket.write({"a.md": b"old", "b.md": b""})
    source = ObjectSource(bucket.url)
    assert uris(source) == ["a.md", "b.md"]
    bucket.write({"a.md": b"newer", "c/d.md": b""})
    bucket.delete("b.md")
    assert [(f.source_uri, f.size) for f in source.scan().files] == [("a.md", 5), ("c/d.md", 0)]
    assert source.read("a.md") == b"newer"
    bucket.delete("a.md")
    with pytest.raises(BadDocument, match="vanished"):
        source.read("a.md")


@pytest.mark.slow
def test_more_objects_than_one_answer_holds_are_all_there(bucket: Bucket) -> None:
    bucket.write({f"{n // 100}/{n:04}.md": b"" for n in range(1100)})
    assert len(uris(ObjectSource(bucket.url))) == 1100


def test_a_prefix_is_no_beginning_of_a_name(bucket: Bucket) -> None:
    bucket.write({"a/x.md": b"", "ab/y.md": b"", "a.md": b"", "a": b""})
    assert uris(ObjectSource(f"{bucket.url}/a")) == ["x.md"]
    assert uris(ObjectSource(bucket.url), "a") == ["a/x.md"]


def test_a_bucket_or_prefix_that_is_not_there_is_never_an_empty_one(s3: S3Server, bucket: Bucket) -> None:
    bucket.write({"a.md": b""})
    for url in ("s3://no-such-bucket", "s3://no-such-bucket/prefix", f"{bucket.url}/nothing", f"{bucket.url[:-1]}"):
        with pytest.raises(ConfigurationError, match="does not exist") as told:
            ObjectSource(url).scan()
        assert url in told.value.message and told.value.hint
    assert "no-such-bucket" not in s3.buckets()


def test_a_prefix_that_lost_its_last_object_is_missing_unless_its_marker_stays(bucket: Bucket) -> None:
    bucket.write({"a.md": b""})
    source = ObjectSource(bucket.url)
    assert uris(source) == ["a.md"]
    bucket.delete("a.md")
    with pytest.raises(ConfigurationError, match="does not exist"):
        source.scan()
    bucket.write({"": b""})
    scan = source.scan()
    assert scan.files == () and scan.unreadable == () and scan.complete


def test_a_root_that_is_an_object_is_told(bucket: Bucket) -> None:
    bucket.write({"a.md": b""})
    with pytest.raises(ConfigurationError, match="is an object"):
        ObjectSource(f"{bucket.url}/a.md").scan()


def test_keys_that_no_path_can_have_are_named(bucket: Bucket) -> None:
    bucket.write({"a//b.md": b"", "c/../d.md": b"", "e/./f.png": b"", "/g.md": b"", "h.md/": b"", "h.md/i.md": b""})
    source = ObjectSource(bucket.url)
    scan = source.scan()
    assert [f.source_uri for f in scan.files] == ["h.md/i.md"] and scan.complete
    assert [u.source_uri for u in scan.unreadable] == ["/g.md", "a//b.md", "c/../d.md"]
    assert all("cannot be a name" in u.reason and u.hint for u in scan.unreadable)
    with pytest.raises(BadDocument):
        source.read("a//b.md")


@pytest.mark.parametrize("name", ["a?b.md", "a#b.md", "a%20b+c.md", "a*[b]{c}.md", "a\\b.md"])
def test_signs_that_mean_something_in_a_url_are_read_as_they_are(bucket: Bucket, name: str) -> None:
    bucket.write({name: b"content"})
    source = ObjectSource(bucket.url)
    assert uris(source) == [name] and source.read(name) == b"content"


def test_an_object_beyond_the_limit_is_a_bad_document(bucket: Bucket) -> None:
    bucket.write({"a.md": b"12345"})
    assert ObjectSource(bucket.url, max_bytes=5).read("a.md") == b"12345"
    with pytest.raises(BadDocument, match="larger than"):
        ObjectSource(bucket.url, max_bytes=4).read("a.md")


def test_a_user_who_may_not_list_is_told_so(bucket: Bucket, judged: Callable[..., None]) -> None:
    bucket.write({"a.md": b""})
    judged("s3:GetObject")
    for within in ("", "a.md"):
        with pytest.raises(ConfigurationError, match="Access Denied") as told:
            ObjectSource(bucket.url).scan(within)
        assert "rights to list" in told.value.hint and "AWS_ACCESS_KEY_ID" in told.value.hint


def test_an_object_that_may_not_be_read_is_a_bad_document(bucket: Bucket, judged: Callable[..., None]) -> None:
    bucket.write({"a.md": b"content"})
    judged("s3:ListBucket")
    source = ObjectSource(bucket.url)
    assert uris(source) == ["a.md"]
    with pytest.raises(BadDocument, match="cannot be read"):
        source.read("a.md")


def test_a_server_that_is_away_is_unavailable_and_not_empty(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with S3Server() as gone:
        monkeypatch.setenv("AWS_ENDPOINT_URL", gone.url)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    source = ObjectSource("s3://any-bucket/prefix")
    for call in (source.scan, lambda: source.scan("a"), lambda: source.read("a.md")):
        with pytest.raises(StoreUnavailable, match="s3://any-bucket/prefix: .*connect") as told:
            call()
        assert "AWS_ENDPOINT_URL" in told.value.hint


def test_a_url_of_an_unknown_kind_is_a_matter_of_settings() -> None:
    with pytest.raises(ConfigurationError, match="zzz://bucket/prefix"):
        ObjectSource("zzz://bucket/prefix").scan()


def test_other_file_systems_of_fsspec_do_too() -> None:
    from upath import UPath

    root = UPath(f"memory://{uuid.uuid4().hex}/docs")
    with pytest.raises(ConfigurationError, match="does not exist"):
        ObjectSource(str(root)).scan()
    (root / "a").mkdir(parents=True)
    (root / "a" / "b.md").write_bytes(b"content")
    (file,) = ObjectSource(str(root)).scan().files
    assert file.source_uri == "a/b.md" and file.size == 7
    assert ObjectSource(str(root)).read("a/b.md") == b"content"


def test_a_file_system_that_cannot_list_one_folder_has_no_whole_scan(tmp_path, monkeypatch) -> None:
    """fsspec's own walk leaves such a folder out unless it is told."""
    from fsspec.implementations.local import LocalFileSystem

    for name in ("a.md", "closed/b.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    listed = LocalFileSystem.ls

    def ls(self, path, detail=False, **options):
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return listed(self, path, detail, **options)

    source = ObjectSource(f"local://{tmp_path}")
    changed = datetime.fromtimestamp(1_700_000_000, UTC)
    os.utime(tmp_path / "a.md", ns=(0, 1_700_000_000_000_000_000))
    assert {f.source_uri: f.mtime_ns for f in source.scan().files}["a.md"] == int(changed.timestamp()) * 10**9
    monkeypatch.setattr(LocalFileSystem, "ls", ls)
    with pytest.raises(ConfigurationError, match="Permission denied"):
        source.scan()
