"""Finds the report that a user asks for: of the newest ingest, by the start of an id, or the newest of a document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.jobs.lookup import by_beginning
from wekadocs_assets.core.ports.stores import Reports
from wekadocs_assets.core.reports.files import read_document_report, read_ingest_report, report_name
from wekadocs_assets.core.reports.model import DocumentReport, IngestReport, Report

REPORT = re.compile(r"ingest/([^/]+)/ingest_report\.json")
JOB_ID = re.compile(r"[0-9a-f]{32}")
"""An ingest id never matches: it starts with a time, or is the id of a Dagster run with its dashes."""


def chosen_report(reports: Reports, ident: str) -> Report:
    """ident: an ingest or job id or the start of one, a document's name, or '' for the newest ingest.

    ConfigurationError where nothing matches, several ids match, or the file is damaged.
    """
    known = {match[1] for name in reports.names() if (match := REPORT.fullmatch(name))}
    if not ident:
        return _newest_ingest(reports, known)
    if not any(one.startswith(ident) for one in known) and (newest := _newest_of_document(reports, known, ident)):
        return newest
    hint = "`ingestctl report` without an ID shows the newest ingest; a document is named by its path in the collection"
    found = by_beginning(known, ident, "report", hint)
    report = read_document_report(reports, found) if JOB_ID.fullmatch(found) else read_ingest_report(reports, found)
    if not report:
        place = reports.place(report_name(found))
        raise ConfigurationError(f"{place} is damaged or of another version", "ingest again to get a new report")
    return report


def _newest_ingest(reports: Reports, known: Iterable[str]) -> IngestReport:
    read = (read_ingest_report(reports, one) for one in known if not JOB_ID.fullmatch(one))
    newest = max(filter(None, read), key=_age, default=None)
    if not newest:
        raise ConfigurationError(f"there is no report in {reports.place('ingest')}", "ingest first: ingestctl ingest")
    return newest


def _newest_of_document(reports: Reports, known: Iterable[str], document: str) -> DocumentReport | None:
    return max(_of_document(reports, known, document), key=_age, default=None)


def _of_document(reports: Reports, known: Iterable[str], document: str) -> Iterator[DocumentReport]:
    for one in known:
        report = read_document_report(reports, one) if JOB_ID.fullmatch(one) else None
        if report and document in (report.doc.source_uri, f"{report.tag}/{report.doc.source_uri}"):
            yield report


def _age(report: Report) -> tuple[str, str]:
    return report.timestamp_utc, report.ingest_id
