"""Fingerprints: what each depends on, which results count as current, and how a result is marked as stale."""

from dataclasses import replace

import pytest
from handmade_plans import entry

from wekadocs_assets.core import recipe as module
from wekadocs_assets.core.models import Vocabulary
from wekadocs_assets.core.recipe import (
    EMBEDDED,
    EXTRACTED,
    PARSED,
    IndexId,
    Recipe,
    has_points,
    is_of_another_store,
    mark_stale,
    vocabulary_digest,
)

INDEX, REPLICA = IndexId("edge", "model.c128", "points-1"), IndexId("neo4j", "model.c128", "points-2", True)
RECIPE = Recipe("words", "artifacts-1", (INDEX, REPLICA))


def current(uri: str = "a.md", recipe: Recipe = RECIPE):
    return entry(
        uri,
        checksum="c",
        parse_fingerprint=recipe.parse(uri, "c"),
        parse_output="p",
        extract_fingerprint=recipe.extract("p"),
        extract_output="e",
        graph_fingerprint=recipe.graph("p", "e"),
        vector_fingerprints={index.name: recipe.points(index, "p") for index in recipe.indexes},
    )


def test_a_document_is_current_when_every_fingerprint_is():
    assert RECIPE.is_current(current(), "c")
    assert not RECIPE.is_current(current(), "other bytes")
    for field in ("parse_fingerprint", "extract_fingerprint", "graph_fingerprint"):
        assert not RECIPE.is_current(replace(current(), **{field: "old"}), "c"), field


def test_a_replica_store_counts_only_when_it_is_asked_for():
    behind = replace(current(), vector_fingerprints={INDEX.name: RECIPE.points(INDEX, "p")})
    assert RECIPE.is_current(behind, "c", replicas=False)
    assert not RECIPE.is_current(behind, "c")


@pytest.mark.parametrize("asset", [PARSED, EXTRACTED, EMBEDDED])
def test_another_code_version_changes_the_fingerprint_of_its_asset_and_the_digest(monkeypatch, asset):
    def fingerprints() -> dict[str, str]:
        return {
            PARSED: RECIPE.parse("a.md", "c"),
            EXTRACTED: RECIPE.extract("p"),
            EMBEDDED: RECIPE.embed("model.c128", "p"),
        }

    before, digest = fingerprints(), RECIPE.digest
    monkeypatch.setitem(module.CODE_VERSIONS, asset, "next")
    assert {name for name, value in fingerprints().items() if value != before[name]} == {asset}
    assert RECIPE.digest != digest


def test_another_vocabulary_touches_the_extraction_and_no_vector():
    other = replace(RECIPE, vocabulary="other words")
    assert other.extract("p") != RECIPE.extract("p") and other.digest != RECIPE.digest
    assert other.parse("a.md", "c") == RECIPE.parse("a.md", "c") and other.points(INDEX, "p") == RECIPE.points(
        INDEX, "p"
    )
    assert vocabulary_digest(Vocabulary(frozenset({"a", "b"}), frozenset({"c"}))) != vocabulary_digest(
        Vocabulary(frozenset({"a"}), frozenset({"b", "c"}))
    )


def test_a_fingerprint_shows_the_store_that_it_was_written_to():
    assert RECIPE.parse("a.md", "c").startswith("artifacts-1:") and RECIPE.points(INDEX, "p").startswith("points-1:")
    assert is_of_another_store("points-0:abc", "points-1") and not is_of_another_store("points-1:abc", "points-1")
    assert not is_of_another_store("", "points-1") and not is_of_another_store("points-0:abc", "")


def test_a_stale_fingerprint_is_current_for_nothing_and_still_names_its_store():
    stale = replace(current(), vector_fingerprints=mark_stale(current().vector_fingerprints))
    assert not RECIPE.holds(INDEX, stale) and has_points(INDEX, stale)
    assert mark_stale(stale.vector_fingerprints) == stale.vector_fingerprints


def test_points_of_a_wiped_index_are_not_counted():
    assert has_points(INDEX, current()) and not has_points(replace(INDEX, store_id="points-9"), current())
    assert has_points(replace(INDEX, store_id=""), current()) and not has_points(INDEX, entry("a.md"))
