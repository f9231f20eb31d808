"""Progress of a run's documents: assets tell of it within a step, the hooks in hooks.py at a step's end."""

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
    """Of one ingest, whose runs may come one after the other in this process. listener: who looks on in it."""

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
        """Why something was not published, for the report; what waits gets its chance first."""
        self._writer.final_flush(CLOSE_SECONDS)
        return self._writer.problem

    @property
    def is_cancelled(self) -> bool:
        """Whether a cancellation of this ingest was requested."""
        return self._ingest_id in self._writer.cancelled

    def cancel_of(self, ingest: Ingest, documents: Sequence[PlannedDocument]) -> list[PlannedDocument]:
        """The documents whose cancellation was requested: their jobs end here."""
        dropped = [document for document in documents if _job(document) in self._writer.cancelled]
        self._of(ingest).cancel(map(_job, dropped))
        return dropped

    def plan(self, ingest: Ingest) -> None:
        """Every document of the ingest is PENDING, visible before the first one is processed."""
        self._begin(ingest, ingest.work)
        self._of(ingest).tell("PENDING", f"{len(ingest.work)} documents to work on", 0, len(ingest.work))
        self._writer.flush(CLOSE_SECONDS)

    def start(self, ingest: Ingest, run_id: str, asset: str, documents: Sequence[PlannedDocument]) -> None:
        self._begin(ingest, documents)
        if asset == PARSED:
            self._of(ingest).name_run(run_id)
        self._of(ingest).emit(map(_job, documents), STAGE_OF[asset], "started")

    def batch(self, ingest: Ingest, asset: str, events: Sequence[ProgressEvent]) -> None:
        """n of N, for the ingest's own stream; listeners in this process get an event for each document."""
        if self._listener:
            self._listener.publish(events)
        if events:
            done, total = events[-1].done, events[-1].total
            self._of(ingest).tell(STAGE_OF[asset], f"{done} of {total}", done, total)

    def finish(self, ingest: Ingest, record: StageRecord, *, is_the_end: bool) -> None:
        """A step is through. is_the_end: the last step of this ingest, because only some assets were selected."""
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
        """The ingest has no report. points: the record of vector_points, whose documents can be found from now on."""
        found = [row for row in points.rows if row.status not in FAILED_OR_BLOCKED]
        self._of(ingest).complete(ids.job_id(row.tag, row.source_uri, row.checksum) for row in found)
        self._of(ingest).tell("DONE", "without a report")

    def stop(self, ingest: Ingest) -> None:
        """No further asset runs: jobs without a final status get one here."""
        tracker = self._of(ingest)
        tracker.cancel(tracker.jobs, NO_FURTHER)
        tracker.tell("CANCELLED", NO_FURTHER)

    def break_off(self, ingest: Ingest, stage: str, reason: str, hint: str) -> None:
        """A step failed: jobs without a final status get one here."""
        self._of(ingest).error_of_all(stage, reason, hint)
        self._of(ingest).tell("ERROR", f"{stage}: {reason}", error=reason)

    def check(self, ingest: Ingest) -> None:
        """Verification and report have begun."""
        tracker = self._of(ingest)
        tracker.emit(tracker.jobs, "POSTCHECKS", "started")
        tracker.tell("POSTCHECKS", "the stores are compared")

    def end(self, ingest: Ingest) -> None:
        """The report is written."""
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
    """The same object for every run of this process, closed after each."""

    @dg.resource(description="Where progress goes.")
    def of_a_run(_):
        with progress.of_a_run():
            yield progress

    return of_a_run
