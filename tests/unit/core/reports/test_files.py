"""How reports are named, written and read."""

import json

import pytest
from memory_pipeline import KeptReports, MemoryIndex

from wekadocs_assets.core import ids
from wekadocs_assets.core.reports.files import (
    markdown_name,
    read_document_report,
    read_ingest_report,
    report_name,
    write_document_report,
    write_ingest_report,
)

PAGE = b"# G\xc3\xa4tes\n\nOf gates.\n"
JOB = ids.job_id("docs", "gates.md", ids.checksum(PAGE))


@pytest.fixture(scope="module")
def written() -> KeptReports:
    index = MemoryIndex({"gates.md": PAGE})
    index.ingest()
    return index.reports


def test_what_is_read_and_written_again_is_the_same_to_the_byte(written):
    again = KeptReports()
    write_ingest_report(again, read_ingest_report(written, "ingest-1"))
    write_document_report(again, read_document_report(written, JOB))
    assert again.kept == written.kept
    assert again.names() == sorted([report_name("ingest-1"), markdown_name("ingest-1"), report_name(JOB)])
    assert "Gätes".encode() in again.read(report_name(JOB))


def test_the_json_is_written_after_the_markdown(written):
    again = KeptReports()
    write_ingest_report(again, read_ingest_report(written, "ingest-1"))
    assert list(again.kept) == [markdown_name("ingest-1"), report_name("ingest-1")]


def test_a_report_that_is_missing_damaged_or_of_another_version_is_none(written):
    assert read_ingest_report(written, "ingest-2") is None and read_document_report(written, "ingest-1") is None
    data = json.loads(written.read(report_name("ingest-1")))
    fewer = {name: value for name, value in data.items() if name != "work"}
    damaged = KeptReports()
    for content in (b"", b"{", json.dumps(fewer).encode(), json.dumps(data | {"schema_version": 2}).encode()):
        damaged.write(report_name("ingest-1"), content)
        assert read_ingest_report(damaged, "ingest-1") is None, content[:20]
