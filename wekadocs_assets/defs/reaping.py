"""Runs that a dead process left unended: marked as failed by the next one that holds what they held.

A run says by a tag which locks and leases it holds, and only then: one that waits for them is alive, and never touched.
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
from wekadocs_assets.core.jobs.states import GO_ON

HOLDS, COLLECTIONS, INGEST_TAG = "wekadocs/holds", "wekadocs/collections", "wekadocs/ingest"
UNCLAIMED_SECONDS = 180.0
"""After which a run that started and still says of no lock that it holds it is dead: it waits for locks a minute."""
CLAIMING = ("ingest", "__ASSET_JOB")
"""Jobs whose runs claim the locks of their collections when they begin; the second is Dagster's name for a Materialize."""
UNENDED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
DIED = (
    "The process of this run died or stalled: what it held is held by another ingest now. What it had done stays, and "
    "that ingest goes on from there."
)


def holding(run_id: str, locks: Sequence[str]) -> dict[str, str]:
    """The tag of a run that holds these; with the run's id in it, because a re-executed run has a copy of the tags."""
    return {HOLDS: json.dumps({"run": run_id, "locks": sorted(locks)})}


def claim(instance: dg.DagsterInstance, run_id: str, locks: Sequence[str]) -> None:
    """This run holds the locks from now on; runs that say so too are dead."""
    instance.add_run_tags(run_id, holding(run_id, locks))
    reap(instance, locks, run_id)


def disclaim(instance: dg.DagsterInstance, run_id: str) -> None:
    """Called before the locks are released: the next holder must not find a run without its final event."""
    instance.add_run_tags(run_id, holding(run_id, []))


def reap(instance: dg.DagsterInstance, locks: Sequence[str], own_run: str = "") -> list[dg.DagsterRun]:
    """Marks as failed the unended runs that say to hold one of these locks, which the caller holds; their documents too."""
    unended = instance.get_runs(dg.RunsFilter(statuses=UNENDED)) if locks else []
    dead = [run for run in unended if run.run_id != own_run and set(held_by(run)) & set(locks)]
    for run in dead:
        _end(instance, run)
    return dead


def end_jobs_of(run: dg.DagsterRun, status: str, reason: str) -> None:
    """Its documents get a final status. Without Redis, their start was not published."""
    with suppress(StoreUnavailable), messaging.progress_streams(read_settings()) as streams:
        end_jobs(streams, run.tags.get(INGEST_TAG) or run.run_id, status, reason, GO_ON, time.time())


def _end(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    instance.report_run_failed(run, DIED)
    end_jobs_of(run, "ERROR", DIED)


def runs_under_way(instance: dg.DagsterInstance, tags: Sequence[str], locks: Sequence[str]) -> tuple[int, int]:
    """Of these collections (or of any, where a run does not say), and of all.

    Those that are dead are reaped: they say to hold one of the locks, which the caller holds, or never claimed any.
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
    """Nothing for a tag that was copied from another run, or written by another program."""
    try:
        said = json.loads(run.tags.get(HOLDS, ""))
        return [str(lock) for lock in said["locks"]] if said["run"] == run.run_id else []
    except (ValueError, KeyError, TypeError):
        return []
