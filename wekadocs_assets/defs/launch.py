"""Carries out a planned ingest in this process, one Dagster run a part: the one function of this room that the CLI calls."""

import os
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

import wekadocs_assets
from wekadocs_assets.core.ingest import Ingest
from wekadocs_assets.core.ports import ProgressSink
from wekadocs_assets.core.recipe import ASSETS
from wekadocs_assets.defs.build import build_definitions
from wekadocs_assets.defs.jobs import ingest_job

INGEST_TAG = "wekadocs/ingest"


@dataclass(frozen=True, slots=True)
class Launched:
    """The runs of an ingest; crashed: the error of a step that broke off, '' when every run came to its end."""

    run_ids: tuple[str, ...]
    crashed: str


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
            result = job.execute_in_process(
                run_config={
                    "resources": {"run": {"config": {"ingest_id": ingest.id, "part": part}}},
                    "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                },
                instance=instance,
                tags={INGEST_TAG: ingest.id},
                asset_selection=[dg.AssetKey(name) for name in _assets(part, ingest.parts)],
                raise_on_error=False,
            )
            run_ids.append(result.run_id)
            if crashed := _crash(result):
                return Launched(tuple(run_ids), crashed)
    return Launched(tuple(run_ids), "")


def _assets(part: int, parts: int) -> list[str]:
    first = ["source_documents"] if part == 0 else []
    last = ["ingest_report"] if part == parts - 1 else []
    return [*first, *ASSETS, *last]


def _crash(result: dg.ExecuteInProcessResult) -> str:
    """The first step that broke off, '' when none did: ingest_report fails on purpose when a document did."""
    for event in result.get_step_failure_events():
        data = event.step_failure_data
        if data.user_failure_data is None:
            error = data.error.cause or data.error
            return f"{event.step_key}: {error.message.strip()}"
    return ""
