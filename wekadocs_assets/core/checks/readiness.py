"""Decides whether the index is ready for queries, and if not, why: one rule for an ingest and for each of its collections."""

from __future__ import annotations

from collections.abc import Sequence

from wekadocs_assets.core.checks.query_results import DerivedQueries, QueryResults

MAX_DRIFT_PCT = 0.5
"""Percent. More drift is an error: searches would not return what the documents say."""
MIN_FOUND_SHARE = 0.9
"""Share of the derived queries that must find their own section among the first five results."""
MIN_JUDGED = 10
"""Derived queries. Fewer are counted, but not judged."""


def readiness(drift_pct: float, missing: Sequence[str], results: QueryResults, points: int) -> tuple[bool, str]:
    """(ready, all reasons against it in one line).

    missing: source URIs of failed documents of which no version can be searched. points: of the whole index, so that a
    collection without documents does not make the other collections unready.
    """
    unanswered = [sample.q for sample in results.sample_queries if not sample.evidence]
    reasons = [
        "" if points else "the index is empty",
        f"drift is {drift_pct} %" if drift_pct > MAX_DRIFT_PCT else "",
        f"{len(missing)} documents are missing, first {missing[0]}" if missing else "",
        f"{len(unanswered)} sample queries have no evidence, first: {unanswered[0]}" if unanswered else "",
        *map(derived_problem, results.derived_queries),
    ]
    return not any(reasons), "; ".join(filter(None, reasons))


def derived_problem(derived: DerivedQueries) -> str:
    """Why too few derived queries of a collection find their section; '' when enough do or too few were asked."""
    if derived.problem:
        return f"{derived.tag}: {derived.problem}"
    if derived.asked < MIN_JUDGED or derived.found >= MIN_FOUND_SHARE * derived.asked:
        return ""
    return f"{derived.tag}: only {derived.found} of {derived.asked} derived queries find their section"
