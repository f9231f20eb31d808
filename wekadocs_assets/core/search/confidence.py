"""The probability that the first result is right: a logistic regression on three figures of the search."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Model:
    """p = 1 / (1 + exp(-(intercept + sum of coefficient x feature))). provenance: what it was fitted on."""

    intercept: float
    coefficients: Mapping[str, float]
    provenance: str

    def probability(self, features: Mapping[str, float]) -> float:
        """In 0..1, of features by name; each of the model's must be there."""
        exponent = self.intercept + sum(weight * features[name] for name, weight in self.coefficients.items())
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, exponent))))


MODEL = Model(-4.0, {"cosine": 3.0, "margin": 4.0, "word_share": 3.0}, "placeholder")
