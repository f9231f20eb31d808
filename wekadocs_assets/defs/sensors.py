"""What starts runs by itself: changed folders and queued jobs; and what tells of documents whose run died.

A tick asks `watch` and requests what it says. The cursor holds what it asked to be remembered; the key of a run is made of
the work and the state that it starts from, so a daemon that was killed between request and cursor starts nothing twice.
"""

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

import dagster as dg

from wekadocs_assets import bootstrap, messaging
from wekadocs_assets.core.artifacts import codec
from wekadocs_assets.core.errors import StoreUnavailable, WekadocsError
from wekadocs_assets.core.progress import GO_ON
from wekadocs_assets.core.stages.queued import end_jobs
from wekadocs_assets.core.watching import Watch
from wekadocs_assets.defs.jobs import ingest_job
from wekadocs_assets.defs.reaping import COLLECTIONS, INGEST_TAG, runs_under_way
from wekadocs_assets.settings import Settings, read_settings
from wekadocs_assets.watch import QUEUE, Look, look, look_at_queue

INTERVAL = read_settings().watch_interval_seconds
RUNNING = dg.DefaultSensorStatus.RUNNING
Cursor = dict[str, Watch]
"""What is remembered, by collection."""


@dg.sensor(job=ingest_job, minimum_interval_seconds=INTERVAL, default_status=RUNNING)
def watched_folders(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Files that were added, changed, moved or removed in the folders of the known collections."""
    settings, watches = read_settings(), _read(context.cursor)
    try:
        collections = bootstrap.known_collections(settings)
    except WekadocsError as error:
        return dg.SensorResult(skip_reason=error.message, cursor=context.cursor)
    looks = {
        tag: look(settings, collection, watches.get(tag, Watch()), _runs(context, settings))
        for tag, collection in sorted(collections.items())
    }
    config = {tag: {"ingest_id": found.ingest.id} for tag, found in looks.items() if found.ingest}
    return _result(context, looks, config)


@dg.sensor(job=ingest_job, minimum_interval_seconds=INTERVAL, default_status=RUNNING)
def queued_jobs(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Jobs of `ingest:jobs`, many to a run, which takes them itself."""
    settings = read_settings()
    found = look_at_queue(settings, _read(context.cursor).get(QUEUE, Watch()), _runs(context, settings))
    return _result(context, {QUEUE: found}, {QUEUE: {"from_queue": found.documents}} if found.documents else {})


@dg.run_failure_sensor(monitored_jobs=[ingest_job], default_status=RUNNING)
def failed_runs(context: dg.RunFailureSensorContext) -> None:
    """Documents whose run died come to their end too: ERROR."""
    _end_jobs(context.dagster_run, "ERROR", f"its run failed: {context.failure_event.message}", GO_ON)


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.CANCELED, monitored_jobs=[ingest_job], default_status=RUNNING
)  # fmt: skip
def cancelled_runs(context: dg.RunStatusSensorContext) -> None:
    """Documents whose run was terminated: CANCELLED."""
    _end_jobs(context.dagster_run, "CANCELLED", "its run was terminated", GO_ON)


SENSORS = [watched_folders, queued_jobs, failed_runs, cancelled_runs]


def _end_jobs(run: dg.DagsterRun, status: str, reason: str, hint: str) -> None:
    """Without Redis nobody was told that they began."""
    with suppress(StoreUnavailable), messaging.progress_streams(read_settings()) as streams:
        end_jobs(streams, run.tags.get(INGEST_TAG) or run.run_id, status, reason, hint, time.time())


def _runs(context: dg.SensorEvaluationContext, settings: Settings):
    def under_way(tags: Sequence[str]) -> tuple[int, int]:
        locks = [] if tags == [QUEUE] else bootstrap.lock_names(settings, tags)
        return runs_under_way(context.instance, tags, locks)

    return under_way


def _result(
    context: dg.SensorEvaluationContext, looks: Mapping[str, Look], config: Mapping[str, Mapping[str, object]]
) -> dg.SensorResult:
    told = "; ".join(f"{tag}: {found.reason}" for tag, found in looks.items())
    messaging.tell_looks(read_settings(), {tag: found.reason for tag, found in looks.items()})
    cursor = codec(Cursor).dump_json({tag: found.watch for tag, found in looks.items()}).decode()
    if not config:
        return dg.SensorResult(skip_reason=told or "no collection is known yet", cursor=cursor)
    context.log.info(told)
    requests = [
        dg.RunRequest(
            run_key=looks[tag].key,
            run_config={"resources": {"run": {"config": dict(chosen)}}},
            tags={COLLECTIONS: json.dumps([tag])}
            | ({INGEST_TAG: str(chosen["ingest_id"])} if looks[tag].ingest else {}),
        )
        for tag, chosen in config.items()
    ]
    return dg.SensorResult(run_requests=requests, cursor=cursor)


def _read(cursor: str | None) -> Cursor:
    """Nothing is known where it was reset, or written by another version."""
    try:
        return codec(Cursor).validate_json(cursor or "{}")
    except ValueError:
        return {}
