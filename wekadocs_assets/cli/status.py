"""`ingestctl status`: prints ingests, jobs and dead letters, from the progress streams and the queue."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime

import click

from wekadocs_assets.app import messaging
from wekadocs_assets.cli.output import data
from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core.jobs.lookup import IngestStatus, by_ingest, found_by
from wekadocs_assets.core.jobs.queue import DeadJob
from wekadocs_assets.core.jobs.states import JobState

MOST_LISTED = 20


@click.command("status")
@click.argument("ident", metavar="[ID]", default="")
@click.option(
    "--dead", is_flag=True, help="List dead letters: jobs that were delivered three times and never finished."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line to stdout.")
def command(ident: str, dead: bool, as_json: bool) -> int:
    """Show all ingests, or only the ingest, Dagster run or job with this ID.

    The ID of a Dagster run shows the ingest of that run. A unique prefix of an ID is enough.
    """
    settings = read_settings()
    if dead:
        with messaging.job_queue(settings) as queue:
            show_dead(queue.dead(), as_json)
        return 0
    with messaging.progress_streams(settings) as streams:
        if ident:
            found = found_by(streams, ident)
        else:
            states, checks = list(streams.states()), messaging.watch_checks(settings)
    if not ident:
        for ingest in by_ingest(states):
            show_ingest(ingest, as_json, listed=False)
        if not states and not as_json:
            sys.stdout.write("No ingest is known: progress is kept for seven days.\n")
        show_watch_checks(checks, as_json)
        return 0
    if isinstance(found, JobState):
        show_job(found, as_json)
    else:
        show_ingest(found, as_json, listed=True)
    return 0


def show_ingest(ingest: IngestStatus, as_json: bool, *, listed: bool) -> None:
    """Prints an ingest. listed: whether the JSON object contains its jobs."""
    if as_json:
        jobs = {"jobs": [as_data(job) for job in ingest.jobs]} if listed else {}
        data(
            {
                "ingest_id": ingest.ingest_id,
                "status": ingest.status,
                "percent": ingest.percent,
                "documents": ingest.counts,
                "started_at": ingest.started_at,
                "updated_at": ingest.updated_at,
                **jobs,
            }
        )
        return
    counts = ", ".join(f"{count} {status}" for status, count in ingest.counts.items())
    line = f"{ingest.ingest_id or 'the queue'}  {ingest.status} {ingest.percent} %, since {when(ingest.started_at)}: {counts}"
    sys.stdout.write(f"{line}\n")
    for job in [job for job in ingest.jobs if job.status != "DONE"][:MOST_LISTED]:
        error = f": {job.error['stage']}: {job.error['reason']}" if job.error else ""
        sys.stdout.write(f"  {job.job_id[:12]}  {job.status} {job.percent} %  {job.tag}/{job.source_uri}{error}\n")


def show_job(job: JobState, as_json: bool) -> None:
    if as_json:
        data(as_data(job))
        return
    lines = [
        f"{job.tag}/{job.source_uri}",
        f"job {job.job_id}, attempt {job.attempt}, of ingest {job.ingest_id}",
        f"{job.status} {job.percent} %, since {when(job.started_at or job.created_at)}, updated {when(job.updated_at)}",
        *(f"  {stage} {ms:.0f} ms" for stage, ms in job.stats.items()),
    ]
    if job.error:
        lines.append(f"{job.error['stage']}: {job.error['reason']} ({job.error['hint']})")
    sys.stdout.write("\n".join(lines) + "\n")


def show_watch_checks(checks: dict[str, dict], as_json: bool) -> None:
    """Prints the last check of each watched collection and of the queue."""
    for tag, check in checks.items():
        if as_json:
            data({"watched": tag, **check})
        else:
            sys.stdout.write(f"watching {tag}, at {when(check['at'])}: {check['reason']}\n")


def show_dead(jobs: list[DeadJob], as_json: bool) -> None:
    for job in jobs:
        if as_json:
            data(asdict(job))
        else:
            name = f"{job.fields.get('tag', '')}/{job.fields.get('source_uri', '')}"
            sys.stdout.write(f"{job.entry_id}  {name}: {job.reason}, dead letter since {when(job.died_at)}\n")
    if not jobs and not as_json:
        sys.stdout.write("There are no dead letters.\n")


def as_data(job: JobState) -> dict:
    return {**asdict(job), "stages_completed": list(job.stages_completed), "percent": job.percent}


def when(seconds: float) -> str:
    """Seconds since the epoch as date and time in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(" ", "seconds").removesuffix("+00:00") + " UTC"
