"""Reports the progress of a run's documents: steps.py calls it within a step, hooks.py at the end of a step.

Add a method for each new event of a run. The status of a single job belongs in core/jobs.
"""

import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager

import dagster as dg

from wekadocs_assets.app import messaging
from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core import ids
from wekadocs_assets.core.jobs.ports import ProgressSink
from wekadocs_assets.core.jobs.states import AFTER_THE_ASSETS, STAGE_OF, ProgressEvent
from wekadocs_assets.core.jobs.tracker import ProgressTracker
from wekadocs_assets.core.planning.ingest import Ingest
from wekadocs_assets.core.planning.outcome import FAILED_OR_BLOCKED
from wekadocs_assets.core.planning.plan import PlannedDocument
from wekadocs_assets.core.planning.record import StageRecord
from wekadocs_assets.core.recipe import PARSED, POINTS
from wekadocs_assets.defs.interrupts import interrupt_received

CLOSE_SECONDS = 2.0
NO_FURTHER = "the run took no further assets; what it did stays"


class Progress:
    """The progress of one ingest, whose runs follow each other in this process. listener: gets an event per document."""

    def __init__(self, listener: ProgressSink | None = None) -> None:
        self._listener = listener
        self._writer = messaging.progress_writer(read_settings())
        self._tracker: ProgressTracker | None = None
        self._ingest_id = ""

    @contextmanager
    def of_a_run(self) -> Generator["Progress", None, None]:
        try:
            yield self
        finally:
            if (interrupt_received() or self.is_cancelled) and self._tracker:
                self._tracker.cancel(self._tracker.jobs)
                self._tracker.tell("CANCELLED", "cancelled" if self.is_cancelled else "interrupted")
            self._writer.close(CLOSE_SECONDS)

    @property
    def problem(self) -> str:
        """The reason why events were not published, for the report, or ''. First flushes the events that still wait."""
        self._writer.final_flush(CLOSE_SECONDS)
        return self._writer.problem

    @property
    def is_cancelled(self) -> bool:
        """Whether a cancellation of this ingest was requested."""
        return self._ingest_id in self._writer.cancelled

    def cancel_of(self, ingest: Ingest, documents: Sequence[PlannedDocument]) -> list[PlannedDocument]:
        """Cancels the jobs whose cancellation was requested and returns their documents."""
        dropped = [document for document in documents if _job(document) in self._writer.cancelled]
        self._of(ingest).cancel(map(_job, dropped))
        return dropped

    def plan(self, ingest: Ingest) -> None:
        """Publishes all documents of the ingest as PENDING before the first one is processed."""
        self._begin(ingest, ingest.work)
        self._of(ingest).tell("PENDING", f"{len(ingest.work)} documents to work on", 0, len(ingest.work))
        self._writer.flush(CLOSE_SECONDS)

    def start(self, ingest: Ingest, run_id: str, asset: str, documents: Sequence[PlannedDocument]) -> None:
        self._begin(ingest, documents)
        if asset == PARSED:
            self._of(ingest).name_run(run_id)
        self._of(ingest).emit(map(_job, documents), STAGE_OF[asset], "started")

    def batch(self, ingest: Ingest, asset: str, events: Sequence[ProgressEvent]) -> None:
        """Publishes "n of N" for the ingest. The listener in this process gets an event for each document."""
        if self._listener:
            self._listener.publish(events)
        if events:
            done, total = events[-1].done, events[-1].total
            self._of(ingest).tell(STAGE_OF[asset], f"{done} of {total}", done, total)

    def finish(self, ingest: Ingest, record: StageRecord, *, is_the_end: bool) -> None:
        """Publishes the results of a finished step. is_the_end: no later asset was selected for this ingest."""
        tracker, stage = self._of(ingest), STAGE_OF[record.asset]
        jobs = {ids.job_id(row.tag, row.source_uri, row.checksum): row for row in record.rows}
        kept = {job: row for job, row in jobs.items() if row.status not in FAILED_OR_BLOCKED}
        tracker.advance(kept, stage, "done", {job: row.ms for job, row in kept.items()})
        lost = {job: row for job, row in jobs.items() if row.status in FAILED_OR_BLOCKED}
        tracker.error({job: (stage, row.error, row.hint) for job, row in lost.items()})
        if is_the_end and record.asset == POINTS:
            self.end_without_report(ingest, record)
        elif is_the_end:
            self.stop(ingest)

    def end_without_report(self, ingest: Ingest, points: StageRecord) -> None:
        """Ends an ingest that has no report. points: the record of vector_points; its written documents can be searched."""
        found = [row for row in points.rows if row.status not in FAILED_OR_BLOCKED]
        self._of(ingest).complete(ids.job_id(row.tag, row.source_uri, row.checksum) for row in found)
        self._of(ingest).tell("DONE", "without a report")

    def stop(self, ingest: Ingest) -> None:
        """Ends an ingest without further assets: jobs without a final status become CANCELLED."""
        tracker = self._of(ingest)
        tracker.cancel(tracker.jobs, NO_FURTHER)
        tracker.tell("CANCELLED", NO_FURTHER)

    def abort(self, ingest: Ingest, stage: str, reason: str, hint: str) -> None:
        """Ends an ingest whose step failed: jobs without a final status become ERROR."""
        self._of(ingest).error_of_all(stage, reason, hint)
        self._of(ingest).tell("ERROR", f"{stage}: {reason}", error=reason)

    def check(self, ingest: Ingest) -> None:
        """Publishes the start of the verification."""
        tracker = self._of(ingest)
        tracker.emit(tracker.jobs, "POSTCHECKS", "started")
        tracker.tell("POSTCHECKS", "the stores are compared")

    def end(self, ingest: Ingest) -> None:
        """Publishes the end of the ingest. Called after the report is written."""
        tracker = self._of(ingest)
        for stage in AFTER_THE_ASSETS:
            tracker.advance(tracker.jobs, stage, "done")
        tracker.complete(tracker.jobs)
        tracker.tell("DONE", "the report is written")

    def _of(self, ingest: Ingest) -> ProgressTracker:
        if self._tracker is None or self._ingest_id != ingest.id:
            self._tracker, self._ingest_id = ProgressTracker(self._writer, ingest.id, time.time), ingest.id
        return self._tracker

    def _begin(self, ingest: Ingest, documents: Iterable[PlannedDocument]) -> None:
        tracker = self._of(ingest)
        tracker.begin([(d.tag, d.source_uri, d.checksum) for d in documents if _job(d) not in tracker.jobs])


def _job(document: PlannedDocument) -> str:
    return ids.job_id(document.tag, document.source_uri, document.checksum)


def progress_resource(progress: Progress) -> dg.ResourceDefinition:
    """A resource that provides the same object to every run of this process. Its writer is closed after each run."""

    @dg.resource(description="Publishes the progress of documents.")
    def of_a_run(_):
        with progress.of_a_run():
            yield progress

    return of_a_run
