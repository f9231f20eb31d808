"""What every source does alike, and what a folder on a disk can throw at one; test_source_objects.py: a bucket."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from buckets import Bucket

from wekadocs_assets.adapters.files.source_folder import FolderSource
from wekadocs_assets.adapters.files.source_objects import ObjectSource
from wekadocs_assets.adapters.memory.source import InMemorySource
from wekadocs_assets.core.errors import BadDocument, ConfigurationError
from wekadocs_assets.core.models import Scan
from wekadocs_assets.core.ports.stores import Source

Make = Callable[[dict[str, bytes]], Source]
needs_permissions = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")


def write(root: Path, files: dict[str, bytes]) -> FolderSource:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return FolderSource(root)


def maker(kind: str, request: pytest.FixtureRequest) -> Make:
    """Puts files below a root of that kind in which nothing is yet."""
    if kind == "memory":
        return InMemorySource
    if kind == "folder":
        return lambda files: write(request.getfixturevalue("tmp_path"), files)
    bucket = Bucket(request.getfixturevalue("s3"))
    return lambda files: bucket.write(files) or ObjectSource(bucket.url)


@pytest.fixture(params=["memory", "folder", "objects"])
def make(request: pytest.FixtureRequest) -> Make:
    return maker(request.param, request)


@pytest.fixture(params=["folder", "objects"])
def put(request: pytest.FixtureRequest) -> Make:
    """The same for sources that are outside of this process."""
    return maker(request.param, request)


def uris(scan: Scan) -> list[str]:
    return [file.source_uri for file in scan.files]


def reasons(scan: Scan) -> dict[str, str]:
    return {u.source_uri: u.reason for u in scan.unreadable}


def test_a_scan_is_sorted_complete_and_says_sizes(make: Make) -> None:
    scan = make({"b.md": b"bb", "a/z.html": b"z", "a.md": b"", "a/b/c.json": b"{}"}).scan()
    assert uris(scan) == sorted(["b.md", "a/z.html", "a.md", "a/b/c.json"])
    assert scan.complete and scan.unreadable == ()
    assert {f.source_uri: f.size for f in scan.files}["b.md"] == 2


def test_a_part_of_the_root_is_not_complete(make: Make) -> None:
    source = make({"a/x.md": b"", "a/b/y.md": b"", "ab/z.md": b""})
    assert uris(source.scan("a")) == ["a/b/y.md", "a/x.md"]
    assert uris(source.scan("a/x.md")) == ["a/x.md"]
    assert not source.scan("a").complete and not source.scan("a/x.md").complete


def test_names_are_taken_in_unicode_form_nfc_and_read_by_their_own_spelling(make: Make) -> None:
    spelt = unicodedata.normalize("NFD", "Größe é.md")
    (file,) = make({spelt: b"content"}).scan().files
    assert file.source_uri == unicodedata.normalize("NFC", spelt) and file.path == spelt


@pytest.mark.parametrize(
    "name", ["a b.md", "q\"uote'.md", "dots...md", "comma,[x].md", "emoji 😀.md", "x" * 250 + ".md", "UP.MD"]
)
def test_any_name_is_read(make: Make, name: str) -> None:
    source = make({name: b"content"})
    (file,) = source.scan().files
    assert file.source_uri == name and source.read(file.path) == b"content"


def test_names_that_differ_by_case_are_two_documents(make: Make) -> None:
    assert uris(make({"Guide.md": b"", "guide.md": b""}).scan()) == ["Guide.md", "guide.md"]


def test_a_file_that_vanished_is_a_bad_document(make: Make) -> None:
    with pytest.raises(BadDocument, match="vanished between scan and read"):
        make({"a.md": b""}).read("gone.md")


def test_other_formats_and_hidden_names_are_not_documents(put: Make) -> None:
    files = [
        "a.md",
        "b.markdown",
        "c.html",
        "d.htm",
        "e.json",
        "f.png",
        "g.txt",
        "md",
        ".hidden.md",
        ".git/h.md",
        "i/.j/k.md",
    ]
    scan = put(dict.fromkeys(files, b"")).scan()
    assert uris(scan) == files[:5] and scan.unreadable == () and scan.complete


def test_two_spellings_of_one_name_are_one_document_and_a_reason(put: Make) -> None:
    nfc, nfd = (unicodedata.normalize(form, "é.md") for form in ("NFC", "NFD"))
    scan = put({nfd: b"", nfc: b""}).scan()
    assert [f.path for f in scan.files] == [nfc]
    assert list(reasons(scan)) == [nfc] and "Unicode form" in reasons(scan)[nfc]


def test_a_missing_root_is_never_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist") as error:
        FolderSource(tmp_path / "missing").scan()
    assert error.value.hint
    (tmp_path / "file.md").write_text("")
    with pytest.raises(ConfigurationError, match="is not a folder"):
        FolderSource(tmp_path / "file.md").scan()


@pytest.mark.parametrize("within", ["missing", "../outside", "/etc", "a.md/x"])
def test_a_part_that_is_not_there_is_a_configuration_error(put: Make, within: str) -> None:
    with pytest.raises(ConfigurationError):
        put({"a.md": b""}).scan(within)


def test_a_part_of_another_format_is_named(put: Make) -> None:
    assert "format" in reasons(put({"a.png": b""}).scan("a.png"))["a.png"]


def test_links_within_the_root_are_followed(tmp_path: Path) -> None:
    source = write(tmp_path, {"v2/a.md": b"content"})
    (tmp_path / "latest").symlink_to("v2")
    (tmp_path / "b.md").symlink_to("v2/a.md")
    scan = source.scan()
    assert uris(scan) == ["b.md", "latest/a.md", "v2/a.md"] and scan.unreadable == ()
    assert source.read("latest/a.md") == source.read("b.md") == b"content"


def test_links_out_of_the_root_are_named_and_never_read(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", {"secret.md": b"secret"})
    source = write(tmp_path / "root", {"a.md": b""})
    (tmp_path / "root" / "out.md").symlink_to(tmp_path / "elsewhere" / "secret.md")
    (tmp_path / "root" / "folder").symlink_to(tmp_path / "elsewhere")
    scan = source.scan()
    assert uris(scan) == ["a.md"]
    assert reasons(scan) == dict.fromkeys(["folder", "out.md"], "a link out of the folder")
    for path in ("out.md", "folder/secret.md", "../elsewhere/secret.md"):
        with pytest.raises(BadDocument, match="out of the folder"):
            source.read(path)


def test_links_in_a_loop_end(tmp_path: Path) -> None:
    source = write(tmp_path, {"a/x.md": b"", "b/y.md": b""})
    (tmp_path / "a" / "up").symlink_to("..")
    (tmp_path / "a" / "b").symlink_to("../b")
    (tmp_path / "b" / "a").symlink_to("../a")
    (tmp_path / "self.md").symlink_to("self.md")
    scan = source.scan()
    assert uris(scan) == ["a/b/y.md", "a/x.md", "b/a/x.md", "b/y.md"]
    assert {"a/up", "self.md", "a/b/a", "b/a/b"} <= set(reasons(scan))
    assert all(u.hint for u in scan.unreadable) and scan.complete


def test_a_link_to_nothing_and_a_pipe_are_named(tmp_path: Path) -> None:
    source = write(tmp_path, {"a.md": b""})
    (tmp_path / "dangling.md").symlink_to("missing.md")
    os.mkfifo(tmp_path / "pipe.md")
    assert reasons(source.scan()) == {"dangling.md": "a broken link", "pipe.md": "not a regular file"}
    with pytest.raises(BadDocument, match="not a regular file"):
        source.read("pipe.md")


def test_a_name_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    source = write(tmp_path, {"a.md": b""})
    for name in (b"\xff.md", b"\xff.png"):
        open(os.path.join(os.fsencode(tmp_path), name), "wb").close()
    scan = source.scan()
    assert uris(scan) == ["a.md"] and reasons(scan) == {"\ufffd.md": "its name is not UTF-8"}


def test_a_file_without_permission_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path, {"a.md": b"", "closed.md": b""})
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith("closed.md"))
    scan = source.scan()
    assert uris(scan) == ["a.md"] and reasons(scan) == {"closed.md": "no permission to read it"} and scan.complete


@needs_permissions
def test_reading_without_permission_is_a_bad_document(tmp_path: Path) -> None:
    source = write(tmp_path, {"closed.md": b""})
    (tmp_path / "closed.md").chmod(0)
    with pytest.raises(BadDocument, match="cannot be read"):
        source.read("closed.md")


def test_a_folder_that_cannot_be_listed_makes_the_scan_incomplete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, listed = write(tmp_path, {"a.md": b"", "closed/b.md": b""}), os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    scan = source.scan()
    assert uris(scan) == ["a.md"] and not scan.complete
    assert reasons(scan) == {"closed": "the folder cannot be listed: Permission denied"}


def test_a_file_beyond_the_limit_is_a_bad_document(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": b"12345"})
    assert FolderSource(tmp_path, max_bytes=5).read("a.md") == b"12345"
    with pytest.raises(BadDocument, match="larger than") as error:
        FolderSource(tmp_path, max_bytes=4).read("a.md")
    assert error.value.hint


def test_a_deep_folder_is_walked(tmp_path: Path) -> None:
    deep = "/".join(["d"] * 300)
    assert uris(write(tmp_path, {f"{deep}/a.md": b""}).scan()) == [f"{deep}/a.md"]
