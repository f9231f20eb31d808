"""Where the reports of an ingest are, relative to the folder of reports."""

from __future__ import annotations


def report_name(ingest_id: str) -> str:
    return f"ingest/{ingest_id}/ingest_report.json"


def markdown_name(ingest_id: str) -> str:
    return f"ingest/{ingest_id}/ingest_report.md"
