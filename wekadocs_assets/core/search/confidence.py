"""The probability that the first result is right: logistic regression on three features of a search (calibration.py)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

FEATURES = ("cosine", "margin", "word_share")
"""cosine: of the first section; margin: its lead in the fused score, at most 0.2; word_share: how much of the question's
word weight its text contains, 0..1."""


@dataclass(frozen=True, slots=True)
class Model:
    """p = 1 / (1 + exp(-(intercept + sum of coefficient x feature))). provenance: the questions it was fitted on."""

    intercept: float
    coefficients: Mapping[str, float]
    provenance: str

    def probability(self, features: Mapping[str, float]) -> float:
        """In 0..1. features: by name, at least those of the coefficients."""
        exponent = self.intercept + sum(weight * features[name] for name, weight in self.coefficients.items())
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, exponent))))


MODEL = Model(
    -3.97,
    {"cosine": 4.40, "margin": 16.8, "word_share": 1.07},
    "100 questions over the documentation of a storage product and of a file system, all-MiniLM-L6-v2, 128 tokens a chunk; "
    "on pages that the fit did not see: ECE .048, Brier .108, AUC .906. Another model or corpus: ingestctl eval --calibrate",
)
"""Cosines of different embedding models are not comparable: calibrate again for another model."""
