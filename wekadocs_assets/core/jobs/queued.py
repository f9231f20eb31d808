"""Queued jobs: enqueues them, plans them, and reports the end of jobs that no ingest processes."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Literal

from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import ConfigurationError, Permanent
from wekadocs_assets.core.jobs.ports import JobQueue, ProgressStreams
from wekadocs_assets.core.jobs.queue import QueuedJob
from wekadocs_assets.core.jobs.states import FROM_THE_BEGINNING, JobEvent, JobState, ended
from wekadocs_assets.core.jobs.tracker import ProgressTracker
from wekadocs_assets.core.planning.plan import Plan, PlannedDocument
from wekadocs_assets.core.planning.reduced_plan import restrict_to


@dataclass(frozen=True, slots=True)
class JobEnd:
    """The end of a job that was not processed."""

    job: QueuedJob
    status: Literal["DONE", "ERROR", "CANCELLED"]
    reason: str
    hint: str = ""


def enqueue(queue: JobQueue, streams: ProgressStreams, jobs: Sequence[QueuedJob]) -> list[QueuedJob]:
    """Adds jobs to the queue, publishes their waiting state, and returns those added."""
    added = queue.put(jobs)
    states = [
        JobState(
            job_id=j.job_id,
            source_uri=j.source_uri,
            checksum=j.checksum,
            tag=j.tag,
            ingest_id="",
            created_at=j.created_at,
        )
        for j in added
    ]
    events = [
        JobEvent(job_id=job.job_id, attempt=0, stage="PENDING", percent=0, message="queued", timestamp=job.created_at)
        for job in added
    ]
    streams.begin(list(zip(states, events, strict=True)))
    return added


def plan_jobs(
    jobs: Sequence[QueuedJob], known: Container[str], plan_of: Callable[[str], Plan]
) -> tuple[list[Plan], list[JobEnd]]:
    """Partial plans for the present content of the documents, and the ends of jobs without work.

    plan_of: the plan of a collection, by tag.
    """
    plans: list[Plan] = []
    ends: list[JobEnd] = []
    for tag in sorted({job.tag for job in jobs}):
        wanted = [job for job in jobs if job.tag == tag]
        try:
            if tag not in known:
                hint = f"set COLLECTIONS={tag}=folder, or run `ingestctl ingest FOLDER --tag {tag}` once"
                raise ConfigurationError(f"no collection '{tag}' is known", hint)
            found = restrict_to([plan_of(tag)], [_key(job) for job in wanted])
        except Permanent as error:
            ends += [JobEnd(job, "ERROR", error.message, error.hint) for job in wanted]
            continue
        plans += found
        documents = {d.partition_key: d for plan in found for d in plan.documents}
        ends += [end for job in wanted if (end := _end(job, documents.get(_key(job))))]
    return plans, ends


def report_ends(streams: ProgressStreams, ends: Sequence[JobEnd], ingest_id: str, clock: Callable[[], float]) -> None:
    """Publishes the ends. clock: seconds since the epoch."""
    tracker = ProgressTracker(streams, ingest_id, clock)
    tracker.begin([(end.job.tag, end.job.source_uri, end.job.checksum) for end in ends])
    for end in ends:
        job = ids.job_id(end.job.tag, end.job.source_uri, end.job.checksum)
        if end.status == "DONE":
            tracker.complete([job])
        elif end.status == "CANCELLED":
            tracker.cancel([job], end.reason)
        else:
            tracker.error({job: ("PENDING", end.reason, end.hint)})


def end_jobs(streams: ProgressStreams, ingest_id: str, status: str, reason: str, hint: str, now: float) -> int:
    """Ends the open jobs of an ingest whose process is dead; returns their number. now: epoch seconds."""
    of_it = [state for state in streams.states() if state.ingest_id == ingest_id]
    left, events = ended(of_it, status, reason, hint, now)
    published = [event for _, event in streams.events(ingest_id, FROM_THE_BEGINNING, 0)]
    if published and not any(event.is_terminal for event in published):
        error = reason if status == "ERROR" else ""
        events.append(
            JobEvent(
                job_id=ingest_id,
                attempt=1,
                stage=status,
                percent=max(event.percent for event in published),
                message=reason,
                timestamp=now,
                error=error,
            )
        )
    streams.write(left, events)
    return len(left)


def _end(job: QueuedJob, document: PlannedDocument | None) -> JobEnd | None:
    """None for a job that has to be processed."""
    if document is None:
        return JobEnd(
            job, "ERROR", f"there is no readable document {job.source_uri} in '{job.tag}'", "look at its path"
        )
    if job.checksum and job.checksum != document.checksum:
        return JobEnd(job, "CANCELLED", "the file has changed since it was queued")
    return JobEnd(job, "DONE", "already ingested") if document.change == "unchanged" else None


def _key(job: QueuedJob) -> str:
    return ids.partition_key(job.tag, ids.normalised_uri(job.source_uri))
