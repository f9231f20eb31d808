"""What happens to a test whose server cannot be had: skipped by name, but a failure where CI promises the server."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def unavailable(what: str, *, promised: bool = True) -> NoReturn:
    """`what` is missing. With CI=true that fails the test, unless CI does not promise this one (`promised`)."""
    if promised and os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"{what} (CI=true: must not be skipped)", pytrace=False)
    pytest.skip(what)


def require(missing: str | None) -> None:
    """Goes on when nothing is missing."""
    if missing:
        unavailable(missing)
