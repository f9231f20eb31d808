"""The reports of an ingest and of each document it worked on, as plain data; totals come from the stores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from wekadocs_assets.core import ids
from wekadocs_assets.core.checks.readiness import readiness
from wekadocs_assets.core.checks.trial import PATH_SIGN
from wekadocs_assets.core.checks.verify import Verification
from wekadocs_assets.core.jobs.states import AFTER_THE_ASSETS, STAGE_OF
from wekadocs_assets.core.planning.ingest import Ingest
from wekadocs_assets.core.planning.outcome import FAILED_OR_BLOCKED
from wekadocs_assets.core.planning.record import OutcomeRow, StageRecord, rows_by_document
from wekadocs_assets.core.planning.work_totals import work_of, work_of_document
from wekadocs_assets.core.recipe import GRAPH, PARSED, POINTS, IndexId

SCHEMA_VERSION = 1
MOST_LISTED = 20
ANSWERS = ("sample_queries", "derived_queries")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a report is made from. finished_at: seconds since the epoch.

    asked_by: digest of the settings that a verdict depends on; points_in_all: of every collection. unknown_tags: of sample
    queries whose collection is not there.
    served: the vectors that answer now; wanted: those that are to; waiting: documents that the switch waits for.
    """

    ingest: Ingest
    records: Sequence[StageRecord]
    verifications: Sequence[Verification]
    served: IndexId
    wanted: IndexId
    switch_waits_for: tuple[str, ...]
    finished_at: int
    progress_note: str = ""
    asked_by: str = ""
    points_in_all: int = 0
    unknown_tags: tuple[str, ...] = ()


def errors_of(facts: Facts) -> list[dict[str, str]]:
    """Every document that is not in as it stands: unreadable, failed (now or before) or blocked, each once."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for plan in facts.ingest.plans:
        for item in plan.unreadable:
            found[plan.tag, item.source_uri] = _error(plan.tag, item.source_uri, "scan", item.reason, item.hint)
    for check in facts.verifications:
        for entry in check.failures:
            failure = entry.failure
            found[check.tag, entry.source_uri] = _error(
                check.tag, entry.source_uri, failure.stage, failure.error, failure.hint
            )
    for record in facts.records:
        for row in record.rows:
            if row.status in FAILED_OR_BLOCKED:
                found.setdefault(
                    (row.tag, row.source_uri), _error(row.tag, row.source_uri, record.asset, row.error, row.hint)
                )
    return [found[key] for key in sorted(found)]


def documents_of(facts: Facts) -> dict[str, int]:
    """How many documents came to what end; ingested: worked on and now current."""
    table = rows_by_document(facts.records)
    statuses = [{row.status for row in rows.values()} for rows in table.values()]
    failed = sum("failed" in found for found in statuses)
    unreadable = sum(len(plan.unreadable) for plan in facts.ingest.plans)
    renamed = {d.document_id for plan in facts.ingest.plans for d in plan.documents if d.renamed_from}
    whole = [d for d, rows in table.items() if POINTS in rows and not _lost(rows.values())]
    return {
        "ingested": len([document for document in whole if document not in renamed]),
        "unchanged": facts.ingest.counts().get("unchanged", 0),
        "renamed": len([document for document in whole if document in renamed]),
        "deleted": sum(len(record.purged) for record in facts.records) - len(_old_names_purged(facts)),
        "failed": failed + unreadable,
        "blocked": sum("blocked" in found and "failed" not in found for found in statuses),
    }


def ingest_report(facts: Facts) -> dict:
    """Shape: core/schemas/ingest_report.schema.json."""
    report = _found(facts)
    served = {(check.tag, uri) for check in facts.verifications for uri in check.found}
    collections = [
        {**row, **_verdict(_part(report, check), served, facts)}
        for row, check in zip(report["collections"], facts.verifications, strict=True)
    ]
    return {**report, "collections": collections, **_verdict(report, served, facts)}


def _verdict(report: dict, served: Collection[tuple[str, str]], facts: Facts) -> dict:
    ready, reason = readiness(report, served, facts.points_in_all)
    return {"ready_for_queries": ready, "ready_reason": reason}


def _part(report: dict, check: Verification) -> dict:
    """What a verdict on one collection depends on."""
    rows = ("errors", *ANSWERS)
    return {"drift_pct": check.drift_pct, **{n: [row for row in report[n] if row["tag"] == check.tag] for n in rows}}


def answers_of(report: dict, tag: str) -> dict:
    """What a report says of a collection's questions."""
    return {name: [row for row in report[name] if row["tag"] == tag] for name in ANSWERS}


