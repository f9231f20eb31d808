"""The asset checks of ingest_report. Each reads only the report; what is measured belongs in core/checks."""

from dataclasses import asdict

import dagster as dg

from wekadocs_assets.core.checks.readiness import MAX_DRIFT_PCT, MIN_FOUND_SHARE, derived_problem
from wekadocs_assets.core.reports.model import IngestReport

MAX_NAMED = 5

REPORT_CHECKS = [
    dg.AssetCheckSpec(
        "every_document_is_in",
        asset="ingest_report",
        description="No document failed, is blocked or could not be read.",
    ),
    dg.AssetCheckSpec(
        "graph_and_vectors_agree",
        asset="ingest_report",
        description=f"Every chunk of the graph has its point and no point is without its chunk: drift at most {MAX_DRIFT_PCT} %.",
    ),
    dg.AssetCheckSpec(
        "no_page_is_short", asset="ingest_report", description="Every word of every page is in one of its sections."
    ),
    dg.AssetCheckSpec(
        "sample_queries_are_answered",
        asset="ingest_report",
        description="Every query of SAMPLE_QUERIES finds a section with evidence.",
    ),
    dg.AssetCheckSpec(
        "sections_are_found_by_their_text",
        asset="ingest_report",
        description=f"At least {MIN_FOUND_SHARE:.0%} of the derived queries find their own section.",
    ),
    dg.AssetCheckSpec(
        "no_entity_is_orphaned",
        asset="ingest_report",
        description="Every entity is mentioned by a section or related to a mentioned entity.",
    ),
    dg.AssetCheckSpec(
        "no_document_is_empty", asset="ingest_report", description="Every document in the graph has a section."
    ),
    dg.AssetCheckSpec(
        "links_lead_somewhere",
        asset="ingest_report",
        description="Every link within the documentation leads to an existing document.",
    ),
]


def check_results(report: IngestReport) -> list[dg.AssetCheckResult]:
    errors = {error.source_uri: f"{error.stage}: {error.error}" for error in report.errors}
    warnings = {warning.source_uri: warning.warning for warning in report.warnings if warning.source_uri}
    return [
        dg.AssetCheckResult(
            check_name="every_document_is_in", passed=not errors, metadata={"documents": dg.MetadataValue.json(errors)}
        ),
        dg.AssetCheckResult(
            check_name="graph_and_vectors_agree", passed=report.drift_pct <= MAX_DRIFT_PCT,
            metadata={
                "drift_pct": report.drift_pct,
                "missing": report.vector.missing,
                "stale": report.vector.stale,
                "foreign": report.vector.foreign,
                "documents": dg.MetadataValue.json(list(report.vector.differing)),
            },
        ),
        dg.AssetCheckResult(
            check_name="no_page_is_short", passed=not warnings, severity=dg.AssetCheckSeverity.WARN,
            metadata={"warnings": dg.MetadataValue.json(warnings)},
        ),
        *_queries(report),
        *_loose_ends(report),
    ]  # fmt: skip


def _queries(report: IngestReport) -> list[dg.AssetCheckResult]:
    samples, derived = report.sample_queries, report.derived_queries
    confidences = {sample.q: sample.confidence for sample in samples}
    not_asked = [warning.warning for warning in report.warnings if not warning.source_uri]
    figures = [{name: value for name, value in asdict(row).items() if name != "questions"} for row in derived]
    not_found = [asdict(query) for row in derived for query in row.questions if not query.found]
    return [
        dg.AssetCheckResult(
            check_name="sample_queries_are_answered", passed=all(sample.evidence for sample in samples),
            metadata={
                "confidence": dg.MetadataValue.json(confidences),
                "queries": dg.MetadataValue.json([asdict(sample) for sample in samples]),
                "not asked": dg.MetadataValue.json(not_asked),
            },
        ),
        dg.AssetCheckResult(
            check_name="sections_are_found_by_their_text", passed=not any(map(derived_problem, derived)),
            metadata={
                "asked": sum(row.asked for row in derived),
                "found": sum(row.found for row in derived),
                "collections": dg.MetadataValue.json(figures),
                "not found": dg.MetadataValue.json(not_found),
            },
        ),
    ]  # fmt: skip


def _loose_ends(report: IngestReport) -> list[dg.AssetCheckResult]:
    """Checks of the graph with severity WARN: the index can be searched even if they fail."""
    graph = report.graph
    nowhere = graph.links.get("nowhere", 0)
    found = {
        "no_entity_is_orphaned": {"entities": dg.MetadataValue.json(graph.orphans)},
        "no_document_is_empty": {"documents": dg.MetadataValue.json(list(graph.empty_documents))},
        "links_lead_somewhere": {"links": dg.MetadataValue.json(graph.links)},
    }
    passed = (not graph.orphans, not graph.empty_documents, not nowhere)
    return [
        dg.AssetCheckResult(check_name=name, passed=well, severity=dg.AssetCheckSeverity.WARN, metadata=metadata)
        for (name, metadata), well in zip(found.items(), passed, strict=True)
    ]


def verdict(report: IngestReport) -> str:
    """The reason to fail the run, or ''. Dagster does not fail a run because of a failed check."""
    errors = report.errors
    if errors:
        names = "; ".join(f"{error.source_uri}: {error.error}" for error in errors[:MAX_NAMED])
        return f"{len(errors)} documents failed: {names}"
    if report.drift_pct > MAX_DRIFT_PCT:
        return f"graph and vectors differ by {report.drift_pct} %"
    return "" if report.ready_for_queries else f"the index is not ready for queries: {report.ready_reason}"
