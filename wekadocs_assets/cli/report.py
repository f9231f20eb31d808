"""`ingestctl report`: shows the report of an ingest or of a document. It reads only the folder of reports."""

from __future__ import annotations

import sys

import click

from wekadocs_assets.app import bootstrap
from wekadocs_assets.cli.output import data
from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core.ports.stores import Reports
from wekadocs_assets.core.reports.files import markdown_name
from wekadocs_assets.core.reports.lookup import chosen_report
from wekadocs_assets.core.reports.markdown import document_markdown, ingest_markdown
from wekadocs_assets.core.reports.model import DocumentReport, IngestReport, as_data


@click.command("report")
@click.argument("ident", metavar="[ID]", default="")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object to stdout.")
def command(ident: str, as_json: bool) -> int:
    """Show the report of the newest ingest, or of the ingest, job or document with this ID.

    A unique prefix of the ID of an ingest or job is enough. The ID of a document is its path in the collection.
    """
    reports = bootstrap.reports(read_settings(), read_only=True)
    report = chosen_report(reports, ident)
    if as_json:
        data(as_data(report))
    elif isinstance(report, DocumentReport):
        sys.stdout.write(document_markdown(report))
    else:
        sys.stdout.write(stored_markdown(reports, report))
    return 0


def stored_markdown(reports: Reports, report: IngestReport) -> str:
    """The Markdown file of the report; generated from the report if the file was removed."""
    try:
        return reports.read(markdown_name(report.ingest_id)).decode()
    except KeyError:
        return ingest_markdown(report)
