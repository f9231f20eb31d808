"""How verbs speak: one JSON object a line on stdout, words for people on stderr."""

from __future__ import annotations

import json
import os
import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

GO_ON = "what is done stays; the same command goes on from here"


@cache
def console() -> Console:
    """stderr for people, on a descriptor of its own: Dagster captures the usual one while a step runs."""
    from rich.console import Console

    return Console(file=os.fdopen(os.dup(sys.stderr.fileno()), "w", buffering=1), highlight=False, soft_wrap=True)


def data(value: dict) -> None:
    """One JSON object on one line of stdout."""
    line = json.dumps(value, ensure_ascii=False)
    if not line.isprintable() and not _is_unicode(line):  # half a surrogate pair, which only an escape can write
        line = json.dumps(value)
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def fail(message: str, hint: str = "") -> None:
    """An error in one line, and what to do about it in a second."""
    sys.stderr.write(f"error: {message}\n")
    if hint:
        sys.stderr.write(f"hint: {hint}\n")
