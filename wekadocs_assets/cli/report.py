"""`ingestctl report`: what an ingest did, or what became of one document, from the folder of reports alone."""

from __future__ import annotations

import sys

import click

from wekadocs_assets.app import bootstrap
from wekadocs_assets.cli.output import data
from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core.ports.stores import Reports
from wekadocs_assets.core.reports.lookup import chosen_report
from wekadocs_assets.core.reports.markdown import document_markdown, ingest_markdown
from wekadocs_assets.core.reports.names import markdown_name


@click.command("report")
@click.argument("ident", metavar="[ID]", default="")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON object on stdout.")
def command(ident: str, as_json: bool) -> int:
    """Show the report of the newest ingest, or of the ingest, job or document ID: the beginning of an id is enough."""
    reports = bootstrap.reports(read_settings(), read_only=True)
    report = chosen_report(reports, ident)
    if as_json:
        data(report)
    else:
        sys.stdout.write(document_markdown(report) if "job_id" in report else stored_markdown(reports, report))
    return 0


def stored_markdown(reports: Reports, report: dict) -> str:
    """As it was written then; made again where somebody removed it."""
    try:
        return reports.read(markdown_name(report["ingest_id"])).decode()
    except KeyError:
        return ingest_markdown(report)
