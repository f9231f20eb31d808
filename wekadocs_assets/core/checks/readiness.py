"""Decides whether the index is ready for queries, and lists the reasons if it is not.

The same rule applies to a whole ingest and to each of its collections. Add a new condition here.
"""

from __future__ import annotations

from collections.abc import Sequence

from wekadocs_assets.core.checks.query_results import DerivedQueries, QueryResults

MAX_DRIFT_PCT = 0.5
"""Maximum drift in percent. With more drift, searches would return stale results or miss documents."""
MIN_FOUND_SHARE = 0.9
"""Minimum share of the derived queries that find their own section among the first five results."""
MIN_JUDGED = 10
"""Minimum number of derived queries for a judgement. Fewer are counted only."""


def readiness(drift_pct: float, missing: Sequence[str], results: QueryResults, points: int) -> tuple[bool, str]:
    """Returns (ready, reasons): the reasons why the index is not ready, joined in one line, '' if it is ready.

    missing: source URIs of failed documents of which no version can be searched. points: number of points in the whole
    index, so that a collection without documents does not make the other collections unready.
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
    """The reason why the derived queries of a collection fail; '' if enough find their section or too few were run."""
    if derived.problem:
        return f"{derived.tag}: {derived.problem}"
    if derived.asked < MIN_JUDGED or derived.found >= MIN_FOUND_SHARE * derived.asked:
        return ""
    return f"{derived.tag}: only {derived.found} of {derived.asked} derived queries find their section"
