"""A confidence model in a file, as `ingestctl eval --calibrate` writes it."""

from __future__ import annotations

import json
import math
from pathlib import Path

from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.search.confidence import FEATURES, Model


def read_model(path: str) -> Model:
    """The model in the file. Raises ConfigurationError when it is missing or not such a file."""
    try:
        found = json.loads(Path(path).read_text("utf-8"))
        coefficients = {name: float(found["coefficients"][name]) for name in FEATURES}
        model = Model(float(found["intercept"]), coefficients, str(found["provenance"]))
        if not all(map(math.isfinite, (model.intercept, *coefficients.values()))):
            raise ValueError("a coefficient is not a finite number")
    except (OSError, ValueError, KeyError, TypeError) as error:
        hint = "give a file that `ingestctl eval QUESTIONS --calibrate FILE` wrote"
        raise ConfigurationError(f"CONFIDENCE_MODEL: {path} is not a confidence model: {error}", hint) from None
    return model
