"""Fits the confidence model to judged answers, and measures its reliability on pages that it was not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean
from typing import Any

from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.search.confidence import FEATURES, Model
from wekadocs_assets.core.search.evaluation import Judgement, central_interval, resamples

FOLDS, BINS = 5, 5
STRENGTH = 1.0
"""Inverse of the L2 penalty on standardised features."""
FEWEST = 20
"""Questions that a fit needs."""


def fit(outcomes: Sequence[Judgement], provenance: str) -> Model:
    """A model on unscaled features. Too few questions, or all right or all wrong: ConfigurationError."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rows, right = _table(outcomes)
    if len(rows) < FEWEST or len(set(right)) < 2:
        raise ConfigurationError(
            f"{len(rows)} answered questions, {sum(right)} right: too few to calibrate by",
            f"give at least {FEWEST} questions, some of which are answered right and some wrong",
        )
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH)).fit(rows, right)
    scaler, regression = pipeline[0], pipeline[1]
    slopes = regression.coef_[0] / scaler.scale_
    intercept = float(regression.intercept_[0] - (slopes * scaler.mean_).sum())
    return Model(
        round(intercept, 4), {name: round(float(s), 4) for name, s in zip(FEATURES, slopes, strict=True)}, provenance
    )


def out_of_fold(outcomes: Sequence[Judgement]) -> list[tuple[float, bool]]:
    """(probability, whether it was right) of every answered question, from a model fitted without that question's page."""
    answered = [outcome for outcome in outcomes if outcome.features]
    pages = sorted(
        {_page(outcome) for outcome in answered}, key=ids.checksum
    )  # hashed order: pages of one folder fall into different folds
    found: list[tuple[float, bool]] = []
    for fold in range(FOLDS):
        held = set(pages[fold::FOLDS])
        model = fit([outcome for outcome in answered if _page(outcome) not in held], "")
        found += [(model.probability(o.features), o.rank == 1) for o in answered if _page(o) in held]
    return found


def cross_validated(outcomes: Sequence[Judgement]) -> dict[str, Any] | None:
    """Reliability on held-out pages, with 95 % bootstrap intervals; None when there are too few questions."""
    try:
        pairs = out_of_fold(outcomes)
    except ConfigurationError:
        return None
    drawn = [reliability([pairs[place] for place in places]) for places in resamples(len(pairs))]
    return reliability(pairs) | {
        "intervals": {name: list(central_interval([one[name] for one in drawn])) for name in ("brier", "ece", "auc")}
    }


def reliability(pairs: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    """Brier score, expected calibration error over bins of equal size, AUC, and the bins: (predicted, true, questions)."""
    ranked = sorted(pairs)
    cuts = [round(i * len(ranked) / BINS) for i in range(BINS + 1)]
    parts = [ranked[a:b] for a, b in pairwise(cuts) if b > a]
    bins = [(fmean(p for p, _ in part), fmean(right for _, right in part), len(part)) for part in parts]
    return {
        "brier": round(fmean((p - right) ** 2 for p, right in pairs), 4),
        "ece": round(sum(abs(predicted - true) * n for predicted, true, n in bins) / len(ranked), 4),
        "auc": round(_auc(pairs), 4),
        "bins": [[round(predicted, 3), round(true, 3), n] for predicted, true, n in bins],
    }


def _auc(pairs: Sequence[tuple[float, bool]]) -> float:
    """Area under the ROC curve: P(a right answer has a higher probability than a wrong one), ties count half."""
    right, wrong = [p for p, r in pairs if r], [p for p, r in pairs if not r]
    wins = sum((a > b) + 0.5 * (a == b) for a in right for b in wrong)
    return wins / (len(right) * len(wrong)) if right and wrong else 0.5


def _table(outcomes: Sequence[Judgement]) -> tuple[list[list[float]], list[bool]]:
    answered = [outcome for outcome in outcomes if outcome.features]
    return [[o.features[name] for name in FEATURES] for o in answered], [o.rank == 1 for o in answered]


def _page(outcome: Judgement) -> str:
    return outcome.question.targets[0][0]
