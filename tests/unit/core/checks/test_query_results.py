"""Results of several collections, and those of one of them."""

from wekadocs_assets.core.checks.query_results import DerivedQueries, QueryResults, SampleQuery


def test_the_results_of_a_collection_are_those_with_its_tag():
    docs, faq = (SampleQuery(tag=tag, q="how", confidence=0.5, evidence=()) for tag in ("docs", "faq"))
    results = QueryResults((docs, faq), (DerivedQueries(tag="faq", asked=2), DerivedQueries(tag="docs", asked=1)))
    assert results.of("docs") == QueryResults((docs,), (DerivedQueries(tag="docs", asked=1),))
    assert results.of("absent") == QueryResults()
