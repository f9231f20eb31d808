"""Reports as Markdown that one likes to read: the verdict first, then what was done, what is wrong, what it cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MOST_ROWS = 50
MIRROR = ("store", "points", "missing", "stale", "foreign", "problem")


def ingest_markdown(report: dict) -> str:
    """The Markdown of an ingest report."""
    tags = ", ".join(collection["tag"] for collection in report["collections"]) or "nothing"
    parts = [
        f"# Ingest of {tags}",
        _verdict(report),
        f"`{report['ingest_id']}`, {report['started_utc']} to {report['timestamp_utc']}",
        _table("Documents", ("outcome", "documents"), report["documents"].items()),
        _table("Work", ("what", "count"), _work(report["work"])),
        _table("Found amiss before, and made whole", ("what",), ([finding] for finding in report["findings"])),
        _store_tables(report),
        _answers(report),
        _table("Time", ("stage", "wall s", "CPU s"), _seconds(report["timings_ms"])),
        _problems(report),
        _table("Repairs made while parsing", ("repair", "times"), report["repairs"].items()),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def document_markdown(report: dict) -> str:
    """The Markdown of one document's report."""
    doc = report["doc"]
    parts = [
        f"# {doc['title'] or doc['source_uri']}",
        f"`{doc['source_uri']}` in collection `{report['tag']}`, job `{report['job_id']}`",
        _table("Sections", ("change", "sections"), report["diff"].items()),
        _table("Added", ("what", "count"), [*report["graph"].items(), ("points", report["vector"]["points"])]),
        _table("Work", ("what", "count"), _work(report["work"])),
        _table("Time", ("stage", "ms"), report["timings_ms"].items()),
        _table(
            "Errors", ("stage", "error", "what to do"), ([e["stage"], e["error"], e["hint"]] for e in report["errors"])
        ),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _verdict(report: dict) -> str:
    errors = len(report["errors"])
    state = "Everything is in." if not errors else f"**{errors} documents need attention** (listed below)."
    ready = {True: "yes", False: "**no**", None: "unknown"}[report["ready_for_queries"]]
    reason = f" ({report['ready_reason']})" if report["ready_reason"] else ""
    return f"{state} Drift between graph and vectors: {report['drift_pct']} %. Ready for queries: {ready}{reason}."


def _store_tables(report: dict) -> str:
    graph, vector = report["graph"], report["vector"]
    nodes = [(label, count) for label, count in sorted(graph["nodes"].items()) if count]
    relationships = [(kind, count) for kind, count in sorted(graph["relationships"].items()) if count]
    text = [
        _table("Nodes in the graph", ("label", "count"), nodes),
        _table("Relationships in the graph", ("type", "count"), relationships),
        _table("Links between pages", ("fate", "count"), graph["links"].items()),
        f"## Vectors\n\n{vector['points']} points for {vector['chunks']} chunks in `{vector['sot']}`,"
        f" version `{vector['embedding_version']}`; {report['chunks']['embedded']} texts encoded now,"
        f" {report['chunks']['reused']} vectors reused.",
        _switch(vector["switch"]),
        _table(
            "Further vector stores",
            MIRROR,
            map(_mirror, vector["mirrors"]),
        ),
    ]
    return "\n\n".join(part for part in text if part)


def _answers(report: dict) -> str:
    samples, derived = report["sample_queries"], report["derived_queries"]
    asked = ([s["tag"], s["q"], s["confidence"], *_first(s["evidence"])] for s in samples)
    figures = ("tag", "asked", "found", "skipped", "confidence")
    missed = ([d["tag"], q["q"], q["confidence"]] for d in derived for q in d["questions"] if not q["found"])
    empty = ([uri] for uri in report["graph"]["empty_documents"])
    text = [
        _table("Sample queries", ("collection", "query", "confidence", "found in", "evidence"), asked),
        _table("Questions from the text itself", figures, ([row[name] for name in figures] for row in derived)),
        _table("Those that did not find their section", ("collection", "question", "confidence"), missed),
        _table("Entities that nothing reaches", ("kind", "count"), report["graph"]["orphans"].items()),
        _table("Documents without a section", ("document",), empty),
    ]
    return "\n\n".join(part for part in text if part)


def _first(evidence: Sequence[dict]) -> tuple[str, str]:
    return (evidence[0]["path"], evidence[0]["quote"]) if evidence else ("**nothing**", "")


def _switch(switch: dict | None) -> str:
    if not switch:
        return ""
    waiting = ", ".join(switch["first"])
    return f"Version `{switch['to']}` is being filled; the old one answers until {switch['waits_for']} more documents are in: {waiting}"


def _mirror(mirror: dict) -> Sequence[object]:
    return [mirror[name] for name in MIRROR]


def _work(work: dict[str, int]) -> list[Sequence[object]]:
    """What was done; nothing at all is no table."""
    return [(name.replace("_", " "), count) for name, count in work.items() if count]


def _problems(report: dict) -> str:
    errors = ([e["source_uri"], e["stage"], e["error"], e["hint"]] for e in report["errors"])
    warnings = ([w["source_uri"], w["warning"]] for w in report["warnings"])
    waiting = "Deletions wait until these documents are in: " + ", ".join(report["waiting"][:MOST_ROWS])
    parts = [
        _table("Errors", ("document", "stage", "error", "what to do"), errors),
        _table("Warnings", ("document", "warning"), warnings),
        waiting if report["waiting"] else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _seconds(timings: dict) -> Iterable[Sequence[str]]:
    return ([stage, f"{t['wall'] / 1000:.1f}", f"{t['cpu'] / 1000:.1f}"] for stage, t in timings.items())


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    body = [list(row) for row in rows]
    if not body:
        return ""
    lines = [f"## {title}", "", _line(columns), _line(["---"] * len(columns)), *map(_line, body[:MOST_ROWS])]
    if len(body) > MOST_ROWS:
        lines.append(f"\n… and {len(body) - MOST_ROWS} more; the JSON report has them all.")
    return "\n".join(lines)


def _line(cells: Sequence[object]) -> str:
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(value: object) -> str:
    return " ".join(str(value).replace("|", "\\|").split())
