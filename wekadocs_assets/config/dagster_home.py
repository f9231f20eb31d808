"""The folder of dagster.yaml, which Dagster calls DAGSTER_HOME."""

from __future__ import annotations

import os
from pathlib import Path


def dagster_home() -> Path:
    """DAGSTER_HOME, the checkout, or the installed package: the first of them that contains dagster.yaml."""
    package, named = Path(__file__).parents[1], os.environ.get("DAGSTER_HOME")
    candidates = [*([Path(named)] if named else []), package.parent, package]
    return next((folder for folder in candidates if (folder / "dagster.yaml").is_file()), candidates[0])
