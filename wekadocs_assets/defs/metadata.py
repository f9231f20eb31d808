"""What the two unpartitioned assets tell Dagster: the plan and the report as metadata."""

from dataclasses import asdict

import dagster as dg

from wekadocs_assets.core.planning.ingest import Ingest
from wekadocs_assets.core.reports.markdown import ingest_markdown
from wekadocs_assets.core.reports.model import IngestReport

MOST_LISTED = 200


def plan_metadata(ingest: Ingest) -> dict[str, dg.MetadataValue | int | str]:
    listed = [f"| {d.change} | {d.tag} | {d.source_uri} |" for d in ingest.work[:MOST_LISTED]]
    listed += [f"| deleted | {e.tag} | {e.source_uri} |" for plan in ingest.plans for e in plan.deleted[:MOST_LISTED]]
    listed += [
        f"| unreadable: {u.reason} | {plan.tag} | {u.source_uri} |" for plan in ingest.plans for u in plan.unreadable
    ]
    table = "\n".join(["| change | collection | document |", "| --- | --- | --- |", *listed])
    return {
        "ingest_id": ingest.id,
        **ingest.counts(),
        "parts": ingest.parts,
        "findings": dg.MetadataValue.json(ingest.findings),
        "plan": dg.MetadataValue.md(table if listed else "Nothing to do."),
    }


def report_metadata(report: IngestReport, place: str) -> dict[str, dg.MetadataValue | int | float | str]:
    return {
        "report": dg.MetadataValue.md(ingest_markdown(report)),
        "path": dg.MetadataValue.path(place),
        "drift_pct": report.drift_pct,
        "points": report.vector.points,
        **{f"documents_{name}": count for name, count in asdict(report.documents).items()},
        **{f"nodes_{label}": count for label, count in sorted(report.graph.nodes.items())},
    }
