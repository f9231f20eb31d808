"""The probability that the first result is right."""

import math

import pytest

from wekadocs_assets.core.search.confidence import FEATURES, MODEL, Model

NONE = dict.fromkeys(FEATURES, 0.0)


def test_it_is_the_logistic_function_of_the_weighted_features():
    model = Model(-1.0, {"cosine": 2.0, "margin": 10.0}, "made up")
    assert model.probability({"cosine": 0.5, "margin": 0.0}) == 0.5
    assert model.probability({"cosine": 1.0, "margin": 0.1}) == pytest.approx(1 / (1 + math.exp(-2)))


def test_more_of_any_feature_is_more_confidence():
    assert MODEL.coefficients.keys() == set(FEATURES)
    for name in FEATURES:
        assert MODEL.probability(NONE | {name: 0.2}) > MODEL.probability(NONE), name


def test_extreme_features_stay_a_probability():
    assert 0 <= MODEL.probability(NONE | {"margin": -1e9}) < MODEL.probability(NONE | {"margin": 1e9}) <= 1
