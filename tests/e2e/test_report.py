"""`ingestctl report`: from the folder of reports alone, whatever became of the stores."""

import json
import shutil

import pytest


@pytest.fixture(scope="module")
def reported(tmp_path_factory, new_home):
    """Two ingests of a folder, and then no store any more; (home, results of both)."""
    home = new_home(tmp_path_factory.mktemp("reported"))
    (home.docs / "a.md").write_text("# A\n\nRun `tidegate start`.\n")
    (home.docs / "bad.md").write_bytes(b"\x00\x00")
    first = home.ingest()[1]
    (home.docs / "bad.md").unlink()
    (home.docs / "a.md").write_text("# A\n\nRun `tidegate stop`.\n")
    second = home.ingest()[1]
    shutil.rmtree(home.folder / "data")
    return home, first, second


def test_without_an_id_it_is_the_newest_ingest_and_makes_no_store(reported):
    home, _, second = reported
    shown = home.ingestctl("report")
    assert shown.returncode == 0 and shown.stdout.startswith("# Ingest of docs") and second["ingest_id"] in shown.stdout
    assert json.loads(home.ingestctl("report", "--json").stdout)["ingest_id"] == second["ingest_id"]
    assert not (home.folder / "data").exists()


def test_the_beginning_of_an_id_is_enough(reported):
    home, first, _ = reported
    shown = home.ingestctl("report", first["ingest_id"][:-1])
    assert shown.returncode == 0 and "bad.md" in shown.stdout
    stored = home.folder / "reports" / "ingest" / first["ingest_id"] / "ingest_report.md"
    assert shown.stdout == stored.read_text()


def test_a_job_and_a_document_are_shown_too(reported):
    home, _, second = reported
    job = json.loads(home.ingestctl("report", "docs/a.md", "--json").stdout)
    assert job["doc"]["source_uri"] == "a.md" and job["ingest_id"] == second["ingest_id"], "the newest version"
    by_name, by_id = home.ingestctl("report", "a.md"), home.ingestctl("report", job["job_id"][:12])
    assert by_name.stdout == by_id.stdout and by_name.stdout.startswith("# A\n") and job["job_id"] in by_id.stdout


@pytest.mark.parametrize(("ident", "words"), [("zzz", "no report begins with 'zzz'"), ("2", "begins ")])
def test_an_unknown_or_ambiguous_id_ends_with_2_and_a_hint(reported, ident, words):
    shown = reported[0].ingestctl("report", ident)
    assert shown.returncode == 2 and words in shown.stderr and "hint: " in shown.stderr and shown.stdout == ""


def test_before_the_first_ingest_it_says_so(home):
    shown = home.ingestctl("report")
    assert shown.returncode == 2 and "there is no report in" in shown.stderr and not (home.folder / "reports").exists()


def test_a_report_without_its_markdown_is_shown_all_the_same(reported):
    home, first, _ = reported
    folder = home.folder / "reports" / "ingest" / first["ingest_id"]
    before = home.ingestctl("report", first["ingest_id"]).stdout
    (folder / "ingest_report.md").rename(folder / "aside")
    try:
        assert home.ingestctl("report", first["ingest_id"]).stdout == before
    finally:
        (folder / "aside").rename(folder / "ingest_report.md")


def test_a_damaged_report_is_told(reported):
    home, first, second = reported
    report = home.folder / "reports" / "ingest" / first["ingest_id"] / "ingest_report.json"
    whole = report.read_bytes()
    report.write_bytes(whole[:100])
    try:
        told = home.ingestctl("report", first["ingest_id"])
        assert told.returncode == 2 and str(report) in told.stderr
        assert second["ingest_id"] in home.ingestctl("report").stdout
    finally:
        report.write_bytes(whole)
