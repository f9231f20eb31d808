"""The confidence model: fitted to judged answers, and measured on pages that the fit did not see."""

from __future__ import annotations

import random

import pytest

from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.search import calibration
from wekadocs_assets.core.search.evaluation import Judgement, Question


def outcomes(*ranks: int) -> list[Judgement]:
    """One question on a page of its own for each rank."""
    return [
        Judgement(
            question=Question(id=f"q{n}", question="how big", targets=((f"{n}.md", "Limits"),)),
            rank=rank,
            confidence=0.5,
        )
        for n, rank in enumerate(ranks)
    ]


def made_up(count: int) -> list[Judgement]:
    """Right with the probability that the features say."""
    chance = random.Random(3)
    made = []
    for outcome in outcomes(*[0] * count):
        features = {name: chance.random() for name in calibration.FEATURES}
        right = chance.random() < sum(features.values()) / 3
        made.append(
            Judgement(question=outcome.question, rank=int(right), confidence=0.5, quoted=None, features=features)
        )
    return made


def test_a_fitted_model_knows_how_sure_it_may_be() -> None:
    known = made_up(600)
    model = calibration.fit(known, "made up")
    assert all(weight > 0 for weight in model.coefficients.values()) and model.provenance == "made up"
    trust = calibration.reliability(calibration.out_of_fold(known))
    assert trust["auc"] > 0.6 and trust["ece"] < 0.08 and sum(n for _, _, n in trust["bins"]) == 600


@pytest.mark.parametrize("ranks", [(1, 0) * 5, (1,) * 30], ids=["too few", "all right"])
def test_what_says_nothing_is_not_fitted_to(ranks: tuple[int, ...]) -> None:
    known = [
        Judgement(
            question=o.question,
            rank=o.rank,
            confidence=0.5,
            quoted=None,
            features=dict.fromkeys(calibration.FEATURES, 0.1),
        )
        for o in outcomes(*ranks)
    ]
    with pytest.raises(ConfigurationError, match="too few to calibrate"):
        calibration.fit(known, "")
