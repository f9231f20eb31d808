"""The outcome of a stage for one document, and the conversion of exceptions to outcomes.

Add a status here. What is kept of an outcome in the ingest's records belongs to record.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeVar

from wekadocs_assets.core.errors import Permanent, Retryable, Vanished, WekadocsError
from wekadocs_assets.core.models import Scalar
from wekadocs_assets.core.planning.plan import PlannedDocument

T = TypeVar("T", bound="HasDocument")
Status = Literal["done", "fresh", "failed", "blocked"]
FAILED_OR_BLOCKED: tuple[Status, ...] = ("failed", "blocked")
"""Statuses of a document that is not up to date after the stage."""


class HasDocument(Protocol):
    """A stage's task for one document."""

    @property
    def document(self) -> PlannedDocument: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of a stage for one document.

    status: done; fresh (skipped because it is up to date: its fingerprint is current); failed; blocked (an earlier asset
    has not processed the document). output: hash of the result. facts: counts and texts for Dagster's metadata and the report. permanent: whether the
    error stays until the document, the code or the settings change. inputs: outputs of the parent assets, by asset.
    preview: Markdown that is shown in Dagster only.
    """

    document: PlannedDocument
    status: Status
    output: str = ""
    facts: Mapping[str, Scalar] = field(default_factory=dict)
    error: str = ""
    hint: str = ""
    permanent: bool = True
    preview: str = ""
    inputs: dict[str, str] = field(default_factory=dict)


Outcomes = Iterator[list[Outcome]]
"""What a stage yields: the outcomes of one batch, after the batch is committed."""


def failed(document: PlannedDocument, error: Exception) -> Outcome:
    """Returns the outcome for an exception that concerns one document. Retryable and MemoryError are raised again."""
    if isinstance(error, Retryable | MemoryError):
        raise error
    if isinstance(error, WekadocsError):
        is_permanent = isinstance(error, Permanent) and not isinstance(error, Vanished)
        return Outcome(document=document, status="failed", error=error.message, hint=error.hint, permanent=is_permanent)
    detail = f"{type(error).__name__}: {error}"[:500]
    hint = "this is a defect of the pipeline: please report it with the page"
    return Outcome(document=document, status="failed", error=detail, hint=hint, permanent=False)


def blocked(document: PlannedDocument, by: str) -> Outcome:
    """Returns the outcome of a document that an earlier asset has not processed. by: that asset."""
    return Outcome(document=document, status="blocked", error=f"waits for {by}")


def cancelled(document: PlannedDocument) -> Outcome:
    """Returns the outcome of a cancelled document. Results of finished stages are kept; the next ingest continues."""
    return Outcome(
        document=document, status="blocked", error="cancelled", hint="finished work is kept; the next ingest continues"
    )


def all_or_each(tasks: Sequence[T], write: Callable[[Sequence[T]], list[Outcome]]) -> list[Outcome]:
    """Writes all tasks in one transaction; if it fails, one transaction per task, so that only the cause fails.

    A Retryable is raised at once, a MemoryError when it happens with a single task.
    """
    if not tasks:
        return []
    try:
        return write(tasks)
    except Retryable:
        raise
    except Exception as error:
        if len(tasks) == 1:
            return [failed(tasks[0].document, error)]
        return [outcome for task in tasks for outcome in all_or_each([task], write)]
