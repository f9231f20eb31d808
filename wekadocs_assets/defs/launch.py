"""Executes a planned ingest in this process, with one Dagster run per part. The CLI calls `launch`."""

import os
import sqlite3
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg
from sqlalchemy.exc import DBAPIError

from wekadocs_assets.app import bootstrap
from wekadocs_assets.config.dagster_home import dagster_home
from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core.errors import ConfigurationError, StoreBusy, StoreUnavailable, WekadocsError
from wekadocs_assets.core.jobs.ports import ProgressSink
from wekadocs_assets.core.planning.ingest import Ingest
from wekadocs_assets.core.recipe import ASSETS, CLEANUP, PLAN, REPORT
from wekadocs_assets.defs import interrupts
from wekadocs_assets.defs.build import build_definitions
from wekadocs_assets.defs.jobs import ingest_job
from wekadocs_assets.defs.reaping import INGEST_TAG, holding, reap
from wekadocs_assets.defs.retrying import HINT

DAGSTER = "Dagster's storage"
EXIT_CODES = {kind.__name__: kind.exit_code for kind in (StoreUnavailable, StoreBusy, ConfigurationError)}
EXIT_CODES |= dict.fromkeys(("OSError", "OperationalError"), StoreUnavailable.exit_code)
"""Class name of an error that ends a step -> exit code. The last two are raised for a disk."""


@dataclass(frozen=True, slots=True)
class Crash:
    """A step that was aborted by an error. exit_code: the exit code of that error."""

    asset: str
    error: str
    exit_code: int
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Launched:
    """The runs of an ingest. crash: what aborted the last run; None when all runs finished, or were interrupted or cancelled."""

    run_ids: tuple[str, ...]
    crash: Crash | None = None
    interrupted: bool = False
    cancelled: bool = False


def launch(ingest: Ingest, progress: ProgressSink) -> Launched:
    """Executes all parts. The first run adopts this plan, the last one also cleans up and writes the report.

    A crash, an interrupt or a cancellation stops after the current run. The caller must hold the locks of the ingest's
    collections; unfinished runs that claim these locks are dead and are reaped.
    """
    os.environ["DAGSTER_HOME"] = str(dagster_home())
    job = build_definitions(progress=progress).resolve_job_def(ingest_job.name)
    locks = bootstrap.lock_names(read_settings(), [plan.tag for plan in ingest.plans])
    run_ids: list[str] = []
    with interrupts.watched() as interrupted:
        try:
            with dg.DagsterInstance.get() as instance:
                reap(instance, locks)
                for part in range(ingest.parts):
                    result = _execute(job, ingest, part, instance, locks)
                    run_ids.append(result.run_id)
                    if interrupted() and not (result.success and part == ingest.parts - 1):
                        return Launched(tuple(run_ids), interrupted=True)
                    if _was_stopped(result):
                        return Launched(tuple(run_ids), cancelled=True)
                    if crash := _crash(result):
                        return Launched(tuple(run_ids), crash)
        except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError):
            return Launched(tuple(run_ids), interrupted=True)
        except (WekadocsError, DBAPIError) as error:  # Dagster could not record the failure of a step
            return Launched(tuple(run_ids), _storage_crash(error))
    return Launched(tuple(run_ids))


def _execute(
    job: dg.JobDefinition, ingest: Ingest, part: int, instance: dg.DagsterInstance, locks: Sequence[str]
) -> dg.ExecuteInProcessResult:
    run_id = str(uuid.uuid4())
    return job.execute_in_process(
        run_config={
            "resources": {"run": {"config": {"ingest_id": ingest.id, "part": part}}},
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        },
        instance=instance,
        run_id=run_id,
        tags={INGEST_TAG: ingest.id} | holding(run_id, locks),
        asset_selection=[dg.AssetKey(name) for name in _assets(part, ingest.parts)],
        raise_on_error=False,
    )


def _assets(part: int, parts: int) -> list[str]:
    first = [PLAN] if part == 0 else []
    last = [CLEANUP, REPORT] if part == parts - 1 else []
    return [*first, *ASSETS, *last]


def _was_stopped(result: dg.ExecuteInProcessResult) -> bool:
    """Whether the run was cancelled between two batches. The caller checks for an interrupt first."""
    failures = (event.step_failure_data.error for event in result.get_step_failure_events())
    return any(error.cls_name == dg.DagsterExecutionInterruptedError.__name__ for error in failures)


def _storage_crash(error: WekadocsError | DBAPIError) -> Crash:
    """The crash for an error of Dagster's storage. Raises other database errors again."""
    if isinstance(error, WekadocsError):
        return Crash(DAGSTER, error.message, error.exit_code, error.hint)
    if not isinstance(error.orig, sqlite3.Error):
        raise error
    place = f"SQLite below {read_settings().data_folder}: {error.orig}"
    return Crash(DAGSTER, place, StoreUnavailable.exit_code, "check the disk and its free space")


def _crash(result: dg.ExecuteInProcessResult) -> Crash | None:
    """The first step that was aborted. A step that raised dg.Failure, because a document failed, does not count."""
    for event in result.get_step_failure_events():
        data = event.step_failure_data
        if data.user_failure_data is None:
            error = data.error.cause or data.error
            code = EXIT_CODES.get((error.cls_name or "").rpartition(".")[2], 1)
            message, _, hint = error.message.strip().partition(HINT)
            return Crash(event.step_key or "", message.removeprefix(f"{WekadocsError.__module__}."), code, hint)
    return None
