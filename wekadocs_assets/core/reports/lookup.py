"""Which report a person means: the newest ingest's, one by the beginning of its id, or the newest of a document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.jobs.lookup import match_prefix
from wekadocs_assets.core.ports.stores import Reports
from wekadocs_assets.core.reports.names import report_name

REPORT = re.compile(r"ingest/([^/]+)/ingest_report\.json")
JOB = re.compile(r"[0-9a-f]{32}")
"""An ingest's id never looks like this: it begins with a time, or is a run's with its dashes."""


def chosen_report(reports: Reports, ident: str) -> dict:
    """ident: of an ingest or a job, or a document's name; '' for the newest ingest. None, or several: ConfigurationError."""
    known = {match[1] for name in reports.names() if (match := REPORT.fullmatch(name))}
    if not ident:
        return _newest_ingest(reports, known)
    if not any(one.startswith(ident) for one in known) and (report := _newest_of_document(reports, known, ident)):
        return report
    hint = "`ingestctl report` without an ID shows the newest ingest; a document is named by its path in the collection"
    name = report_name(match_prefix(known, ident, "report", hint))
    report = _read(reports, name)
    if not report:
        raise ConfigurationError(f"{reports.place(name)} is no report any more", "ingest again to get a new one")
    return report


def _newest_ingest(reports: Reports, known: Iterable[str]) -> dict:
    found = _newest(_read(reports, report_name(one)) for one in known if not JOB.fullmatch(one))
    if not found:
        raise ConfigurationError(f"there is no report in {reports.place('ingest')}", "ingest first: ingestctl ingest")
    return found


def _newest_of_document(reports: Reports, known: Iterable[str], document: str) -> dict:
    jobs = (_read(reports, report_name(one)) for one in known if JOB.fullmatch(one))
    return _newest(job for job in jobs if document in _names(job))


def _names(job: dict) -> tuple[str, ...]:
    uri = job.get("doc", {}).get("source_uri", "")
    return uri, f"{job.get('tag', '')}/{uri}"


def _newest(found: Iterable[dict]) -> dict:
    """{} where there is none."""
    return max(found, key=lambda report: (report.get("timestamp_utc", ""), report.get("ingest_id", "")), default={})


def _read(reports: Reports, name: str) -> dict:
    """{} for one that somebody removed or damaged meanwhile."""
    try:
        report = json.loads(reports.read(name))
    except (KeyError, ValueError):
        return {}
    return report if isinstance(report, dict) else {}
