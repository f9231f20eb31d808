"""Makes the report of an ingest: totals from the stores, everything else from the records of its assets.

The reports of single documents are made in build_document.py. Nothing here reads a store: Facts holds what was read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from wekadocs_assets.core.checks.query_results import QueryResults
from wekadocs_assets.core.checks.readiness import readiness
from wekadocs_assets.core.checks.verify import Comparison, Verification
from wekadocs_assets.core.jobs.states import AFTER_THE_ASSETS, STAGE_OF
from wekadocs_assets.core.planning.ingest import Ingest
from wekadocs_assets.core.planning.outcome import FAILED_OR_BLOCKED
from wekadocs_assets.core.planning.plan import Plan
from wekadocs_assets.core.planning.record import OutcomeRow, StageRecord, rows_by_document
from wekadocs_assets.core.planning.work_totals import work_of
from wekadocs_assets.core.recipe import POINTS, IndexId
from wekadocs_assets.core.reports.model import (
    ChunkCounts,
    CollectionResult,
    DocumentCounts,
    DocumentError,
    GraphTotals,
    IngestReport,
    IngestWork,
    ReplicaState,
    ReportWarning,
    StageTime,
    SwitchState,
    VectorTotals,
)

SCHEMA_VERSION: Literal[1] = 1
MAX_LISTED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a report is made from. finished_at: seconds since the epoch.

    verifications: one for each plan of the ingest, in their order. active, target: the active and the target index;
    switch_waits_for: documents that the target index lacks. asked_by: digest of the settings that the verdict depends on.
    points_in_all: points of all collections. unknown_tags: of sample queries whose collection does not exist.
    """

    ingest: Ingest
    records: Sequence[StageRecord]
    verifications: Sequence[Verification]
    active: IndexId
    target: IndexId
    switch_waits_for: tuple[str, ...]
    finished_at: int
    progress_note: str = ""
    asked_by: str = ""
    points_in_all: int = 0
    unknown_tags: tuple[str, ...] = ()


def ingest_report(facts: Facts) -> IngestReport:
    errors, checks = errors_of(facts), facts.verifications
    results, drift = _query_results(checks), _drift_pct(checks)
    ready, reason = _verdict(drift, errors, results, facts)
    work = work_of(facts.records)
    return IngestReport(
        schema_version=SCHEMA_VERSION,
        ingest_id=facts.ingest.id,
        timestamp_utc=utc(facts.finished_at),
        started_utc=utc(facts.ingest.started_at),
        collections=tuple(
            _collection(plan, check, errors, results.of(check.tag), facts)
            for plan, check in zip(facts.ingest.plans, checks, strict=True)
        ),
        documents=documents_of(facts),
        chunks=ChunkCounts(work["chunks_embedded"], work["chunks_reused"]),
        work=IngestWork(**work),
        graph=_graph_totals(facts),
        vector=_vector_totals(facts),
        drift_pct=drift,
        findings=tuple(facts.ingest.findings),
        repairs=_repairs(facts.records),
        warnings=(*_warnings(facts.records), *map(_unknown_collection, facts.unknown_tags)),
        errors=tuple(errors),
        waiting=tuple(sorted({uri for record in facts.records for uri in record.waiting})),
        sample_queries=results.sample_queries,
        derived_queries=results.derived_queries,
        timings_ms=timings_of(facts.records),
        progress=facts.progress_note,
        asked_by=facts.asked_by,
        ready_for_queries=ready,
        ready_reason=reason,
    )


def errors_of(facts: Facts) -> list[DocumentError]:
    """Every document that is not up to date: unreadable, failed (now or before) or blocked; each once, sorted by name."""
    found: dict[tuple[str, str], DocumentError] = {}
    for plan in facts.ingest.plans:
        for item in plan.unreadable:
            found[plan.tag, item.source_uri] = error_of(plan.tag, item.source_uri, "scan", item.reason, item.hint)
    for check in facts.verifications:
        for entry in check.failures:
            if failure := entry.failure:
                found[check.tag, entry.source_uri] = error_of(
                    check.tag, entry.source_uri, failure.stage, failure.error, failure.hint
                )
    for record in facts.records:
        for row in record.rows:
            if row.status in FAILED_OR_BLOCKED:
                error = error_of(row.tag, row.source_uri, record.asset, row.error, row.hint)
                found.setdefault((row.tag, row.source_uri), error)
    return [found[key] for key in sorted(found)]


def error_of(tag: str, source_uri: str, stage: str, error: str, hint: str) -> DocumentError:
    return DocumentError(tag=tag, source_uri=source_uri, stage=stage, error=error, hint=hint)


def documents_of(facts: Facts) -> DocumentCounts:
    """How many documents had which outcome."""
    table = rows_by_document(facts.records)
    statuses = [{row.status for row in rows.values()} for rows in table.values()]
    unreadable = sum(len(plan.unreadable) for plan in facts.ingest.plans)
    renamed = {d.document_id for plan in facts.ingest.plans for d in plan.documents if d.renamed_from}
    done = [document for document, rows in table.items() if POINTS in rows and not _failed(rows.values())]
    return DocumentCounts(
        ingested=sum(document not in renamed for document in done),
        unchanged=facts.ingest.counts().get("unchanged", 0),
        renamed=sum(document in renamed for document in done),
        deleted=sum(len(record.purged) for record in facts.records) - len(_old_names_purged(facts)),
        failed=sum("failed" in found for found in statuses) + unreadable,
        blocked=sum("blocked" in found and "failed" not in found for found in statuses),
    )


