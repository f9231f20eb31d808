"""From queued jobs to the plans that work them, and the end of those that need no work."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Literal

from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import WekadocsError
from wekadocs_assets.core.intake import Plan, PlannedDocument, only
from wekadocs_assets.core.job_queue import QueuedJob


@dataclass(frozen=True, slots=True)
class JobEnd:
    """How a job ended that was not worked."""

    job: QueuedJob
    status: Literal["DONE", "ERROR", "CANCELLED"]
    reason: str
    hint: str = ""


def plan_jobs(
    jobs: Sequence[QueuedJob], known: Container[str], plan_of: Callable[[str], Plan]
) -> tuple[list[Plan], list[JobEnd]]:
    """Partial plans of what the documents hold now, which need not be what they held when they were queued.

    plan_of: the plan of a collection, by tag.
    """
    plans: list[Plan] = []
    ends: list[JobEnd] = []
    for tag in sorted({job.tag for job in jobs}):
        wanted = [job for job in jobs if job.tag == tag]
        try:
            if tag not in known:
                hint = f"set COLLECTIONS={tag}=folder, or run `ingestctl ingest FOLDER --tag {tag}` once"
                raise WekadocsError(f"no collection '{tag}' is known", hint)
            found = only([plan_of(tag)], [_key(job) for job in wanted])
        except WekadocsError as error:
            ends += [JobEnd(job, "ERROR", error.message, error.hint) for job in wanted]
            continue
        plans += found
        documents = {d.partition_key: d for plan in found for d in plan.documents}
        ends += [end for job in wanted if (end := _end(job, documents.get(_key(job))))]
    return plans, ends


def _end(job: QueuedJob, document: PlannedDocument | None) -> JobEnd | None:
    """None: it is to be worked."""
    if document is None:
        return JobEnd(
            job, "ERROR", f"there is no readable document {job.source_uri} in '{job.tag}'", "look at its path"
        )
    if job.checksum and job.checksum != document.checksum:
        return JobEnd(job, "CANCELLED", "the document holds other bytes now")
    return JobEnd(job, "DONE", "it was in already") if document.change == "unchanged" else None


def _key(job: QueuedJob) -> str:
    return ids.partition_key(job.tag, ids.normalised_uri(job.source_uri))
