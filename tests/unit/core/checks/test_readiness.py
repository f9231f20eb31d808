"""The verdict of an ingest: each reason against it, and what is none."""

from dataclasses import replace

import pytest

from wekadocs_assets.core.checks.query_results import DerivedQueries, QueryResults, SampleQuery
from wekadocs_assets.core.checks.readiness import readiness

NONE = QueryResults()
DERIVED = DerivedQueries(tag="docs", asked=20, found=20)
UNANSWERED = SampleQuery(tag="docs", q="how", confidence=0.0, evidence=())


def derived(**changes) -> QueryResults:
    return QueryResults(derived_queries=(replace(DERIVED, **changes),))


def test_an_index_with_points_and_nothing_against_it_is_ready():
    assert readiness(0.0, [], derived(), 1) == (True, "")


@pytest.mark.parametrize(
    ("drift", "missing", "results", "points", "reason"),
    [
        (0.0, [], NONE, 0, "the index is empty"),
        (0.6, [], NONE, 1, "drift is 0.6 %"),
        (0.0, ["bad.md"], NONE, 1, "bad.md"),
        (0.0, [], QueryResults(sample_queries=(UNANSWERED,)), 1, "how"),
        (0.0, [], derived(found=17), 1, "17 of 20"),
        (0.0, [], derived(problem="no model"), 1, "docs: no model"),
    ],
)
def test_each_reason_is_named(drift, missing, results, points, reason):
    ready, said = readiness(drift, missing, results, points)
    assert not ready and reason in said


def test_a_little_drift_and_few_questions_are_no_reason():
    assert readiness(0.5, [], derived(asked=9, found=0), 1) == (True, "")
