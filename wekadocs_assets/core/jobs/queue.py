"""The values of the job queue: jobs, deliveries and dead letters. The port of the queue is in ports.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wekadocs_assets.core import ids
from wekadocs_assets.core.parsers.registry import source_type
from wekadocs_assets.core.planning.plan import PlannedDocument

CONTENT_TYPES = {"markdown": "text/markdown", "html": "text/html", "notion": "application/json"}
FEWER = 10
"""Divisor of the batch size for every earlier delivery of a job."""
MOST_DELIVERIES = 3
"""Deliveries without an end after which a job becomes a dead letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedJob:
    """A document version to be ingested: source_uri within the collection of tag. created_at: seconds since the epoch, UTC."""

    job_id: str
    source_uri: str
    checksum: str
    tag: str
    content_type: str = ""
    created_at: float = 0.0


def queued_job(document: PlannedDocument, created_at: float) -> QueuedJob:
    job_id = ids.job_id(document.tag, document.source_uri, document.checksum)
    content_type = CONTENT_TYPES[source_type(document.source_uri)]
    return QueuedJob(
        job_id=job_id,
        source_uri=document.source_uri,
        checksum=document.checksum,
        tag=document.tag,
        content_type=content_type,
        created_at=created_at,
    )


def job_of(fields: Mapping[str, str]) -> QueuedJob:
    """From the fields of a queue entry, which any program may have written: missing fields get defaults, the id is computed."""
    tag, uri, checksum = (fields.get(name, "") for name in ("tag", "source_uri", "checksum"))
    try:
        created_at = float(fields.get("created_at") or 0)
    except ValueError:
        created_at = 0.0
    return QueuedJob(
        job_id=ids.job_id(tag, uri, checksum),
        source_uri=uri,
        checksum=checksum,
        tag=tag,
        content_type=fields.get("content_type", ""),
        created_at=created_at,
    )


@dataclass(frozen=True, slots=True)
class Delivery:
    """A job delivered to a consumer. count: number of deliveries including this one."""

    entry_id: str
    job: QueuedJob
    count: int


@dataclass(frozen=True, slots=True)
class DeadJob:
    """A dead letter: fields of the queue entry as written. died_at: seconds since the epoch."""

    entry_id: str
    fields: dict[str, str]
    reason: str
    died_at: float


@dataclass(frozen=True, slots=True)
class QueueState:
    """waiting: deliverable jobs; in_hand: jobs of live consumers; mark: changes when the jobs change."""

    waiting: int
    in_hand: int
    mark: str
