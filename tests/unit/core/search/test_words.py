"""Words: what counts as one, which forms belong together, and what says nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from wekadocs_assets.adapters.embedding.bm25 import sparse_query
from wekadocs_assets.core.search.words import content_words, drop_stop_words, stem, words_of


@pytest.mark.parametrize(
    ("forms", "stemmed"),
    [(("mount", "mounts", "Mounted", "MOUNTING"), "mount"), (("policies", "policy"), "polici"), (("NFSv4",), "nfsv4")],
)
def test_forms_of_a_word_have_one_stem(forms: tuple[str, ...], stemmed: str) -> None:
    assert {stem(form) for form in forms} == {stemmed}


def test_words_of_other_scripts_stay_as_they_are() -> None:
    assert [word.stem for word in words_of("Größe 東京 naïve")] == ["grösse", "東京", "naïve"]


def test_a_word_says_where_it_stands() -> None:
    text = "Run `weka fs`!"
    assert [text[word.start : word.end] for word in words_of(text)] == ["Run", "weka", "fs"]


def test_what_every_question_has_is_no_content() -> None:
    assert content_words("How do I mount the Mounts of a cluster?") == {"mount": "mount", "cluster": "cluster"}
    assert content_words("how can I do it?") == {} == content_words("???")


LEFT_OUT = "between both against during above below doesn didn isn wasn won myself o y the a is"
"""By bm25, of which the engine keeps the list to itself: some of each kind."""


@pytest.mark.parametrize("word", LEFT_OUT.split())
def test_what_bm25_leaves_out_weighs_nothing(word: str) -> None:
    assert not len(sparse_query(word).indices) and content_words(word.title()) == {}


def test_what_is_searched_for_is_asked_as_it_is_written() -> None:
    assert drop_stop_words("How do I set `use_cache`, between two mounts?") == "set `use_cache`, two mounts?"


def test_threads_stem_alike() -> None:
    words = [
        f"{base}{end}" for base in ("mount", "cluster", "snapshot", "policy") for end in ("", "s", "ing", "ed")
    ] * 200
    stem.cache_clear()
    alone = [stem.__wrapped__(word) for word in words]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(stem.__wrapped__, words)) == alone