def _found(facts: Facts) -> dict:
    """Everything but the verdict."""
    errors, work = errors_of(facts), work_of(facts.records)
    union = sum(max(check.chunks, check.points) for check in facts.verifications)
    return {
        "schema_version": SCHEMA_VERSION,
        "ingest_id": facts.ingest.id,
        "timestamp_utc": utc(facts.finished_at),
        "started_utc": utc(facts.ingest.started_at),
        "collections": [
            {"tag": p.tag, "root": p.root, "partial": p.partial, "plan": p.counts()} for p in facts.ingest.plans
        ],
        "documents": documents_of(facts),
        "chunks": {"embedded": work["chunks_embedded"], "reused": work["chunks_reused"]},
        "work": work,
        "graph": {
            "documents": sum(check.documents for check in facts.verifications),
            "nodes": _added(check.nodes for check in facts.verifications),
            "relationships": _added(check.relationships for check in facts.verifications),
            "links": _added(record.links for record in facts.records),
            "orphans": _added(check.orphans for check in facts.verifications),
            "empty_documents": [uri for check in facts.verifications for uri in check.empty][:MOST_LISTED],
        },
        "vector": {
            "sot": facts.served.store,
            "points": sum(check.points for check in facts.verifications),
            "chunks": sum(check.chunks for check in facts.verifications),
            "missing": sum(check.missing_points for check in facts.verifications),
            "stale": sum(check.stale_points for check in facts.verifications),
            "foreign": sum(check.foreign_points for check in facts.verifications),
            "differing": [uri for check in facts.verifications for uri in check.differing][:MOST_LISTED],
            "embedding_version": facts.served.embedding_version,
            "switch": _switch(facts),
            "mirrors": _mirrors(facts.verifications),
        },
        "drift_pct": round(sum(c.drift_pct * max(c.chunks, c.points) for c in facts.verifications) / max(union, 1), 4),
        "findings": facts.ingest.findings,
        "repairs": _repairs(facts.records),
        "warnings": [*_warnings(facts.records), *map(_unasked, facts.unknown_tags)],
        "errors": errors,
        "waiting": sorted({uri for record in facts.records for uri in record.waiting}),
        **{
            name: [row for check in facts.verifications for row in (check.answers or {}).get(name, ())]
            for name in ANSWERS
        },
        "timings_ms": timings_of(facts.records),
        "progress": facts.progress_note,
        "asked_by": facts.asked_by,
    }


def document_reports(facts: Facts) -> Iterable[tuple[str, dict]]:
    """(job_id, report) of every document that was worked on; shape: core/schemas/document_report.schema.json."""
    checks = {check.tag: check for check in facts.verifications}
    for rows in rows_by_document(facts.records).values():
        yield _document_report(facts, rows, checks)


