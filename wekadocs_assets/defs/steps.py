"""Functions that assets call: each runs a stage of core over the documents or collections of a run, and records it.

Add a function for each new kind of step. What a step records belongs in recording.py.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import dagster as dg

from wekadocs_assets.app import bootstrap
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.planning.ingest import Ingest
from wekadocs_assets.core.planning.outcome import Outcome, Outcomes, cancelled
from wekadocs_assets.core.planning.plan import PlannedDocument
from wekadocs_assets.core.planning.record import CleanupResult, StageRecord
from wekadocs_assets.core.ports.stores import Partitions
from wekadocs_assets.core.reports.files import report_name
from wekadocs_assets.core.reports.model import IngestReport
from wekadocs_assets.core.stages.conclude import conclude
from wekadocs_assets.defs.ingest_session import IngestSession
from wekadocs_assets.defs.interrupts import batchwise
from wekadocs_assets.defs.partitions import RegisteredPartitions
from wekadocs_assets.defs.progress import Progress
from wekadocs_assets.defs.recording import StepRecorder, documents_result
from wekadocs_assets.defs.retrying import retrying

Stage = Callable[[Pipeline, Sequence[PlannedDocument]], Outcomes]
Cleanup = Callable[[Pipeline, Ingest, Partitions], Iterator[CleanupResult]]


@dataclass(frozen=True, slots=True)
class Batch:
    """Outcomes that were committed together. ms: wall time of the batch, in milliseconds."""

    outcomes: list[Outcome]
    ms: float


def run_stage(
    stage: Stage, pipeline: Pipeline, documents: Sequence[PlannedDocument], dropped: Sequence[PlannedDocument] = ()
) -> Iterator[Batch]:
    """Yields each batch after it is committed. dropped: the cancelled documents, yielded first, as one batch."""
    wanted = [document for document in documents if document not in dropped]
    began = time.perf_counter()
    for outcomes in chain([[cancelled(document) for document in dropped]], stage(pipeline, wanted)):
        yield Batch(outcomes, (time.perf_counter() - began) * 1000)
        began = time.perf_counter()


def process_documents(
    context: dg.AssetExecutionContext, session: IngestSession, progress: Progress, stage: Stage
) -> Iterator[dg.MaterializeResult[None]]:
    """Runs one stage over the run's documents. Logs their events for each batch and yields the result of the step."""
    with retrying(context):
        current = session.begin(context)
        progress.start(current.ingest, context.run_id, context.asset_key.to_user_string(), current.documents)
    recorder = StepRecorder(context, current, progress)
    with retrying(context, recorder.save):
        dropped = progress.cancel_of(current.ingest, current.documents)
        batches = run_stage(stage, current.pipeline, current.documents, dropped)
        for _ in batchwise(recorder.add(batch.outcomes, batch.ms) for batch in batches):
            if progress.is_cancelled:
                session.cancel()
    yield from documents_result(context, recorder.save(), current.unreadable, recorder.preview)


def process_collections(
    context: dg.AssetExecutionContext, session: IngestSession, progress: Progress, cleanup: Cleanup
) -> StageRecord:
    """Runs the clean-up of the ingest and returns its record. Partitions are deleted with their documents."""
    with retrying(context):
        current = session.open(context)
    recorder = StepRecorder(context, current, progress)
    with retrying(context, recorder.save):
        steps = cleanup(current.pipeline, current.ingest, RegisteredPartitions(context.instance))
        for _ in batchwise(map(recorder.add_cleanup, steps)):
            if progress.is_cancelled:
                session.cancel()
    return recorder.save()


def write_report(
    context: dg.AssetExecutionContext, session: IngestSession, progress: Progress
) -> tuple[IngestReport, str]:
    """Writes the report of the ingest. Returns it with the place where it is stored."""
    with retrying(context):
        current = session.open(context)
        progress.check(current.ingest)
        reports = bootstrap.reports(session.settings)
        now, unpublished = int(time.time()), progress.problem
        report = conclude(current.pipeline, reports, current.ingest, now, unpublished=unpublished)
        session.finish_jobs()
    return report, reports.place(report_name(report.ingest_id))