def timings_of(records: Sequence[StageRecord]) -> dict[str, StageTime]:
    """Wall and CPU milliseconds by stage, over all parts; those of collection_cleanup count as POSTCHECKS."""
    timings: dict[str, StageTime] = {}
    for record in records:
        stage = STAGE_OF.get(record.asset, AFTER_THE_ASSETS[0])
        before = timings.get(stage, StageTime(0, 0))
        timings[stage] = StageTime(before.wall + record.wall_ms, before.cpu + record.cpu_ms)
    return timings


def utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _query_results(checks: Sequence[Verification]) -> QueryResults:
    return QueryResults(
        tuple(query for check in checks for query in check.answers.sample_queries),
        tuple(queries for check in checks for queries in check.answers.derived_queries),
    )


def _drift_pct(checks: Sequence[Verification]) -> float:
    """The mean over the collections, weighted by their size."""
    sizes = [max(check.chunks, check.points) for check in checks]
    weighted = sum(check.drift_pct * size for check, size in zip(checks, sizes, strict=True))
    return round(weighted / max(sum(sizes), 1), 4)


def _verdict(drift: float, errors: Iterable[DocumentError], results: QueryResults, facts: Facts) -> tuple[bool, str]:
    found = {(check.tag, uri) for check in facts.verifications for uri in check.found}
    missing = [error.source_uri for error in errors if (error.tag, error.source_uri) not in found]
    return readiness(drift, missing, results, facts.points_in_all)


def _collection(
    plan: Plan, check: Verification, errors: Collection[DocumentError], results: QueryResults, facts: Facts
) -> CollectionResult:
    own = [error for error in errors if error.tag == check.tag]
    ready, reason = _verdict(check.drift_pct, own, results, facts)
    return CollectionResult(
        tag=plan.tag,
        root=plan.root,
        partial=plan.partial,
        plan=plan.counts(),
        ready_for_queries=ready,
        ready_reason=reason,
    )


def _graph_totals(facts: Facts) -> GraphTotals:
    checks = facts.verifications
    return GraphTotals(
        documents=sum(check.documents for check in checks),
        nodes=_added(check.nodes for check in checks),
        relationships=_added(check.relationships for check in checks),
        links=_added(record.links for record in facts.records),
        orphans=_added(check.orphans for check in checks),
        empty_documents=tuple(uri for check in checks for uri in check.empty)[:MAX_LISTED],
    )


def _vector_totals(facts: Facts) -> VectorTotals:
    checks = facts.verifications
    return VectorTotals(
        sot=facts.active.store,
        points=sum(check.points for check in checks),
        chunks=sum(check.chunks for check in checks),
        missing=sum(check.missing_points for check in checks),
        stale=sum(check.stale_points for check in checks),
        foreign=sum(check.foreign_points for check in checks),
        differing=tuple(uri for check in checks for uri in check.differing)[:MAX_LISTED],
        embedding_version=facts.active.embedding_version,
        switch=_switch(facts),
        mirrors=_replicas(checks),
    )


def _switch(facts: Facts) -> SwitchState | None:
    waiting = facts.switch_waits_for
    if not waiting:
        return None
    return SwitchState(facts.target.embedding_version, len(waiting), waiting[:MAX_LISTED])


def _replicas(checks: Sequence[Verification]) -> tuple[ReplicaState, ...]:
    """Each replica store once, its counts added up over the collections."""
    compared: dict[str, list[Comparison]] = {}
    for found in (replica for check in checks for replica in check.replicas):
        compared.setdefault(found.store, []).append(found)
    return tuple(
        ReplicaState(
            store=store,
            points=sum(one.points for one in found),
            missing=sum(one.missing for one in found),
            stale=sum(one.stale for one in found),
            foreign=sum(one.foreign for one in found),
            problem=next((one.problem for one in found if one.problem), ""),
        )
        for store, found in compared.items()
    )


def _failed(rows: Iterable[OutcomeRow]) -> bool:
    return any(row.status in FAILED_OR_BLOCKED for row in rows)


def _old_names_purged(facts: Facts) -> list[str]:
    old = {d.renamed_from for plan in facts.ingest.plans for d in plan.documents if d.renamed_from}
    return [uri for record in facts.records for uri in record.purged if uri in old]


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return dict(total)


def _unknown_collection(tag: str) -> ReportWarning:
    return ReportWarning(tag, "", f"there is no collection '{tag}', so its SAMPLE_QUERIES were not asked")


def _repairs(records: Sequence[StageRecord]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for row in (row for record in records for row in record.rows):
        found = {k.removeprefix("repaired: "): int(n) for k, n in row.facts.items() if k.startswith("repaired: ")}
        total.update(found)
    return dict(sorted(total.items()))


def _warnings(records: Sequence[StageRecord]) -> list[ReportWarning]:
    rows = (row for record in records for row in record.rows)
    return [ReportWarning(r.tag, r.source_uri, str(r.facts["warning"])) for r in rows if r.facts.get("warning")]
