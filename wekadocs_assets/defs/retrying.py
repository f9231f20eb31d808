"""Retries of a step: which errors are retried, and after how long."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dagster as dg

from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core.errors import Retryable, StoreBusy, WekadocsError

MOST_TRIES, FIRST_WAIT = 3, 0.5
"""Retries of a step, and the first wait as a share of RETRY_SECONDS. The wait doubles with each retry."""
HINT = "hint: "
"""Prefix of the hint in the error text that Dagster stores."""


@contextmanager
def retrying(context: dg.AssetExecutionContext, before: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Turns transient errors, such as a time-out, into dg.RetryRequested, after a wait.

    before: called before that, and when the step is interrupted.
    """
    try:
        yield
    except dg.DagsterExecutionInterruptedError:
        before()
        raise
    except WekadocsError as error:
        if error.hint:
            error.add_note(f"{HINT}{error.hint}")
        if isinstance(error, StoreBusy) or not isinstance(error, Retryable):  # the adapter already waited for StoreBusy
            raise
        before()
        if context.retry_number < MOST_TRIES:  # Dagster's own wait cannot be interrupted
            time.sleep(FIRST_WAIT * read_settings().retry_seconds * 2**context.retry_number)
        raise dg.RetryRequested(MOST_TRIES, 0) from error
