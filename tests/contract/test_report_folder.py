"""Reports in a folder: named, read, and never seen half written."""

import os

import pytest

from wekadocs_assets.adapters.files.report_folder import ReportFolder
from wekadocs_assets.core.errors import ConfigurationError


def test_names_are_those_that_can_be_read_sorted(tmp_path):
    reports = ReportFolder(tmp_path / "reports")
    assert reports.names() == []
    for name in ("ingest/b/x.json", "ingest/ä b/x.md", "ingest/a/x.json", "top.md"):
        reports.write(name, name.encode())
    assert reports.names() == sorted(["ingest/b/x.json", "ingest/ä b/x.md", "ingest/a/x.json", "top.md"])
    assert [reports.read(name).decode() for name in reports.names()] == reports.names()


def test_a_report_that_is_being_written_is_no_name_yet(tmp_path):
    reports = ReportFolder(tmp_path)
    reports.write("ingest/a/x.json", b"{}")
    (tmp_path / "ingest/a/.writing-k3j4").write_text('{"half')
    assert reports.names() == ["ingest/a/x.json"]


def test_an_absent_report_is_a_key_error(tmp_path):
    with pytest.raises(KeyError):
        ReportFolder(tmp_path).read("ingest/a/x.json")


def test_the_folder_is_made_by_the_first_write_and_not_by_reading(tmp_path):
    reports = ReportFolder(tmp_path / "reports")
    assert reports.names() == [] and not (tmp_path / "reports").exists()
    reports.write("ingest/a/x.json", b"{}")
    assert reports.names() == ["ingest/a/x.json"]


@pytest.mark.parametrize("use", [ReportFolder.prepare, lambda reports: reports.write("x.json", b"{}")])
def test_a_folder_that_cannot_be_made_is_named_when_it_is_needed_and_not_before(tmp_path, use):
    (tmp_path / "file").touch()
    reports = ReportFolder(tmp_path / "file" / "reports")
    with pytest.raises(ConfigurationError, match=f"REPORTS_DIR: {tmp_path}/file/reports: Not a directory") as error:
        use(reports)
    assert error.value.hint == "name a folder that can be written"


def test_a_folder_without_the_right_to_write_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ConfigurationError, match=f"REPORTS_DIR: {tmp_path} cannot be written"):
        ReportFolder(tmp_path).write("x.json", b"{}")


def test_a_folder_that_cannot_be_listed_is_told_and_not_taken_for_an_empty_one(tmp_path, monkeypatch):
    def scandir(path):
        raise PermissionError(13, "Permission denied", os.fspath(path))

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(ConfigurationError, match="REPORTS_DIR: .*Permission denied"):
        ReportFolder(tmp_path).names()
