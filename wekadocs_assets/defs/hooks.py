"""At a step's end: each document's completed stage, or its failure with stage and reason. They fire in runs of the UI too."""

import dagster as dg

from wekadocs_assets.core.jobs.states import GO_ON, STAGE_OF
from wekadocs_assets.core.planning.record import load_record
from wekadocs_assets.core.recipe import CLEANUP, POINTS, REPORT

BROKEN_AT = {**STAGE_OF, CLEANUP: "POSTCHECKS", REPORT: "REPORTING"}
"""The stage that an error names, by asset."""
RESOURCES = {"run", "progress"}


@dg.success_hook(required_resource_keys=RESOURCES)
def tell_success(context: dg.HookContext) -> None:
    _tell(context)


@dg.failure_hook(required_resource_keys=RESOURCES)
def tell_failure(context: dg.HookContext) -> None:
    """A step that raises dg.Failure came to its end: it fails on purpose when a document did."""
    run, progress = context.resources.run, context.resources.progress
    if isinstance(context.op_exception, dg.Failure) or run.planned is None:
        _tell(context, is_the_end=True)
    else:
        stage = BROKEN_AT.get(context.op.name, "PENDING")
        progress.break_off(run.planned, stage, str(context.op_exception), GO_ON)


def _tell(context: dg.HookContext, *, is_the_end: bool = False) -> None:
    """is_the_end: nothing comes after this step; else it is found out."""
    run, progress = context.resources.run, context.resources.progress
    ingest = run.planned
    if ingest is None:
        return
    is_the_end = is_the_end or not run.goes_on_after(context)
    if context.op.name == REPORT:
        progress.end(ingest)
    elif context.op.name in STAGE_OF:
        record = load_record(run.pipeline.artifacts, ingest.id, run.part, context.op.name)
        if record:
            progress.finish(ingest, record, is_the_end=is_the_end)
    elif is_the_end:
        points = (
            load_record(run.pipeline.artifacts, ingest.id, run.part, POINTS) if context.op.name == CLEANUP else None
        )
        progress.end_without_report(ingest, points) if points else progress.stop(ingest)


HOOKS = {tell_success, tell_failure}
