"""Hooks that report progress at the end of a step: completed stages, or a failure with its stage and reason.

They also run for the UI's runs. Progress within a step is reported from steps.py.
"""

import dagster as dg

from wekadocs_assets.core.jobs.states import NEXT_INGEST, STAGE_OF
from wekadocs_assets.core.planning.record import StageRecord, load_record
from wekadocs_assets.core.recipe import CLEANUP, POINTS, REPORT
from wekadocs_assets.defs.ingest_session import IngestPart

ERROR_STAGE = {**STAGE_OF, CLEANUP: "POSTCHECKS", REPORT: "REPORTING"}
"""Asset -> the stage that its errors are reported with."""
RESOURCES = {"run", "progress"}


@dg.success_hook(required_resource_keys=RESOURCES)
def publish_success(context: dg.HookContext) -> None:
    _publish(context)


@dg.failure_hook(required_resource_keys=RESOURCES)
def publish_failure(context: dg.HookContext) -> None:
    """A step that raises dg.Failure is complete: it raises that after its work, when a document failed or the index is not ready."""
    session, progress = context.resources.run, context.resources.progress
    if isinstance(context.op_exception, dg.Failure) or session.current is None:
        _publish(context, is_the_end=True)
    else:
        stage = ERROR_STAGE.get(context.op.name, "PENDING")
        progress.abort(session.current.ingest, stage, str(context.op_exception), NEXT_INGEST)


def _publish(context: dg.HookContext, *, is_the_end: bool = False) -> None:
    """is_the_end: True if this is known to be the last step; otherwise the session decides."""
    session, progress = context.resources.run, context.resources.progress
    current, asset = session.current, context.op.name
    if current is None:
        return
    is_the_end = is_the_end or not session.goes_on_after(asset)
    if asset == REPORT:
        progress.end(current.ingest)
    elif asset in STAGE_OF:
        if record := _record(current, asset):
            progress.finish(current.ingest, record, is_the_end=is_the_end)
    elif is_the_end:
        points = _record(current, POINTS) if asset == CLEANUP else None
        progress.end_without_report(current.ingest, points) if points else progress.stop(current.ingest)


def _record(current: IngestPart, asset: str) -> StageRecord | None:
    return load_record(current.pipeline.artifacts, current.ingest.id, current.part, asset)


HOOKS = {publish_success, publish_failure}
