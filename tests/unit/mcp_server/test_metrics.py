"""Metrics of the MCP server: what is told of collections that went, and of stores that do not answer."""

import math

from wekadocs_assets.mcp_server.http import why_not_ready
from wekadocs_assets.mcp_server.metrics import Metrics
from wekadocs_assets.mcp_server.models import CollectionStatus, IndexStatus

NOW = 1_800_000_000.0
LAST = "2027-01-15T07:59:00Z"  # a minute before


def status(*tags: str, **more) -> IndexStatus:
    known = [CollectionStatus(tag=tag, documents=3, points=9) for tag in tags]
    return IndexStatus(embedding_version="v1", documents=3, points=9, collections=known, **more)


def figures(metrics: Metrics, found: IndexStatus | None) -> dict[str, float]:
    lines = [line for line in metrics.page(found).decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_a_collection_that_went_away_is_told_no_more():
    metrics = Metrics(lambda: NOW)
    assert figures(metrics, status("a", "b"))['wekadocs_points{collection="b"}'] == 9
    assert 'wekadocs_points{collection="b"}' not in figures(metrics, status("a"))


def test_when_the_stores_do_not_answer_the_last_figures_stay_and_say_so():
    metrics = Metrics(lambda: NOW)
    figures(metrics, status("a"))
    told = figures(metrics, None)
    assert told["wekadocs_index_up"] == 0 and told['wekadocs_documents{collection="a"}'] == 3


def test_without_a_report_its_age_and_verdict_are_unknown():
    told = figures(Metrics(lambda: NOW), status("a"))
    assert math.isnan(told["wekadocs_seconds_since_last_ingest"]) and math.isnan(told["wekadocs_ready_for_queries"])
    told = figures(Metrics(lambda: NOW), status("a", last_ingest_utc=LAST, ready_for_queries=False))
    assert told["wekadocs_seconds_since_last_ingest"] == 60 and told["wekadocs_ready_for_queries"] == 0


def test_a_label_of_a_strange_tag_is_escaped():
    assert 'wekadocs_points{collection="a\\"b\\\\c"}' in figures(Metrics(lambda: NOW), status('a"b\\c'))


def test_ready_needs_documents_points_and_a_served_version():
    assert why_not_ready(status("a")) == ""
    assert "empty" in why_not_ready(IndexStatus(embedding_version="", documents=0, points=0, collections=[]))
    assert "empty" in why_not_ready(IndexStatus(embedding_version="v1", documents=0, points=0, collections=[]))
    assert "no vectors" in why_not_ready(IndexStatus(embedding_version="v1", documents=2, points=0, collections=[]))
    assert why_not_ready(None)
    assert "drift" in why_not_ready(status("a", ready_for_queries=False, ready_reason="drift is 3 %"))
