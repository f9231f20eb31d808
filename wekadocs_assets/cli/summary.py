"""The words of `ingestctl ingest`: the plan before, the table after, and the exit code that follows from the report."""

from __future__ import annotations

from collections.abc import Iterator

from wekadocs_assets.cli.output import console, data
from wekadocs_assets.core.checks.readiness import MOST_DRIFT_PCT
from wekadocs_assets.core.models import KINDS
from wekadocs_assets.core.planning.ingest import Ingest
from wekadocs_assets.core.planning.work import no_work

MOST_LISTED = 20
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


def show_result(report: dict, place: str, run_ids: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        data(result_event(report, place, run_ids))
        return
    _table(report)
    for error in report["errors"][:MOST_LISTED]:
        hint = f" ({error['hint']})" if error["hint"] else ""
        console().print(f"error: {error['source_uri']}: {error['stage']}: {error['error']}{hint}", markup=False)
    if len(report["errors"]) > MOST_LISTED:
        console().print(f"… and {len(report['errors']) - MOST_LISTED} more errors in the report", markup=False)
    for warning in report["warnings"][:MOST_LISTED]:
        about = f"{warning['source_uri']}: " if warning["source_uri"] else ""
        console().print(f"warning: {about}{warning['warning']}", markup=False)
    if (report["drift_pct"] or 0) > MOST_DRIFT_PCT:
        console().print(f"error: graph and vectors differ by {report['drift_pct']} %", markup=False)
    for line in _about_vectors(report["vector"]) if report["vector"] else ():
        console().print(line, markup=False)
    if report["waiting"]:
        console().print(
            f"deletions wait for {len(report['waiting'])} documents; the next ingest does them", markup=False
        )
    console().print(f"Report: {place.removesuffix('.json')}.md (and .json)", markup=False)


def _about_vectors(vector: dict) -> Iterator[str]:
    """What is not as it will be: a switch of models that goes on, a further store that is behind."""
    if switch := vector["switch"]:
        first = ", ".join(switch["first"][:MOST_LISTED])
        yield (
            f"note: {vector['embedding_version']} still answers: {switch['to']} is being filled "
            f"and waits for {switch['waits_for']} documents ({first})"
        )
    for mirror in vector["mirrors"]:
        counted = f"{mirror['missing']} points are missing there, {mirror['stale']} stale, {mirror['foreign']} foreign"
        behind = mirror["problem"] or counted
        if mirror["problem"] or mirror["missing"] or mirror["stale"] or mirror["foreign"]:
            yield f"warning: the second vector store, {mirror['store']}, is behind: {behind}; the next ingest makes it up"


def result_event(report: dict, place: str, run_ids: tuple[str, ...]) -> dict:
    return {
        "event": "result",
        "ingest_id": report["ingest_id"],
        "run_ids": list(run_ids),
        "documents": report["documents"],
        "chunks": report["chunks"],
        "work": report["work"],
        "drift_pct": report["drift_pct"],
        "report": place,
        "ready_for_queries": report["ready_for_queries"],
        "ready_reason": report["ready_reason"],
        "errors": [{key: e[key] for key in ("source_uri", "stage", "error", "hint")} for e in report["errors"]],
        "timings_ms": report["timings_ms"],
    }


def show_crash(ingest: Ingest, run_ids: tuple[str, ...], stage: str, error: str, hint: str) -> None:
    """The result of an ingest that broke off: no report was written, nothing is claimed to be done."""
    errors = [{"source_uri": "", "stage": stage, "error": error, "hint": hint}]
    data(result_event({**repeated_report(ingest, []), "errors": errors}, "", run_ids))


def repeated_report(ingest: Ingest, last: list[dict]) -> dict:
    """The result of an ingest that had nothing to do: it repeats the verdict of the last finished one of each collection."""
    nothing = {"ingested": 0, "unchanged": 0, "renamed": 0, "deleted": 0, "failed": 0, "blocked": 0}
    return {
        "ingest_id": ingest.id,
        "documents": {**nothing, "unchanged": ingest.counts().get("unchanged", 0)},
        "chunks": {"embedded": 0, "reused": 0},
        "work": no_work(),
        "drift_pct": max((report["drift_pct"] for report in last if report), default=None),
        "ready_for_queries": _all_ready(last),
        "ready_reason": "",
        "errors": [],
        "warnings": [],
        "waiting": [],
        "timings_ms": {},
        "graph": None,
        "vector": None,
    }


def _all_ready(last: list[dict]) -> bool | None:
    """Only what holds still is repeated; None where a collection's report is gone."""
    return True if last and all(last) else None


def exit_code(report: dict) -> int:
    """1 when a document or the agreement of the stores is not as it should be."""
    drifted = (report["drift_pct"] or 0) > MOST_DRIFT_PCT
    return 1 if report["errors"] or drifted or report["ready_for_queries"] is False else 0


def _table(report: dict) -> None:
    from rich.table import Table

    if report["graph"] is None:
        console().print(f"Nothing to do: {report['documents']['unchanged']} documents are as they were.", markup=False)
        return
    table = Table(box=None, padding=(0, 2), show_header=False)
    for name, count in report["documents"].items():
        table.add_row(f"documents {name}", str(count))
    nodes, work = report["graph"]["nodes"], report["work"]
    for name, count in (
        ("sections", nodes.get("Section", 0)),
        ("entities", sum(n for label, n in nodes.items() if label in ENTITY_LABELS)),
        ("relationships", sum(report["graph"]["relationships"].values())),
        ("vector points", report["vector"]["points"]),
        ("texts encoded", report["chunks"]["embedded"]),
        ("vectors reused", report["chunks"]["reused"]),
        ("graph rows written", work["nodes_written"] + work["edges_written"]),
        ("graph rows deleted", work["nodes_deleted"] + work["edges_deleted"]),
        ("points written", work["points_upserted"]),
        ("points deleted", work["points_deleted"]),
        ("repairs", sum(report["repairs"].values())),
    ):
        table.add_row(name, str(count))
    table.add_row("drift", f"{report['drift_pct']} %")
    cpu = ", ".join(f"{stage.lower()} {t['cpu'] / 1000:.1f}" for stage, t in report["timings_ms"].items())
    table.add_row("CPU seconds", cpu)
    table.add_row("ready for queries", "yes" if report["ready_for_queries"] else f"no: {report['ready_reason']}")
    console().print(table)
