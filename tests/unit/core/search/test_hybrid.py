"""The fused ranking: what meaning and words bring, ties by id, and nothing left to chance."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy
import pytest

from wekadocs_assets.core.ports.vectors import Hit
from wekadocs_assets.core.search.hybrid import WEIGHTS, rank, shortlist, without_cut_ties

QUESTION = numpy.asarray([1, 0, 0], dtype=numpy.float32)


def vector(cosine: float, side: float = 1.0) -> numpy.ndarray:
    """Of unit length, with this cosine to the question."""
    return numpy.asarray([cosine, side * (1 - cosine**2) ** 0.5, 0], dtype=numpy.float32)


def order(ranked) -> list[str]:
    return [one.section_id for one in ranked]


ALONE = {"a": [("a1", vector(0.8))], "b": [("b1", vector(0.6))], "c": [("c1", vector(0.7))]}


def test_without_words_the_nearest_is_first() -> None:
    ranked = rank(QUESTION, [], ALONE, 10.0)
    assert order(ranked) == ["a", "c", "b"] and ranked[0].score == pytest.approx(0.8, abs=1e-3)
    assert ranked[0].signals == pytest.approx({"cosine": 0.8, "with_section": 0.8, "words": 0}, abs=1e-3)


def test_words_count_by_the_square_of_what_is_attainable() -> None:
    ranked = rank(QUESTION, [Hit("b1", "b", 8.0)], ALONE, 10.0)
    assert order(ranked) == ["b", "a", "c"] and ranked[0].score == pytest.approx(0.6 + 0.64, abs=1e-3)
    assert order(rank(QUESTION, [Hit("b1", "b", 3.0)], ALONE, 10.0)) == ["a", "c", "b"], "a chance meeting of words"


def test_where_vectors_know_no_meaning_words_alone_count() -> None:
    words_alone = replace(WEIGHTS, meaning=0.0)
    assert order(rank(QUESTION, [Hit("b1", "b", 1.0)], ALONE, 10.0, words_alone))[0] == "b"


def test_a_section_counts_by_its_best_chunk_and_by_what_stands_around_it() -> None:
    sections = {
        "near": [("n1", vector(0.7)), ("n2", vector(0.69))],
        "apart": [("p1", vector(0.7)), ("p2", vector(-0.9))],
    }
    ranked = rank(QUESTION, [], sections, 1.0)
    assert order(ranked) == ["near", "apart"] and [one.chunk_id for one in ranked] == ["n1", "p1"]
    assert [one.signals["cosine"] for one in ranked] == pytest.approx([0.7, 0.7], abs=1e-3)
    plain = rank(QUESTION, [], sections, 1.0, replace(WEIGHTS, section_mean=0.0))
    assert [one.score for one in plain] == pytest.approx([0.7, 0.7], abs=1e-3) and order(plain) == ["apart", "near"]


def test_equal_scores_stand_in_the_order_of_their_ids() -> None:
    sections = {name: [(f"{name}1", vector(0.5))] for name in "zmb"}
    assert order(rank(QUESTION, [], sections, 1.0)) == ["b", "m", "z"]


def test_the_noise_of_an_engine_moves_nothing() -> None:
    chance = random.Random(5)
    cosines = [round(chance.random(), 2) for _ in range(60)]
    sections = {f"s{n:02}": [(f"c{n:02}", vector(cosine))] for n, cosine in enumerate(cosines)}
    noisy = {
        key: [(c, v * numpy.float32(1 + chance.uniform(-1e-7, 1e-7))) for c, v in found]
        for key, found in sections.items()
    }
    words = [Hit(f"c{n:02}", f"s{n:02}", 3 + n % 5) for n in range(30)]
    shaken = [hit._replace(score=hit.score * (1 + chance.uniform(-1e-6, 1e-6))) for hit in words]
    assert order(rank(QUESTION, words, sections, 9.0)) == order(rank(QUESTION, shaken, noisy, 9.0))


def test_nothing_found_is_nothing_ranked() -> None:
    assert rank(QUESTION, [], {}, 0.0) == [] and shortlist([], [], 0.0, 5) == []
    assert order(rank(QUESTION, [], ALONE, 0.0)) == ["a", "c", "b"]


def test_the_last_of_equal_scores_are_left_out_where_the_limit_may_have_cut_them() -> None:
    hits = [Hit(name, name, score) for name, score in (("a", 3.0), ("b", 2.0), ("c", 1.0), ("d", 1.0 - 1e-7))]
    assert [hit.chunk_id for hit in without_cut_ties(hits, 4)] == ["a", "b"]
    assert without_cut_ties(hits, 5) == hits and without_cut_ties(hits[2:], 2) == hits[2:]


def test_what_either_list_finds_is_looked_at_best_first() -> None:
    near = [Hit("a1", "a", 0.9), Hit("a2", "a", 0.8), Hit("b1", "b", 0.5)]
    wordy = [Hit("c1", "c", 10.0), Hit("b1", "b", 2.0)]
    assert shortlist(near, wordy, 10.0, 5) == ["c", "a", "b"]
    assert shortlist(near, wordy, 10.0, 1, replace(WEIGHTS, shortlist_size=2)) == ["c", "a"]
