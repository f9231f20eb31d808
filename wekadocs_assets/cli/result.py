"""The result of `ingestctl ingest`: the last line of --json, and what the exit code depends on.

Its fields are those of IngestResult; no page of the documentation lists them. A report on disk has more of them
(core/reports/model.py, with JSON Schemas in core/schemas).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from wekadocs_assets.core.checks.readiness import MAX_DRIFT_PCT
from wekadocs_assets.core.planning.ingest import Ingest
from wekadocs_assets.core.planning.work import no_work
from wekadocs_assets.core.reports.model import ChunkCounts, DocumentCounts, IngestReport, IngestWork, StageTime


@dataclass(frozen=True, slots=True)
class ResultError:
    """A document that is not up to date, or (with an empty source_uri) the error that stopped the ingest."""

    source_uri: str
    stage: str
    error: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestResult:
    """The fields of the `result` event.

    report: path of the JSON report, '' if none was written. None: the value is unknown.
    """

    ingest_id: str
    run_ids: tuple[str, ...] = ()
    documents: DocumentCounts
    chunks: ChunkCounts
    work: IngestWork
    drift_pct: float | None = None
    report: str = ""
    ready_for_queries: bool | None = None
    ready_reason: str = ""
    errors: tuple[ResultError, ...] = ()
    timings_ms: dict[str, StageTime] = field(default_factory=dict)

    @property
    def has_drifted(self) -> bool:
        """Whether the drift is above MAX_DRIFT_PCT."""
        return (self.drift_pct or 0) > MAX_DRIFT_PCT

    @property
    def exit_code(self) -> int:
        """1 if there are errors, the stores have drifted, or the index is not ready for queries; else 0."""
        return 1 if self.errors or self.has_drifted or self.ready_for_queries is False else 0

    def as_event(self) -> dict[str, Any]:
        """The `result` event of --json."""
        return {"event": "result", **asdict(self)}


def of_report(report: IngestReport, place: str, run_ids: Sequence[str] = ()) -> IngestResult:
    """The result of an ingest that wrote a report. place: the report's path. run_ids: ids of its Dagster runs."""
    return IngestResult(
        ingest_id=report.ingest_id,
        run_ids=tuple(run_ids),
        documents=report.documents,
        chunks=report.chunks,
        work=report.work,
        drift_pct=report.drift_pct,
        report=place,
        ready_for_queries=report.ready_for_queries,
        ready_reason=report.ready_reason,
        errors=tuple(ResultError(e.source_uri, e.stage, e.error, e.hint) for e in report.errors),
        timings_ms=report.timings_ms,
    )


def without_changes(ingest: Ingest, last: Sequence[IngestReport | None], place: str) -> IngestResult:
    """The result of an ingest that had nothing to do: it repeats the verdict of the last ingest of each collection.

    last: the reports of those ingests, all of which were ready for queries; None for a removed report, which makes the
    verdict unknown. place: path of the report to name.
    """
    drifts = [report.drift_pct for report in last if report]
    ready = True if last and all(last) else None
    return _nothing_done(ingest, drift_pct=max(drifts, default=None), report=place, ready_for_queries=ready)


def stopped(ingest: Ingest, run_ids: Sequence[str], stage: str, error: str, hint: str) -> IngestResult:
    """The result of an ingest that an error, a cancellation or an interrupt stopped before its report was written."""
    return _nothing_done(ingest, run_ids=tuple(run_ids), errors=(ResultError("", stage, error, hint),))


def _nothing_done(ingest: Ingest, **known: Any) -> IngestResult:
    unchanged = ingest.counts().get("unchanged", 0)
    return IngestResult(
        ingest_id=ingest.id,
        documents=DocumentCounts(ingested=0, unchanged=unchanged, renamed=0, deleted=0, failed=0, blocked=0),
        chunks=ChunkCounts(0, 0),
        work=IngestWork(**no_work()),
        **known,
    )
