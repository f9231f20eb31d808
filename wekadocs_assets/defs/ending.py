"""ingest_report's words to Dagster: the report written, and its figures as metadata."""

import time

import dagster as dg

from wekadocs_assets.core.report_markdown import ingest_markdown
from wekadocs_assets.core.stages.conclude import conclude, report_name
from wekadocs_assets.defs.resources import IngestRun


def finished_report(context: dg.AssetExecutionContext, run: IngestRun) -> dict:
    return conclude(run.pipeline, run.reports, run.ingest(context), int(time.time()))


def report_metadata(run: IngestRun, report: dict) -> dict[str, dg.MetadataValue | int | float | str]:
    return {
        "report": dg.MetadataValue.md(ingest_markdown(report)),
        "path": dg.MetadataValue.path(run.reports.place(report_name(report["ingest_id"]))),
        "drift_pct": report["drift_pct"],
        "points": report["vector"]["points"],
        **{f"documents_{name}": count for name, count in report["documents"].items()},
        **{f"nodes_{label}": count for label, count in sorted(report["graph"]["nodes"].items())},
    }
