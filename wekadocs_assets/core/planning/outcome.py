"""The outcome of a stage for one document, and how an exception becomes one."""

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
"""The document is not in as it stands."""


class HasDocument(Protocol):
    """A stage's task for one document."""

    @property
    def document(self) -> PlannedDocument: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a stage did for one document. fresh: its effect was current already. facts: figures for metadata.

    inputs: outputs of the parents that it stands on, by asset. preview: Markdown for people, told to Dagster alone.
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
"""Stages yield outcomes batch by batch, after the batch is committed."""


def failed(document: PlannedDocument, error: Exception) -> Outcome:
    """The outcome of an exception that concerns one document; Retryable ones and lack of memory go on up."""
    if isinstance(error, Retryable | MemoryError):
        raise error
    if isinstance(error, WekadocsError):
        is_permanent = isinstance(error, Permanent) and not isinstance(error, Vanished)
        return Outcome(document, "failed", error=error.message, hint=error.hint, permanent=is_permanent)
    detail = f"{type(error).__name__}: {error}"[:500]
    hint = "this is a defect of the pipeline: please report it with the page"
    return Outcome(document, "failed", error=detail, hint=hint, permanent=False)


def blocked(document: PlannedDocument, by: str) -> Outcome:
    return Outcome(document, "blocked", error=f"waits for {by}")


def cancelled(document: PlannedDocument) -> Outcome:
    """What was done for it stays; it is not in as it stands until it is ingested again."""
    return Outcome(document, "blocked", error="cancelled", hint="ingest again: it goes on from here")


def all_or_each(tasks: Sequence[T], write: Callable[[Sequence[T]], list[Outcome]]) -> list[Outcome]:
    """All tasks in one transaction; where that fails, one each, so that a single document cannot hold up the others."""
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
