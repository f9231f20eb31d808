"""Reports as Markdown: the verdict first, then what was done, what is wrong, and the time it took."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from wekadocs_assets.core.checks.query_results import DerivedQueries, Evidence
from wekadocs_assets.core.reports.model import (
    DocumentReport,
    DocumentWork,
    IngestReport,
    ReplicaState,
    StageTime,
    SwitchState,
)

MAX_ROWS = 50


def ingest_markdown(report: IngestReport) -> str:
    """The Markdown of an ingest report."""
    tags = ", ".join(collection.tag for collection in report.collections) or "nothing"
    parts = [
        f"# Ingest of {tags}",
        _verdict(report),
        f"`{report.ingest_id}`, {report.started_utc} to {report.timestamp_utc}",
        _table("Documents", ("outcome", "documents"), asdict(report.documents).items()),
        _table("Work", ("what", "count"), _work(report.work)),
        _table("Found wrong before, and repaired", ("what",), ([finding] for finding in report.findings)),
        _store_tables(report),
        _queries(report),
        _table("Time", ("stage", "wall s", "CPU s"), _seconds(report.timings_ms)),
        _problems(report),
        _table("Repairs made while parsing", ("repair", "times"), report.repairs.items()),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def document_markdown(report: DocumentReport) -> str:
    """The Markdown of one document's report."""
    doc = report.doc
    errors = ([error.stage, error.error, error.hint] for error in report.errors)
    parts = [
        f"# {doc.title or doc.source_uri}",
        f"`{doc.source_uri}` in collection `{report.tag}`, job `{report.job_id}`",
        _table("Sections", ("change", "sections"), asdict(report.diff).items()),
        _table("Added", ("what", "count"), [*asdict(report.graph).items(), ("points", report.vector.points)]),
        _table("Work", ("what", "count"), _work(report.work)),
        _table("Time", ("stage", "ms"), report.timings_ms.items()),
        _table("Errors", ("stage", "error", "what to do"), errors),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _verdict(report: IngestReport) -> str:
    errors = len(report.errors)
    state = "All documents are up to date." if not errors else f"**{errors} documents failed** (listed below)."
    ready = "yes" if report.ready_for_queries else "**no**"
    reason = f" ({report.ready_reason})" if report.ready_reason else ""
    return f"{state} Drift between graph and vectors: {report.drift_pct} %. Ready for queries: {ready}{reason}."


def _store_tables(report: IngestReport) -> str:
    graph, vector = report.graph, report.vector
    nodes = [(label, count) for label, count in sorted(graph.nodes.items()) if count]
    relationships = [(kind, count) for kind, count in sorted(graph.relationships.items()) if count]
    replica_columns = ("store", "points", "missing", "stale", "foreign", "problem")
    text = [
        _table("Nodes in the graph", ("label", "count"), nodes),
        _table("Relationships in the graph", ("type", "count"), relationships),
        _table("Links between pages", ("result", "count"), graph.links.items()),
        f"## Vectors\n\n{vector.points} points for {vector.chunks} chunks in `{vector.sot}`,"
        f" version `{vector.embedding_version}`; {report.chunks.embedded} texts encoded,"
        f" {report.chunks.reused} vectors reused.",
        _switch(vector.switch),
        _table("Replica stores", replica_columns, map(_replica, vector.mirrors)),
    ]
    return "\n\n".join(part for part in text if part)


def _queries(report: IngestReport) -> str:
    derived = report.derived_queries
    asked = ([s.tag, s.q, s.confidence, *_first(s.evidence)] for s in report.sample_queries)
    missed = ([d.tag, q.q, q.confidence] for d in derived for q in d.questions if not q.found)
    figures = ("tag", "asked", "found", "skipped", "confidence")
    text = [
        _table("Sample queries", ("collection", "query", "confidence", "found in", "evidence"), asked),
        _table("Derived queries", figures, map(_derived, derived)),
        _table("Derived queries that did not find their section", ("collection", "query", "confidence"), missed),
        _table("Orphaned entities", ("kind", "count"), report.graph.orphans.items()),
        _table("Documents without a section", ("document",), ([uri] for uri in report.graph.empty_documents)),
    ]
    return "\n\n".join(part for part in text if part)


def _derived(queries: DerivedQueries) -> Sequence[object]:
    return [queries.tag, queries.asked, queries.found, queries.skipped, queries.confidence]


def _first(evidence: Sequence[Evidence]) -> tuple[str, str]:
    return (evidence[0].path, evidence[0].quote) if evidence else ("**nothing**", "")


def _switch(switch: SwitchState | None) -> str:
    if not switch:
        return ""
    return (
        f"Version `{switch.to}` is being filled; searches use the old one until {switch.waits_for} more documents are"
        f" embedded: {', '.join(switch.first)}"
    )


def _replica(replica: ReplicaState) -> Sequence[object]:
    return [replica.store, replica.points, replica.missing, replica.stale, replica.foreign, replica.problem]


def _work(work: DocumentWork) -> list[Sequence[object]]:
    """The counts that are not 0."""
    return [(name.replace("_", " "), count) for name, count in asdict(work).items() if count]


def _problems(report: IngestReport) -> str:
    errors = ([e.source_uri, e.stage, e.error, e.hint] for e in report.errors)
    warnings = ([w.source_uri, w.warning] for w in report.warnings)
    waiting = "Deletions wait until these documents are up to date: " + ", ".join(report.waiting[:MAX_ROWS])
    parts = [
        _table("Errors", ("document", "stage", "error", "what to do"), errors),
        _table("Warnings", ("document", "warning"), warnings),
        waiting if report.waiting else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _seconds(timings: Mapping[str, StageTime]) -> Iterable[Sequence[str]]:
    return ([stage, f"{time.wall / 1000:.1f}", f"{time.cpu / 1000:.1f}"] for stage, time in timings.items())


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    body = [list(row) for row in rows]
    if not body:
        return ""
    lines = [f"## {title}", "", _line(columns), _line(["---"] * len(columns)), *map(_line, body[:MAX_ROWS])]
    if len(body) > MAX_ROWS:
        lines.append(f"\n… and {len(body) - MAX_ROWS} more; the JSON report has them all.")
    return "\n".join(lines)


def _line(cells: Sequence[object]) -> str:
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(value: object) -> str:
    return " ".join(str(value).replace("|", "\\|").split())
