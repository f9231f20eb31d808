"""Output of the verbs: results as one JSON object per line on stdout, messages on stderr."""

from __future__ import annotations

import json
import os
import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

GO_ON = "finished work is kept; run the same command again to continue"


@cache
def console() -> Console:
    """stderr, on a duplicate of its file descriptor: Dagster captures the original while a step runs."""
    from rich.console import Console

    return Console(file=os.fdopen(os.dup(sys.stderr.fileno()), "w", buffering=1), highlight=False, soft_wrap=True)


def data(value: dict) -> None:
    """One JSON object on one line of stdout."""
    line = json.dumps(value, ensure_ascii=False)
    if not line.isprintable() and not _is_unicode(line):  # a lone surrogate, which JSON can only write as an escape
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
    """Prints an error in one line, and a hint what to do in the next."""
    sys.stderr.write(f"error: {message}\n")
    if hint:
        sys.stderr.write(f"hint: {hint}\n")