def _document_report(facts: Facts, rows: dict[str, OutcomeRow], checks: Mapping[str, Verification]) -> tuple[str, dict]:
    first = next(iter(rows.values()))
    parsed, graph, points = (rows[asset].facts if asset in rows else {} for asset in (PARSED, GRAPH, POINTS))
    job = ids.job_id(first.tag, first.source_uri, first.checksum)
    check = checks.get(first.tag)
    changes = ("added", "modified", "removed", "unchanged")
    sections = {change: int(graph.get(f"sections_{change}", 0)) for change in changes}
    return job, {
        "schema_version": SCHEMA_VERSION,
        "job_id": job,
        "ingest_id": facts.ingest.id,
        "tag": first.tag,
        "timestamp_utc": utc(facts.finished_at),
        "doc": {
            "source_uri": first.source_uri,
            "checksum": first.checksum,
            "title": str(parsed.get("title", "")),
            "sections": int(parsed.get("sections", 0)) or sum(sections.values()) - sections["removed"],
        },
        "graph": {
            "nodes_added": int(graph.get("nodes_added", 0)),
            "rels_added": int(graph.get("rels_added", 0)),
            "sections_total": sum(sections.values()) - sections["removed"],
        },
        "vector": {
            "sot": facts.served.store,
            "points": int(points.get("points", 0)),
            "embedding_version": facts.served.embedding_version,
        },
        "diff": sections,
        "work": work_of_document(rows),
        "drift_pct": check.drift_pct if check else 0.0,
        "sample_queries": _answered_by(first.source_uri, check),
        "timings_ms": {STAGE_OF[asset]: row.ms for asset, row in rows.items()},
        "memoized": [asset for asset, row in rows.items() if row.status == "fresh"],
        "ready_for_queries": bool(check and first.source_uri in check.found),
        "errors": [
            _error(r.tag, r.source_uri, a, r.error, r.hint) for a, r in rows.items() if r.status in FAILED_OR_BLOCKED
        ],
    }


def _answered_by(source_uri: str, check: Verification | None) -> list[dict]:
    """Sample queries whose evidence stands in the document."""
    samples = (check.answers or {}).get("sample_queries", ()) if check else ()
    return [s for s in samples if any(e["path"].split(PATH_SIGN)[0] == source_uri for e in s["evidence"])]


def _switch(facts: Facts) -> dict | None:
    """None unless another embedding_version is being filled and the old one still answers."""
    if not facts.switch_waits_for:
        return None
    waiting = facts.switch_waits_for
    return {"to": facts.wanted.embedding_version, "waits_for": len(waiting), "first": list(waiting[:MOST_LISTED])}


def _mirrors(verifications: Sequence[Verification]) -> list[dict]:
    """Further vector stores, each once, added up over the collections."""
    mirrors: dict[str, dict] = {}
    for found in (mirror for check in verifications for mirror in check.mirrors):
        known = mirrors.setdefault(
            found.store, {"store": found.store, "points": 0, "missing": 0, "stale": 0, "foreign": 0, "problem": ""}
        )
        for name in ("points", "missing", "stale", "foreign"):
            known[name] += getattr(found, name)
        known["problem"] = known["problem"] or found.problem
    return list(mirrors.values())


def timings_of(records: Sequence[StageRecord]) -> dict[str, dict[str, int]]:
    """Wall and CPU milliseconds by stage, over all parts; those of the clean-up count as POSTCHECKS."""
    timings: dict[str, dict[str, int]] = {}
    for record in records:
        stage = timings.setdefault(STAGE_OF.get(record.asset, AFTER_THE_ASSETS[0]), {"wall": 0, "cpu": 0})
        stage["wall"] += record.wall_ms
        stage["cpu"] += record.cpu_ms
    return timings


def utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _error(tag: str, source_uri: str, stage: str, error: str, hint: str) -> dict[str, str]:
    return {"tag": tag, "source_uri": source_uri, "stage": stage, "error": error, "hint": hint}


def _lost(rows: Iterable[OutcomeRow]) -> bool:
    return any(row.status in FAILED_OR_BLOCKED for row in rows)


def _old_names_purged(facts: Facts) -> list[str]:
    old = {d.renamed_from for plan in facts.ingest.plans for d in plan.documents if d.renamed_from}
    return [uri for record in facts.records for uri in record.purged if uri in old]


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return dict(total)


def _unasked(tag: str) -> dict[str, str]:
    warning = f"there is no collection '{tag}', so its SAMPLE_QUERIES were not asked"
    return {"tag": tag, "source_uri": "", "warning": warning}


def _repairs(records: Sequence[StageRecord]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for record in records:
        for row in record.rows:
            total.update(
                {k.removeprefix("repaired: "): int(n) for k, n in row.facts.items() if k.startswith("repaired: ")}
            )
    return dict(sorted(total.items()))


def _warnings(records: Sequence[StageRecord]) -> list[dict[str, str]]:
    return [
        {"tag": row.tag, "source_uri": row.source_uri, "warning": str(row.facts["warning"])}
        for record in records
        for row in record.rows
        if row.facts.get("warning")
    ]
