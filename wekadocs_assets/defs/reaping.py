"""Marks runs of dead processes as failed. The next run that acquires their locks does this.

A run names the locks and leases that it holds in a tag, which it sets after it acquired them. A run that waits for locks
has no such tag, so the next holder does not reap it.
"""

import json
import time
from collections.abc import Sequence
from contextlib import suppress

import dagster as dg

from wekadocs_assets.app import messaging
from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core.errors import StoreUnavailable
from wekadocs_assets.core.jobs.queued import end_jobs
from wekadocs_assets.core.jobs.states import NEXT_INGEST

HOLDS, COLLECTIONS, INGEST_TAG = "wekadocs/holds", "wekadocs/collections", "wekadocs/ingest"
UNCLAIMED_SECONDS = 180.0
"""Age after which a started run without a claim counts as dead. A run waits for locks for a minute by default."""
CLAIMING = ("ingest", "__ASSET_JOB")
"""Jobs whose runs claim the locks of their collections. The second is Dagster's job for Materialize in the UI."""
UNENDED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
DIED = (
    "The process of this run died or stalled, and another ingest now holds its locks. Finished work is kept, and that "
    "ingest continues."
)


def holding(run_id: str, locks: Sequence[str]) -> dict[str, str]:
    """The tag that claims these locks. It contains the run's id, because a re-executed run inherits a copy of the tags."""
    return {HOLDS: json.dumps({"run": run_id, "locks": sorted(locks)})}


def claim(instance: dg.DagsterInstance, run_id: str, locks: Sequence[str]) -> None:
    """Records that this run holds the locks, and reaps other runs that claim them: those are dead."""
    instance.add_run_tags(run_id, holding(run_id, locks))
    reap(instance, locks, run_id)


def disclaim(instance: dg.DagsterInstance, run_id: str) -> None:
    """Removes the claim. Called before the locks are released, so that the next holder does not reap this run."""
    instance.add_run_tags(run_id, holding(run_id, []))


def reap(instance: dg.DagsterInstance, locks: Sequence[str], own_run: str = "") -> list[dg.DagsterRun]:
    """Marks unfinished runs that claim one of these locks, and their documents, as failed. Returns those runs.

    The caller must hold the locks.
    """
    unended = instance.get_runs(dg.RunsFilter(statuses=UNENDED)) if locks else []
    dead = [run for run in unended if run.run_id != own_run and set(held_by(run)) & set(locks)]
    for run in dead:
        _end(instance, run)
    return dead


def end_jobs_of(run: dg.DagsterRun, status: str, reason: str) -> None:
    """Publishes a final status for the documents of the run. Ignored when Redis is unavailable."""
    with suppress(StoreUnavailable), messaging.progress_streams(read_settings()) as streams:
        end_jobs(streams, run.tags.get(INGEST_TAG) or run.run_id, status, reason, NEXT_INGEST, time.time())


def _end(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    instance.report_run_failed(run, DIED)
    end_jobs_of(run, "ERROR", DIED)


def runs_under_way(instance: dg.DagsterInstance, tags: Sequence[str], locks: Sequence[str]) -> tuple[int, int]:
    """The number of queued and unfinished runs of these collections, and of all. A run without the tag counts for any.

    Dead runs are reaped: those that claim one of the locks, which the caller must hold, or that never claimed any.
    """
    reap(instance, locks)
    now, counted = time.time(), [0, 0]
    for record in instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED, *UNENDED])):
        run = record.dagster_run
        begun = run.status in (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING)
        if (
            begun
            and run.job_name in CLAIMING
            and not held_by(run)
            and now - record.update_timestamp.timestamp() > UNCLAIMED_SECONDS
        ):
            _end(instance, run)
            continue
        of_these = not set(_collections(run) or tags).isdisjoint(tags)
        counted = [counted[0] + of_these, counted[1] + 1]
    return counted[0], counted[1]


def _collections(run: dg.DagsterRun) -> list[str]:
    try:
        return list(json.loads(run.tags.get(COLLECTIONS, "[]")))
    except (ValueError, TypeError):
        return []


def held_by(run: dg.DagsterRun) -> list[str]:
    """The locks that this run claims; empty when its tag is missing, invalid or copied from another run."""
    try:
        said = json.loads(run.tags.get(HOLDS, ""))
        return [str(lock) for lock in said["locks"]] if said["run"] == run.run_id else []
    except (ValueError, KeyError, TypeError):
        return []
