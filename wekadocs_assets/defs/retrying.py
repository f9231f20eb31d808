"""Errors of a step: which of them Dagster tries again, and when."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dagster as dg

from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core.errors import Retryable, StoreBusy, WekadocsError

MOST_TRIES, FIRST_WAIT = 3, 0.5
"""How often a step is tried again; the first wait before it as a share of RETRY_SECONDS, doubled each time."""
HINT = "hint: "
"""Precedes the hint in the text of an error as Dagster keeps it."""


@contextmanager
def retrying(context: dg.AssetExecutionContext, before: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Transient errors (a server away, a time-out) are tried again by Dagster after a while.

    before: called before the step is tried again, and when it is interrupted.
    """
    try:
        yield
    except dg.DagsterExecutionInterruptedError:
        before()
        raise
    except WekadocsError as error:
        if error.hint:
            error.add_note(f"{HINT}{error.hint}")
        if isinstance(error, StoreBusy) or not isinstance(error, Retryable):  # StoreBusy was waited for already
            raise
        before()
        if context.retry_number < MOST_TRIES:  # not left to Dagster, whose sleep no interrupt ends
            time.sleep(FIRST_WAIT * read_settings().retry_seconds * 2**context.retry_number)
        raise dg.RetryRequested(MOST_TRIES, 0) from error
