"""Names of report files, and reading and writing them: the one place that knows how a report is stored.

Names are relative to the folder of reports (REPORTS_DIR).
"""

from __future__ import annotations

import json
from typing import TypeVar

from wekadocs_assets.core.artifacts import codec
from wekadocs_assets.core.ports.stores import Reports
from wekadocs_assets.core.reports.markdown import ingest_markdown
from wekadocs_assets.core.reports.model import DocumentReport, IngestReport, Report, as_data

R = TypeVar("R", IngestReport, DocumentReport)


def report_name(ident: str) -> str:
    """ident: an ingest id or a job id."""
    return f"ingest/{ident}/ingest_report.json"


def markdown_name(ingest_id: str) -> str:
    return f"ingest/{ingest_id}/ingest_report.md"


def read_ingest_report(reports: Reports, ingest_id: str) -> IngestReport | None:
    """None where the file is missing, damaged, or of another version of the report."""
    return _read(reports, report_name(ingest_id), IngestReport)


def read_document_report(reports: Reports, job_id: str) -> DocumentReport | None:
    """None where the file is missing, damaged, or of another version of the report."""
    return _read(reports, report_name(job_id), DocumentReport)


def write_ingest_report(reports: Reports, report: IngestReport) -> None:
    """The JSON is written last: where it exists, the Markdown exists too."""
    reports.write(markdown_name(report.ingest_id), ingest_markdown(report).encode())
    reports.write(report_name(report.ingest_id), _json(report))


def write_document_report(reports: Reports, report: DocumentReport) -> None:
    reports.write(report_name(report.job_id), _json(report))


def _read(reports: Reports, name: str, kind: type[R]) -> R | None:
    try:
        report: R = codec(kind).validate_json(reports.read(name))
    except (KeyError, ValueError):
        return None
    return report


def _json(report: Report) -> bytes:
    return json.dumps(as_data(report), ensure_ascii=False, indent=1).encode() + b"\n"
