"""Rank fusion: what counts is the rank, ties are settled by id, and what a limit cut at random does not count."""

from __future__ import annotations

import random

import pytest

from wekadocs_assets.core.search.hybrid import EPSILON, K, fuse, ranks


def test_an_id_in_both_lists_gets_the_share_of_either_rank() -> None:
    fused = fuse([("a", 0.9), ("b", 0.8)], [("b", 7.0), ("c", 5.0)], limit=10)
    assert [id_ for id_, _ in fused] == ["b", "a", "c"]
    assert dict(fused) == pytest.approx({"b": 1 / (K + 1) + 1 / K, "a": 1 / K, "c": 1 / (K + 1)}, abs=1e-9)


def test_an_id_in_one_list_only_is_kept() -> None:
    assert fuse([("a", 0.9)], [], limit=10) == [("a", round(1 / K, 9))]


def test_empty_lists_fuse_to_nothing() -> None:
    assert fuse([], [], limit=10) == fuse(limit=10) == []


def test_the_firsts_of_two_lists_are_equal_and_stand_in_the_order_of_their_ids() -> None:
    for lists in ([("z", 0.9)], [("m", 4.0)]), ([("m", 0.9)], [("z", 4.0)]):
        (first, second) = fuse(*lists, limit=10)
        assert (first[0], second[0]) == ("m", "z") and first[1] == second[1]


def test_scores_do_not_matter_beyond_their_order() -> None:
    assert fuse([("a", 0.9), ("b", 0.1)], limit=9) == fuse([("a", 1000.0), ("b", -3.0)], limit=9)


def test_equal_scores_share_the_rank_of_the_first_of_them() -> None:
    hits = [("a", 5.0), ("b", 4.0), ("c", 4.0), ("d", 4.0), ("e", 3.0)]
    assert ranks(hits, 10) == {"a": 0, "b": 1, "c": 1, "d": 1, "e": 4}


@pytest.mark.parametrize("score", [0.7, 31.0, -0.2])
def test_float_noise_makes_no_difference_but_a_real_one_does(score: float) -> None:
    near, far = score - abs(score) * EPSILON / 2, score - abs(score) * EPSILON * 2
    assert ranks([("a", score), ("b", near)], 10) == {"a": 0, "b": 0}
    assert ranks([("a", score), ("b", far)], 10) == {"a": 0, "b": 1}
    assert ranks([("b", near), ("a", score)], 10) == {"a": 0, "b": 0}, "sorted by another engine's noise"


def test_scores_of_zero_are_equal() -> None:
    assert ranks([("a", 0.0), ("b", 0.0)], 10) == {"a": 0, "b": 0}


def test_a_group_that_the_limit_may_have_cut_is_left_out() -> None:
    hits = [("a", 5.0), ("b", 4.0), ("c", 4.0)]
    assert ranks(hits, 3) == {"a": 0}
    assert ranks(hits, 4) == {"a": 0, "b": 1, "c": 1}, "the list ended by itself"


def test_a_last_hit_without_an_equal_is_left_out_too_for_its_equals_may_follow() -> None:
    assert ranks([("a", 5.0), ("b", 4.0)], 2) == {"a": 0}


def test_hits_that_are_all_equal_stay_though_the_limit_cut_them() -> None:
    assert ranks([("a", 1.0), ("b", 1.0)], 2) == {"a": 0, "b": 0}


def test_the_cut_is_looked_for_in_each_list() -> None:
    fused = fuse([("a", 5.0), ("b", 4.0)], [("b", 9.0)], limit=2)
    assert fused == [("a", round(1 / K, 9)), ("b", round(1 / K, 9))]


def test_the_result_does_not_depend_on_the_order_of_equal_scores() -> None:
    chance = random.Random(3)
    hits = sorted(((f"c{n:02}", float(chance.randint(1, 8))) for n in range(40)), key=lambda hit: -hit[1])
    other = sorted(((f"c{n:02}", float(chance.randint(1, 8))) for n in range(40)), key=lambda hit: -hit[1])
    fused = fuse(hits, other, limit=100)
    for _ in range(20):
        shuffled = [sorted(chance.sample(x, len(x)), key=lambda hit: -hit[1]) for x in (hits, other)]
        assert shuffled != [hits, other]
        assert fuse(*shuffled, limit=100) == fuse(*reversed(shuffled), limit=100) == fused


def test_engines_that_cut_a_group_differently_agree() -> None:
    everything = [("a", 9.0), ("b", 5.0), ("c", 5.0), ("d", 5.0)]
    one, other = everything[:3], [everything[0], everything[3], everything[1]]
    assert fuse(one, limit=3) == fuse(other, limit=3) == [("a", round(1 / K, 9))]


def test_scores_that_are_nothing_but_noise_around_zero_share_a_rank():
    assert ranks([("a", 3.6e-18), ("b", 0.0), ("c", -6.1e-18)], 10) == {"a": 0, "b": 0, "c": 0}
