"""Makes the report of each document that an ingest processed, from the records of its assets and the checks afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wekadocs_assets.core import ids
from wekadocs_assets.core.checks.query_checks import PATH_SIGN
from wekadocs_assets.core.checks.query_results import SampleQuery
from wekadocs_assets.core.checks.verify import Verification
from wekadocs_assets.core.jobs.states import STAGE_OF
from wekadocs_assets.core.models import Scalar
from wekadocs_assets.core.planning.outcome import FAILED_OR_BLOCKED
from wekadocs_assets.core.planning.record import OutcomeRow, rows_by_document
from wekadocs_assets.core.planning.work_totals import work_of_document
from wekadocs_assets.core.recipe import GRAPH, PARSED, POINTS
from wekadocs_assets.core.reports.build import SCHEMA_VERSION, Facts, error_of, utc
from wekadocs_assets.core.reports.model import (
    DocumentReport,
    DocumentSummary,
    DocumentWork,
    GraphAdditions,
    SectionChanges,
    VectorAdditions,
)


def document_reports(facts: Facts) -> Iterator[DocumentReport]:
    """Of every document with a record in this ingest."""
    checks = {check.tag: check for check in facts.verifications}
    for rows in rows_by_document(facts.records).values():
        yield _document_report(facts, rows, checks)


def _document_report(
    facts: Facts, rows: Mapping[str, OutcomeRow], checks: Mapping[str, Verification]
) -> DocumentReport:
    first = next(iter(rows.values()))
    check = checks.get(first.tag)
    graph, points = _facts(rows, GRAPH), _facts(rows, POINTS)
    changes = _changes(graph)
    sections = changes.added + changes.modified + changes.unchanged
    return DocumentReport(
        schema_version=SCHEMA_VERSION,
        job_id=ids.job_id(first.tag, first.source_uri, first.checksum),
        ingest_id=facts.ingest.id,
        tag=first.tag,
        timestamp_utc=utc(facts.finished_at),
        doc=_summary(first, _facts(rows, PARSED), sections),
        graph=GraphAdditions(int(graph.get("nodes_added", 0)), int(graph.get("rels_added", 0)), sections),
        vector=VectorAdditions(facts.active.store, int(points.get("points", 0)), facts.active.embedding_version),
        diff=changes,
        work=DocumentWork(**work_of_document(rows)),
        drift_pct=check.drift_pct if check else 0.0,
        sample_queries=_answered_by(first.source_uri, check),
        timings_ms={STAGE_OF[asset]: row.ms for asset, row in rows.items()},
        memoized=tuple(asset for asset, row in rows.items() if row.status == "fresh"),
        ready_for_queries=bool(check and first.source_uri in check.found),
        errors=tuple(
            error_of(row.tag, row.source_uri, asset, row.error, row.hint)
            for asset, row in rows.items()
            if row.status in FAILED_OR_BLOCKED
        ),
    )


def _facts(rows: Mapping[str, OutcomeRow], asset: str) -> Mapping[str, Scalar]:
    return rows[asset].facts if asset in rows else {}


def _changes(graph: Mapping[str, Scalar]) -> SectionChanges:
    added, modified, removed, unchanged = (
        int(graph.get(f"sections_{change}", 0)) for change in ("added", "modified", "removed", "unchanged")
    )
    return SectionChanges(added, modified, removed, unchanged)


def _summary(row: OutcomeRow, parsed: Mapping[str, Scalar], sections: int) -> DocumentSummary:
    """sections: those in the graph, for a document that was not parsed again."""
    return DocumentSummary(
        source_uri=row.source_uri,
        checksum=row.checksum,
        title=str(parsed.get("title", "")),
        sections=int(parsed.get("sections", 0)) or sections,
    )


def _answered_by(source_uri: str, check: Verification | None) -> tuple[SampleQuery, ...]:
    """Sample queries with evidence in the document."""
    samples = check.answers.sample_queries if check else ()
    return tuple(s for s in samples if any(e.path.split(PATH_SIGN)[0] == source_uri for e in s.evidence))
