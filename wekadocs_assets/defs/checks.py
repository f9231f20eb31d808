"""The checks of ingest_report: what must hold after an ingest, judged from the report alone."""

import dagster as dg

from wekadocs_assets.core.verification import MOST_DRIFT_PCT

REPORT_CHECKS = [
    dg.AssetCheckSpec(
        "every_document_is_in",
        asset="ingest_report",
        description="No document failed, is blocked or could not be read.",
    ),
    dg.AssetCheckSpec(
        "graph_and_vectors_agree",
        asset="ingest_report",
        description=f"Every chunk of the graph has its point and no point is without its chunk: drift at most {MOST_DRIFT_PCT} %.",
    ),
    dg.AssetCheckSpec(
        "no_page_is_short", asset="ingest_report", description="Every word of every page stands in one of its sections."
    ),
]


def check_results(report: dict) -> list[dg.AssetCheckResult]:
    errors = {e["source_uri"]: f"{e['stage']}: {e['error']}" for e in report["errors"]}
    warnings = {w["source_uri"]: w["warning"] for w in report["warnings"]}
    return [
        dg.AssetCheckResult(
            check_name="every_document_is_in", passed=not errors, metadata={"documents": dg.MetadataValue.json(errors)}
        ),
        dg.AssetCheckResult(
            check_name="graph_and_vectors_agree", passed=report["drift_pct"] <= MOST_DRIFT_PCT,
            metadata={
                "drift_pct": report["drift_pct"],
                **{name: report["vector"][name] for name in ("missing", "stale", "foreign")},
                "documents": dg.MetadataValue.json(report["vector"]["differing"]),
            },
        ),
        dg.AssetCheckResult(
            check_name="no_page_is_short", passed=not warnings, severity=dg.AssetCheckSeverity.WARN,
            metadata={"warnings": dg.MetadataValue.json(warnings)},
        ),
    ]  # fmt: skip


def verdict(report: dict) -> str:
    """Why the run must end red, '' when all is well: a failed check alone would leave its exit code at 0."""
    errors = report["errors"]
    if errors:
        names = "; ".join(f"{e['source_uri']}: {e['error']}" for e in errors[:5])
        return f"{len(errors)} documents are not in as they stand: {names}"
    if report["drift_pct"] > MOST_DRIFT_PCT:
        return f"graph and vectors differ by {report['drift_pct']} %"
    return ""
