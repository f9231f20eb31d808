"""Rules that every vector store follows: the order of hits, filters, batches of ids."""

from wekadocs_assets.core.errors import StoreBusy
from wekadocs_assets.core.ports.vector_rules import (
    filter_batches,
    missing_version_error,
    payload_filter,
    rank_hits,
    versions_of_model,
)
from wekadocs_assets.core.ports.vectors import Hit, Within


def test_versions_are_those_of_the_model_and_of_no_longer_name():
    assert versions_of_model(["hash-64.c128-r1", "hash-640.c128-r1", "hash-64.c64-r1"], "hash-64") == [
        "hash-64.c128-r1",
        "hash-64.c64-r1",
    ]


def test_hits_are_sorted_by_score_and_then_by_chunk():
    scored = [({"chunk_id": name, "section_id": "s"}, score) for name, score in (("b", 1.0), ("a", 1.0), ("c", 2.0))]
    assert rank_hits(scored) == [Hit("c", "s", 2.0), Hit("a", "s", 1.0), Hit("b", "s", 1.0)]


def test_only_what_is_restricted_is_in_a_filter():
    assert payload_filter(Within()) == {}
    assert payload_filter(Within(tag="docs", section_ids=())) == {"tag": ["docs"], "section_id": []}
    assert payload_filter(Within(document_ids=("d",))) == {"document_id": ["d"]}


def test_ids_come_in_batches_each_once_and_no_ids_are_no_request():
    assert list(filter_batches(["a", "b", "a", "c"], None, 2)) == [{"document_id": ["a", "b"]}, {"document_id": ["c"]}]
    assert list(filter_batches(["a"], ["s"], 2)) == [{"section_id": ["s"]}]
    assert list(filter_batches(None, None, 2)) == [{}] and list(filter_batches([], None, 2)) == []


def test_a_missing_version_is_no_fault_of_a_document():
    error = missing_version_error("v", "the store")
    assert isinstance(error, StoreBusy) and "no vectors of v in the store" in error.message and error.hint
