"""Output of the verbs: JSON objects on stdout, messages and errors on stderr."""

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
    """A console on stderr.

    It uses a duplicate of the file descriptor, because Dagster captures the original during a step.
    """
    from rich.console import Console

    return Console(file=os.fdopen(os.dup(sys.stderr.fileno()), "w", buffering=1), highlight=False, soft_wrap=True)


def data(value: dict) -> None:
    """Writes one JSON object to one line of stdout."""
    line = json.dumps(value, ensure_ascii=False)
    if not line.isprintable() and not _is_unicode(line):  # a lone surrogate, which must be escaped
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
    """Prints an error to stderr, and on the next line a hint what to do."""
    sys.stderr.write(f"error: {message}\n")
    if hint:
        sys.stderr.write(f"hint: {hint}\n")
