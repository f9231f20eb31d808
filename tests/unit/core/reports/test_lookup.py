"""The report that the start of an id, a document's name or nothing means."""

from dataclasses import replace

import pytest
from memory_pipeline import KeptReports, MemoryIndex

from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.reports.files import read_ingest_report, report_name, write_ingest_report
from wekadocs_assets.core.reports.lookup import chosen_report


def job(content: bytes) -> str:
    return ids.job_id("docs", "guide/gates.md", ids.checksum(content))


EDITED, PAGE = sorted((b"# Gates\n\nOf gates.\n", b"# Gates\n\nOf many gates.\n"), key=job)
"""The newer version has the smaller id."""


@pytest.fixture
def reports() -> KeptReports:
    """Of two ingests: the second one has an edit of the page, and was finished earlier by its clock."""
    index = MemoryIndex({"guide/gates.md": PAGE})
    index.ingest()
    index.pages["guide/gates.md"] = EDITED
    index.ingest()
    second = read_ingest_report(index.reports, "ingest-2")
    write_ingest_report(index.reports, replace(second, timestamp_utc="1970-01-01T00:00:01Z"))
    index.reports.write("notes.txt", b"no report")
    return index.reports


def test_without_an_id_it_is_the_newest_ingest_by_its_time(reports):
    assert chosen_report(reports, "").ingest_id == "ingest-1"


def test_the_start_of_an_id_is_enough_and_several_are_refused(reports):
    assert chosen_report(reports, "ingest-2").ingest_id == "ingest-2"
    assert chosen_report(reports, job(PAGE)[:12]).doc.checksum == ids.checksum(PAGE)
    with pytest.raises(ConfigurationError, match="begins 2 ids"):
        chosen_report(reports, "ingest-")
    with pytest.raises(ConfigurationError, match="no report begins with 'zzz'"):
        chosen_report(reports, "zzz")


@pytest.mark.parametrize("name", ["guide/gates.md", "docs/guide/gates.md"])
def test_a_document_is_named_by_its_path_and_has_its_newest_report(reports, name):
    assert chosen_report(reports, name).job_id == job(EDITED)


def test_a_damaged_report_is_named_by_its_place(reports):
    reports.write(report_name("ingest-1"), b"{")
    with pytest.raises(ConfigurationError, match="ingest/ingest-1/ingest_report.json is damaged"):
        chosen_report(reports, "ingest-1")
    assert chosen_report(reports, "").ingest_id == "ingest-2"


def test_before_the_first_ingest_there_is_none():
    with pytest.raises(ConfigurationError, match="there is no report"):
        chosen_report(KeptReports(), "")
