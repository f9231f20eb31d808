"""Runs that a dead process left unended: marked as failed by the next one that holds what they held.

A run says by a tag which locks and leases it holds, and only then: one that waits for them is alive, and never touched.
"""

import json
import time
from collections.abc import Sequence

import dagster as dg

HOLDS, COLLECTIONS, INGEST_TAG = "wekadocs/holds", "wekadocs/collections", "wekadocs/ingest"
UNCLAIMED_SECONDS = 600.0
"""After which a run that started and still says of no lock that it holds it is dead: it waits for locks a minute."""
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
    """The tag of a run that holds these; with the run's id in it, for whoever executes a run again copies its tags."""
    return {HOLDS: json.dumps({"run": run_id, "locks": sorted(locks)})}


def claim(instance: dg.DagsterInstance, run_id: str, locks: Sequence[str]) -> None:
    """This run holds the locks from now on; runs that say so too are dead."""
    instance.add_run_tags(run_id, holding(run_id, locks))
    reap(instance, locks, run_id)


def disclaim(instance: dg.DagsterInstance, run_id: str) -> None:
    """Before the locks are let go: whoever takes them next must not find a run that has yet to write its own end."""
    instance.add_run_tags(run_id, holding(run_id, []))


def reap(instance: dg.DagsterInstance, locks: Sequence[str], own_run: str = "") -> list[dg.DagsterRun]:
    """Marks as failed the unended runs that say to hold one of these locks, which the caller holds."""
    unended = instance.get_runs(dg.RunsFilter(statuses=UNENDED))
    dead = [run for run in unended if run.run_id != own_run and set(held_by(run)) & set(locks)]
    for run in dead:
        instance.report_run_failed(run, DIED)
    return dead


def runs_under_way(instance: dg.DagsterInstance, tags: Sequence[str], locks: Sequence[str]) -> tuple[int, int]:
    """Of these collections (or of any, where a run does not say), and of all. locks: the caller holds them; none: nothing
    is reaped."""
    if locks:
        reap(instance, locks)
    now, counted = time.time(), [0, 0]
    for record in instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED, *UNENDED])):
        run = record.dagster_run
        begun = run.status in (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING)
        if locks and begun and not held_by(run) and now - record.update_timestamp.timestamp() > UNCLAIMED_SECONDS:
            instance.report_run_failed(run, DIED)
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
    """Nothing for a tag that was copied from another run, or written by somebody else."""
    try:
        said = json.loads(run.tags.get(HOLDS, ""))
        return [str(lock) for lock in said["locks"]] if said["run"] == run.run_id else []
    except (ValueError, KeyError, TypeError):
        return []
