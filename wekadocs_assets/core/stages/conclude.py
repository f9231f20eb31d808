"""ingest_report: verifies the stores, writes the reports and marks the collections of the ingest as finished.

A check of the stores belongs to core/checks, the content of a report to core/reports. No document is changed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from wekadocs_assets.core import ids
from wekadocs_assets.core.checks.findings import storage_of
from wekadocs_assets.core.checks.query_checks import ask_queries
from wekadocs_assets.core.checks.query_results import QueryResults
from wekadocs_assets.core.checks.verify import Ask, Verification, verify
from wekadocs_assets.core.models import Collection
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.planning.ingest import Ingest
from wekadocs_assets.core.planning.plan import Plan
from wekadocs_assets.core.planning.record import CleanupResult, cleanup_of, load_records
from wekadocs_assets.core.planning.work_totals import work_of
from wekadocs_assets.core.ports.stores import Reports
from wekadocs_assets.core.recipe import IndexId
from wekadocs_assets.core.reports.build import Facts, ingest_report
from wekadocs_assets.core.reports.build_document import document_reports
from wekadocs_assets.core.reports.files import read_ingest_report, write_document_report, write_ingest_report
from wekadocs_assets.core.reports.model import IngestReport
from wekadocs_assets.core.stages.switch import activate_first_version, is_switched, switch_waits_for

SEVERAL_VERSIONS = "several"


def conclude(
    pipeline: Pipeline,
    reports: Reports,
    ingest: Ingest,
    finished_at: int,
    *,
    unpublished: str = "",
    cleanup: CleanupResult | None = None,
) -> IngestReport:
    """Writes the reports and returns the report of the ingest. finished_at: seconds since the epoch.

    unpublished: why some progress events were not published; '' when all were. cleanup: the result of a clean-up that
    the caller ran; by default the record of collection_cleanup is read. Without either, the ingest stays unfinished.
    """
    records = load_records(pipeline.artifacts, ingest)
    cleanup = cleanup or cleanup_of(records)
    waiting = list(cleanup.switch_waits_for) if cleanup else switch_waits_for(pipeline)
    active = pipeline.target if is_switched(pipeline) else pipeline.active
    ask = _asking(pipeline, reports, ingest, active, bool(work_of(records)["chunks_embedded"]))
    with pipeline.lock.reading():  # embedded stores are opened once for all checks
        verifications = [verify(pipeline, active, plan.tag, ask) for plan in ingest.plans]
        facts = Facts(
            ingest=ingest,
            records=records,
            verifications=verifications,
            active=active,
            target=pipeline.target,
            switch_waits_for=tuple(waiting),
            finished_at=finished_at,
            progress_note=_progress_note(unpublished),
            asked_by=asked_by(pipeline),
            points_in_all=pipeline.vectors.count(active.embedding_version),
            unknown_tags=_unknown_tags(pipeline),
        )
    report = ingest_report(facts)
    for document in document_reports(facts):
        write_document_report(reports, document)
    write_ingest_report(reports, report)
    # another worker held a collection, or the clean-up did not run: the next ingest does what is missing
    postponed = cleanup is None or (bool(waiting) and not switch_waits_for(pipeline))
    behind = {check.tag for check in verifications if postponed or _is_behind(check)}
    with pipeline.lock.writing():
        finish(pipeline, [plan for plan in ingest.plans if plan.tag not in behind], ingest.id)
    return report


def _asking(pipeline: Pipeline, reports: Reports, ingest: Ingest, active: IndexId, may_encode: bool) -> Ask:
    """Returns the function that asks a collection's queries; an idle ingest reuses the last results."""
    idle = all(plan.nothing_to_do for plan in ingest.plans)
    finished = {collection.tag: collection.finished_ingest_id for collection in pipeline.graph.collections()}

    def ask(tag: str) -> QueryResults:
        last = read_ingest_report(reports, finished.get(tag, "")) if idle else None
        if last and is_repeatable(last, pipeline):
            return QueryResults(last.sample_queries, last.derived_queries).of(tag)
        return ask_queries(pipeline, active, tag, may_encode=may_encode)

    return ask


def is_repeatable(report: IngestReport, pipeline: Pipeline) -> bool:
    """Whether an idle ingest may reuse the report: it was ready for queries, and the settings are the same."""
    return report.ready_for_queries and report.asked_by == asked_by(pipeline)


def asked_by(pipeline: Pipeline) -> str:
    """Returns the digest (16 hex digits) of the settings that the verdict of a report depends on."""
    queries = (f"{tag}\0{query}" for tag, row in sorted(pipeline.sample_queries.items()) for query in row)
    return ids.digest(str(pipeline.derived_queries), repr(pipeline.confidence), *queries)[:16]


def _unknown_tags(pipeline: Pipeline) -> tuple[str, ...]:
    known = {collection.tag for collection in pipeline.graph.collections()}
    return tuple(sorted(pipeline.sample_queries.keys() - known))


def _progress_note(unpublished: str) -> str:
    return f"progress was not fully published: {unpublished}" if unpublished else ""


def _is_behind(check: Verification) -> bool:
    """Whether a replica store failed or differs from the ledger, so that the next ingest must not skip it."""
    return any(replica.problem or replica.missing or replica.stale or replica.foreign for replica in check.replicas)


def start(pipeline: Pipeline, ingest: Ingest) -> None:
    """Saves the root of each collection and marks the ingest as started; the next ingest continues an unfinished one.

    A partial plan leaves the root and mark of an unfinished ingest, because it does not do that ingest's work.
    """
    activate_first_version(pipeline)
    known = {collection.tag: collection for collection in pipeline.graph.collections()}
    for plan in ingest.plans:
        collection = known.get(plan.tag) or Collection(tag=plan.tag, root=plan.root)
        collection = _writing(pipeline, plan, collection)
        if not (plan.partial and collection.is_unfinished):
            collection = replace(collection, root=plan.root, started_ingest_id=ingest.id)
        pipeline.graph.save_collection(collection)


def _writing(pipeline: Pipeline, plan: Plan, collection: Collection) -> Collection:
    """Marks that events of the target version follow; if it is abandoned, all events are recorded again."""
    if collection.recorded_in == pipeline.record or storage_of(collection.recorded_in) != pipeline.recorded_in:
        return collection
    mixed = f"{pipeline.recorded_in} {SEVERAL_VERSIONS}"
    return replace(collection, recorded_in=mixed if plan.partial else pipeline.record)


def finish(pipeline: Pipeline, plans: Sequence[Plan], ingest_id: str) -> None:
    """Marks the ingest as finished for these plans. A partial plan leaves recorded_in as it is.

    A partial plan finishes a collection only when it also started it, so an interrupted full ingest stays unfinished.
    """
    known = {collection.tag: collection for collection in pipeline.graph.collections()}
    for plan in plans:
        collection = known.get(plan.tag)
        if collection and not (plan.partial and collection.started_ingest_id != ingest_id):
            recorded_in = collection.recorded_in if plan.partial else pipeline.record or collection.recorded_in
            finished = replace(collection, finished_ingest_id=ingest_id, started_ingest_id=ingest_id)
            pipeline.graph.save_collection(replace(finished, recorded_in=recorded_in))
