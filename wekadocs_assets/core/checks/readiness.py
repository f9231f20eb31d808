"""Whether the index may be asked, and if not, why: one rule over what an ingest's report says."""

from __future__ import annotations

from collections.abc import Collection

MOST_DRIFT_PCT = 0.5
"""More than this is an error: the index does not say what the documents say."""
FEWEST_FOUND = 0.9
"""Share of the derived questions whose own section must be among the first five."""
FEWEST_JUDGED = 10
"""Derived questions; fewer are counted, not judged."""


def readiness(report: dict, served: Collection[tuple[str, str]], points: int) -> tuple[bool, str]:
    """(ready, every reason why not in one line).

    served: (tag, source_uri) of documents with a version that is found. points: in the whole index, whatever the ingest was
    about: a collection that was emptied on purpose leaves the others as good as they were.
    """
    unserved = [e["source_uri"] for e in report["errors"] if (e["tag"], e["source_uri"]) not in served]
    unanswered = [sample["q"] for sample in report["sample_queries"] if not sample["evidence"]]
    reasons = [
        "" if points else "the index is empty",
        f"drift is {report['drift_pct']} %" if report["drift_pct"] > MOST_DRIFT_PCT else "",
        f"{len(unserved)} documents are not in at all, first {unserved[0]}" if unserved else "",
        f"{len(unanswered)} sample queries have no evidence, first: {unanswered[0]}" if unanswered else "",
        *map(lost, report["derived_queries"]),
    ]
    return not any(reasons), "; ".join(filter(None, reasons))


def lost(derived: dict) -> str:
    """Why a collection does not find its own sections, '' when it does or when too few were asked."""
    if derived["problem"]:
        return f"{derived['tag']}: {derived['problem']}"
    if derived["asked"] < FEWEST_JUDGED or derived["found"] >= FEWEST_FOUND * derived["asked"]:
        return ""
    return f"{derived['tag']}: of {derived['asked']} questions from its own text {derived['found']} find their section"
