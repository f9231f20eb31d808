"""`ingestctl cancel`: removes a queued job, or stops a running job or ingest at its next checkpoint."""

from __future__ import annotations

import time

import click

from wekadocs_assets.app import messaging
from wekadocs_assets.cli.output import console, data
from wekadocs_assets.config.settings import Settings, read_settings
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.jobs.lookup import IngestStatus, found_by
from wekadocs_assets.core.jobs.ports import ProgressStreams
from wekadocs_assets.core.jobs.states import JobState, ended
from wekadocs_assets.core.jobs.tracker import ProgressReader

PATIENCE = 10.0
"""Seconds to wait until the ingest or job has stopped."""


@click.command("cancel")
@click.argument("ident", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object to stdout.")
def command(ident: str, as_json: bool) -> int:
    """Stop the ingest, Dagster run or job with this ID.

    The ID of a Dagster run stops the whole ingest of that run. A unique prefix of an ID is enough.

    Finished work is kept, and the next ingest continues from it.
    """
    settings = read_settings()
    with messaging.progress_streams(settings) as streams:
        found = found_by(streams, ident)
        status = cancel(settings, streams, found)
    name = found.job_id if isinstance(found, JobState) else found.ingest_id
    if as_json:
        data({"id": name, "status": status})
    elif status == "CANCELLED":
        console().print(f"{name} is cancelled", markup=False)
    else:
        words = "it stops at its next checkpoint; if its process is dead, the next ingest detects that"
        console().print(f"{name} was asked to stop and has not stopped yet: {words}", markup=False)
    return 0


def cancel(settings: Settings, streams: ProgressStreams, found: JobState | IngestStatus) -> str:
    """Cancels an ingest or a job, waits up to PATIENCE seconds, and returns its status.

    ConfigurationError if it has already ended.
    """
    is_job = isinstance(found, JobState)
    if found.is_terminal:
        raise ConfigurationError(
            f"{found.job_id if is_job else found.ingest_id} has ended: {found.status}", "there is nothing to cancel"
        )
    if is_job and found.is_queued and _withdrawn(settings, streams, found):
        return "CANCELLED"
    ident = found.job_id if is_job else found.ingest_id
    streams.ask_cancel(ident)
    end = ProgressReader(streams, time.monotonic).wait_for_completion(ident, PATIENCE)
    return end.stage if end else found.status


def _withdrawn(settings: Settings, streams: ProgressStreams, job: JobState) -> bool:
    """Removes the job from the queue. False if it is no longer queued."""
    with messaging.job_queue(settings) as queue:
        if not queue.withdraw(job.job_id):
            return False
    streams.write(*ended([job], "CANCELLED", "removed from the queue", "", time.time()))
    return True
