"""Sensors that request runs for changed folders and queued jobs, and publish the final status of dead runs.

A tick calls a check of app/watch.py and requests its result. The cursor stores the Watch of each check. The key of a run is
a hash of its work and the number of tries, so a daemon that was killed before it saved the cursor requests no run twice.
"""

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

import dagster as dg

from wekadocs_assets.app import bootstrap, messaging
from wekadocs_assets.app.watch import QUEUE, CheckResult, Runs, check_collection, check_queue
from wekadocs_assets.config.settings import Settings, read_settings
from wekadocs_assets.core.artifacts import codec
from wekadocs_assets.core.errors import StoreUnavailable, WekadocsError
from wekadocs_assets.core.jobs.states import JobEvent
from wekadocs_assets.core.watching.quiet_period import Watch
from wekadocs_assets.defs.jobs import ingest_job
from wekadocs_assets.defs.reaping import COLLECTIONS, INGEST_TAG, UNENDED, end_jobs_of, runs_under_way

INTERVAL = read_settings().watch_interval_seconds
RUNNING = dg.DefaultSensorStatus.RUNNING
Cursor = dict[str, Watch]
"""Tag, or the name of the queue -> state of its last check."""


@dg.sensor(
    job=ingest_job,
    minimum_interval_seconds=INTERVAL,
    default_status=RUNNING,
    description="Requests an ingest of files that were added, changed, moved or removed in a known collection.",
)
def watched_folders(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    settings, watches = read_settings(), _read(context.cursor)
    try:
        collections = bootstrap.known_collections(settings)
    except WekadocsError as error:
        return dg.SensorResult(skip_reason=error.message, cursor=context.cursor)
    checks: dict[str, CheckResult] = {}
    for tag, collection in sorted(collections.items()):
        runs = _runs(context, settings, list(checks.values()))
        checks[tag] = check_collection(settings, collection, watches.get(tag, Watch()), runs)
    config = {tag: {"ingest_id": found.ingest.id} for tag, found in checks.items() if found.ingest}
    return _result(context, checks, config)


@dg.sensor(
    job=ingest_job,
    minimum_interval_seconds=INTERVAL,
    default_status=RUNNING,
    description="Requests a run for the jobs of the queue `ingest:jobs`; the run claims the jobs when it starts.",
)
def queued_jobs(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    settings = read_settings()
    found = check_queue(settings, _read(context.cursor).get(QUEUE, Watch()), _runs(context, settings))
    return _result(context, {QUEUE: found}, {QUEUE: {"from_queue": found.documents}} if found.documents else {})


@dg.run_failure_sensor(
    monitor_all_code_locations=True,  # a run that was started in a terminal does not belong to a code location
    default_status=RUNNING,
    description="Publishes the final status ERROR for the documents of a failed run.",
)
def failed_runs(context: dg.RunFailureSensorContext) -> None:
    if not _goes_on(context):
        end_jobs_of(context.dagster_run, "ERROR", f"its run failed: {context.failure_event.message}")


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.CANCELED,
    monitor_all_code_locations=True,
    default_status=RUNNING,
    description="Publishes the final status CANCELLED for the documents of a cancelled run.",
)
def cancelled_runs(context: dg.RunStatusSensorContext) -> None:
    if not _goes_on(context):
        end_jobs_of(context.dagster_run, "CANCELLED", "its run was terminated")


SENSORS = [watched_folders, queued_jobs, failed_runs, cancelled_runs]


def _goes_on(context: dg.RunStatusSensorContext) -> bool:
    """Whether another run of the same ingest is queued or in progress, because it was re-executed."""
    ingest_id = context.dagster_run.tags.get(INGEST_TAG)
    wanted = dg.RunsFilter(tags={INGEST_TAG: ingest_id or ""}, statuses=[dg.DagsterRunStatus.QUEUED, *UNENDED])
    return bool(ingest_id and context.instance.get_runs(wanted, limit=1))


def _runs(context: dg.SensorEvaluationContext, settings: Settings, asked: Sequence[CheckResult] = ()) -> Runs:
    """A function that counts unfinished runs. asked: checks of this tick, whose requested runs are counted, too."""

    def under_way(tags: Sequence[str]) -> tuple[int, int]:
        locks = [] if tags == [QUEUE] else bootstrap.lock_names(settings, tags)
        of_these, of_all = runs_under_way(context.instance, tags, locks)
        return of_these, of_all + sum(bool(found.documents) for found in asked)

    return under_way


def _result(
    context: dg.SensorEvaluationContext, checks: Mapping[str, CheckResult], config: Mapping[str, Mapping[str, object]]
) -> dg.SensorResult:
    reasons = "; ".join(f"{tag}: {found.reason}" for tag, found in checks.items())
    messaging.publish_checks(read_settings(), {tag: found.reason for tag, found in checks.items()})
    _tell_of_requests([found for found in checks.values() if found.ingest])
    cursor = codec(Cursor).dump_json({tag: found.watch for tag, found in checks.items()}).decode()
    if not config:
        return dg.SensorResult(skip_reason=reasons or "no collection is known yet", cursor=cursor)
    context.log.info(reasons)
    requests = [
        dg.RunRequest(
            run_key=checks[tag].key,
            run_config={"resources": {"run": {"config": dict(chosen)}}},
            tags={COLLECTIONS: json.dumps([tag])}
            | ({INGEST_TAG: str(chosen["ingest_id"])} if checks[tag].ingest else {}),
        )
        for tag, chosen in config.items()
    ]
    return dg.SensorResult(run_requests=requests, cursor=cursor)


def _tell_of_requests(checks: Sequence[CheckResult]) -> None:
    """Publishes the ingests as PENDING, so that `status` and `cancel` find them before their runs start."""
    now = time.time()
    events = [
        JobEvent(
            job_id=found.ingest.id, attempt=1, stage="PENDING", percent=0, message="waits for its run", timestamp=now
        )
        for found in checks
    ]
    if events:
        with suppress(StoreUnavailable), messaging.progress_streams(read_settings()) as streams:
            streams.write([], events)


def _read(cursor: str | None) -> Cursor:
    """The parsed cursor; empty when it was reset or written by another version."""
    try:
        return codec(Cursor).validate_json(cursor or "{}")
    except ValueError:
        return {}
