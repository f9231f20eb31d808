"""Carries out a planned ingest in this process, one Dagster run a part: the one function of this room that the CLI calls."""

import os
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

import wekadocs_assets
from wekadocs_assets.core.errors import ConfigurationError, StoreBusy, StoreUnavailable, WekadocsError
from wekadocs_assets.core.ingest import Ingest
from wekadocs_assets.core.ports import ProgressSink
from wekadocs_assets.core.recipe import ASSETS
from wekadocs_assets.defs.build import build_definitions
from wekadocs_assets.defs.jobs import ingest_job

INGEST_TAG = "wekadocs/ingest"


EXIT_CODES = {kind.__name__: kind.exit_code for kind in (StoreUnavailable, StoreBusy, ConfigurationError)}


@dataclass(frozen=True, slots=True)
class Crash:
    """A step that broke off; exit_code: what the error that stopped it means to the command line."""

    asset: str
    error: str
    exit_code: int
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Launched:
    """The runs of an ingest, and what broke the last one off (None: every run came to its end)."""

    run_ids: tuple[str, ...]
    crash: Crash | None


def dagster_home() -> Path:
    """The folder of dagster.yaml: DAGSTER_HOME, the checkout, or the copy inside an installed package."""
    package = Path(wekadocs_assets.__file__).parent
    candidates = [Path(os.environ[name]) for name in ("DAGSTER_HOME",) if os.environ.get(name)]
    candidates += [package.parent, package]
    return next((folder for folder in candidates if (folder / "dagster.yaml").is_file()), candidates[0])


def launch(ingest: Ingest, progress: ProgressSink) -> Launched:
    """The first run also plans (it adopts this plan), the last also reports; a crash ends the ingest there."""
    os.environ["DAGSTER_HOME"] = str(dagster_home())
    job = build_definitions(progress=progress).resolve_job_def(ingest_job.name)
    run_ids: list[str] = []
    with dg.DagsterInstance.get() as instance:
        for part in range(ingest.parts):
            try:
                result = _execute(job, ingest, part, instance)
            except WekadocsError as error:  # Dagster's own storage is gone: no step could even be recorded as failed
                return Launched(tuple(run_ids), Crash("Dagster's storage", error.message, error.exit_code, error.hint))
            run_ids.append(result.run_id)
            if crash := _crash(result):
                return Launched(tuple(run_ids), crash)
    return Launched(tuple(run_ids), None)


def _execute(
    job: dg.JobDefinition, ingest: Ingest, part: int, instance: dg.DagsterInstance
) -> dg.ExecuteInProcessResult:
    return job.execute_in_process(
        run_config={
            "resources": {"run": {"config": {"ingest_id": ingest.id, "part": part}}},
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        },
        instance=instance,
        tags={INGEST_TAG: ingest.id},
        asset_selection=[dg.AssetKey(name) for name in _assets(part, ingest.parts)],
        raise_on_error=False,
    )


def _assets(part: int, parts: int) -> list[str]:
    first = ["source_documents"] if part == 0 else []
    last = ["ingest_report"] if part == parts - 1 else []
    return [*first, *ASSETS, *last]


def _crash(result: dg.ExecuteInProcessResult) -> Crash | None:
    """The first step that broke off: ingest_report fails on purpose when a document did, which is none."""
    for event in result.get_step_failure_events():
        data = event.step_failure_data
        if data.user_failure_data is None:
            error = data.error.cause or data.error
            code = EXIT_CODES.get((error.cls_name or "").rpartition(".")[2], 1)
            return Crash(event.step_key or "", error.message.strip(), code)
    return None
