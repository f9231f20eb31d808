"""Prints the plan of an ingest at its start, and a table, errors and warnings at its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from wekadocs_assets.cli.output import console, data
from wekadocs_assets.cli.result import IngestResult
from wekadocs_assets.core.models import KINDS
from wekadocs_assets.core.planning.ingest import Ingest
from wekadocs_assets.core.reports.model import IngestReport, VectorTotals

MAX_LISTED = 20
ENTITY_LABELS = frozenset(KINDS)


def show_plan(ingest: Ingest, as_json: bool) -> None:
    if as_json:
        data({"event": "plan", "ingest_id": ingest.id, **ingest.counts(), "findings": list(ingest.findings)})
        return
    for plan in ingest.plans:
        counts = ", ".join(f"{count} {name}" for name, count in plan.counts().items() if count) or "no documents"
        part = " (a part of it: nothing is deleted)" if plan.partial else ""
        console().print(f"Plan for '{plan.tag}' in {plan.root}{part}: {counts}", markup=False)
    for finding in ingest.findings:
        console().print(f"found: {finding}", markup=False)


def show_result(result: IngestResult, report: IngestReport | None, as_json: bool) -> None:
    """report: the report of the ingest; None if it had nothing to do."""
    if as_json:
        data(result.as_event())
        return
    if report:
        _show_table(report)
    else:
        console().print(f"Nothing to do: {result.documents.unchanged} documents are unchanged.", markup=False)
    for error in result.errors[:MAX_LISTED]:
        hint = f" ({error.hint})" if error.hint else ""
        console().print(f"error: {error.source_uri}: {error.stage}: {error.error}{hint}", markup=False)
    if len(result.errors) > MAX_LISTED:
        console().print(f"… and {len(result.errors) - MAX_LISTED} more errors in the report", markup=False)
    if report:
        _show_warnings(report)
    if result.has_drifted:
        console().print(f"error: graph and vectors differ by {result.drift_pct} %", markup=False)
    for line in _notes(report) if report else ():
        console().print(line, markup=False)
    console().print(f"Report: {result.report.removesuffix('.json')}.md (and .json)", markup=False)


def _show_table(report: IngestReport) -> None:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2), show_header=False)
    for name, value in _rows(report):
        table.add_row(name, str(value))
    console().print(table)


def _rows(report: IngestReport) -> Iterator[tuple[str, object]]:
    for name, count in asdict(report.documents).items():
        yield f"documents {name}", count
    nodes, work = report.graph.nodes, report.work
    yield "sections", nodes.get("Section", 0)
    yield "entities", sum(count for label, count in nodes.items() if label in ENTITY_LABELS)
    yield "relationships", sum(report.graph.relationships.values())
    yield "vector points", report.vector.points
    yield "texts encoded", report.chunks.embedded
    yield "vectors reused", report.chunks.reused
    yield "graph rows written", work.nodes_written + work.edges_written
    yield "graph rows deleted", work.nodes_deleted + work.edges_deleted
    yield "points written", work.points_upserted
    yield "points deleted", work.points_deleted
    yield "repairs", sum(report.repairs.values())
    yield "drift", f"{report.drift_pct} %"
    yield "CPU seconds", ", ".join(f"{stage.lower()} {t.cpu / 1000:.1f}" for stage, t in report.timings_ms.items())
    yield "ready for queries", "yes" if report.ready_for_queries else f"no: {report.ready_reason}"


def _show_warnings(report: IngestReport) -> None:
    for warning in report.warnings[:MAX_LISTED]:
        about = f"{warning.source_uri}: " if warning.source_uri else ""
        console().print(f"warning: {about}{warning.warning}", markup=False)


def _notes(report: IngestReport) -> Iterator[str]:
    """Notes about work for the next ingest: an unfinished switch, an incomplete replica store, postponed deletions."""
    yield from _vector_notes(report.vector)
    if report.waiting:
        yield f"{len(report.waiting)} documents failed, so deletions are postponed to the next ingest"


def _vector_notes(vector: VectorTotals) -> Iterator[str]:
    if switch := vector.switch:
        first = ", ".join(switch.first[:MAX_LISTED])
        yield (
            f"note: searches still use {vector.embedding_version}: {switch.to} is being filled "
            f"and waits for {switch.waits_for} documents ({first})"
        )
    for replica in vector.mirrors:
        if replica.is_behind:
            counts = f"{replica.missing} points are missing, {replica.stale} are stale, {replica.foreign} have no chunk in the graph"
            problem = replica.problem or counts
            yield f"warning: the replica store {replica.store} is behind: {problem}; the next ingest repairs it"
