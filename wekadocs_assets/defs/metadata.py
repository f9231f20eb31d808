"""Dagster metadata of the unpartitioned assets: source_documents, collection_cleanup and ingest_report."""

from dataclasses import asdict

import dagster as dg

from wekadocs_assets.core.planning.ingest import Ingest
from wekadocs_assets.core.planning.record import StageRecord
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


def cleanup_metadata(record: StageRecord) -> dict[str, dg.MetadataValue | int | float]:
    """What was deleted, kept and linked, and the documents that deletions and the switch wait for."""
    return {
        "documents_purged": len(record.purged),
        "documents_kept": len(record.kept),
        "nodes_deleted": record.work.get("nodes_deleted", 0),
        "points_deleted": record.work.get("points_deleted", 0),
        "links_added": record.work.get("links_added", 0),
        "links_removed": record.work.get("links_removed", 0),
        "versions_dropped": dg.MetadataValue.json(list(record.versions_dropped)),
        "versions_kept": dg.MetadataValue.json(list(record.versions_kept)),
        "purged": dg.MetadataValue.json(list(record.purged[:MOST_LISTED])),
        "kept": dg.MetadataValue.json(list(record.kept[:MOST_LISTED])),
        "links": dg.MetadataValue.json(record.links),
        "deletions_wait_for": dg.MetadataValue.json(list(record.waiting[:MOST_LISTED])),
        "switch_waits_for": dg.MetadataValue.json(list(record.switch_waits_for[:MOST_LISTED])),
        "wall_seconds": record.wall_ms / 1000,
        "cpu_seconds": record.cpu_ms / 1000,
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
