"""Records a step: Dagster events and progress for each batch, then the StageRecord that the report is made from.

Add here what every step records. Running a stage belongs in steps.py.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import dagster as dg

from wekadocs_assets.core.jobs.states import STAGE_OF, ProgressEvent
from wekadocs_assets.core.models import Unreadable
from wekadocs_assets.core.planning.outcome import FAILED_OR_BLOCKED, Outcome
from wekadocs_assets.core.planning.record import (
    CleanupResult,
    OutcomeRow,
    StageRecord,
    load_record,
    outcome_row,
    save_record,
    with_earlier_try,
)
from wekadocs_assets.defs.events import outcome_events, preview_of
from wekadocs_assets.defs.ingest_session import IngestPart
from wekadocs_assets.defs.partitions import document_keys
from wekadocs_assets.defs.progress import Progress

MOST_LISTED = 50
"""Documents that are listed in the metadata of a step."""
Metadata = dict[str, dg.MetadataValue | int | float]


class StepRecorder:
    """Records one try of a step: its batches of documents or its clean-up results, its wall time and its CPU time."""

    def __init__(self, context: dg.AssetExecutionContext, current: IngestPart, progress: Progress) -> None:
        self._context, self._current, self._progress = context, current, progress
        self._asset = context.asset_key.to_user_string()
        self._began, self._cpu = time.perf_counter(), time.process_time()
        self._rows: list[OutcomeRow] = []
        self._cleanup = CleanupResult()
        self._preview: dict[str, dg.MetadataValue] = {}

    @property
    def preview(self) -> dict[str, dg.MetadataValue]:
        """The preview of the step's only document; empty when there are several."""
        return self._preview if len(self._rows) == 1 else {}

    def add(self, outcomes: Sequence[Outcome], ms: float) -> None:
        """Records a committed batch. ms: its wall time, which is divided equally among its documents."""
        self._rows.extend(outcome_row(outcome, ms / max(len(outcomes), 1)) for outcome in outcomes)
        self._progress.batch(self._current.ingest, self._asset, self._news(outcomes))
        for event in outcome_events(self._context, self._asset, outcomes):
            self._context.log_event(event)
        self._preview.update(preview_of(outcomes))

    def add_cleanup(self, step: CleanupResult) -> None:
        self._cleanup = self._cleanup.plus(step)

    def save(self) -> StageRecord:
        """Saves and returns the record of this try, combined with earlier tries of the step in this run."""
        store, ingest_id, part = self._current.pipeline.artifacts, self._current.ingest.id, self._current.part
        record = StageRecord(
            asset=self._asset,
            part=part,
            rows=tuple(self._rows),
            wall_ms=_ms(time.perf_counter() - self._began),
            cpu_ms=_ms(time.process_time() - self._cpu),
            run_id=self._context.run_id,
            **asdict(self._cleanup),
        )
        if self._context.retry_number:
            record = with_earlier_try(record, load_record(store, ingest_id, part, self._asset))
        save_record(store, ingest_id, record)
        return record

    def _news(self, outcomes: Sequence[Outcome]) -> list[ProgressEvent]:
        ingest_id, total = self._current.ingest.id, len(self._current.documents)
        return [
            ProgressEvent(
                ingest_id=ingest_id,
                tag=o.document.tag,
                source_uri=o.document.source_uri,
                stage=STAGE_OF[self._asset],
                checksum=o.document.checksum,
                done=len(self._rows) - len(outcomes) + number,
                total=total,
                status=o.status,
                error=o.error,
            )
            for number, o in enumerate(outcomes, 1)
        ]


def documents_result(
    context: dg.AssetExecutionContext,
    record: StageRecord,
    unreadable: Sequence[Unreadable],
    preview: dict[str, dg.MetadataValue],
) -> Iterator[dg.MaterializeResult[None]]:
    """Yields the result of a step. In a run over partitions, raises dg.Failure when documents were not done.

    In a sentinel run, ingest_report fails instead.
    """
    statuses = Counter(row.status for row in record.rows)
    not_done = {row.source_uri: row.error for row in record.rows if row.status in FAILED_OR_BLOCKED}
    not_done |= {item.source_uri: item.reason for item in unreadable}
    metadata: Metadata = {
        **{status: statuses.get(status, 0) for status in ("done", "fresh", "failed", "blocked")},
        **_totals(record.rows),
        **preview,
        "wall_seconds": record.wall_ms / 1000,
        "cpu_seconds": record.cpu_ms / 1000,
        "not_done": dg.MetadataValue.json(dict(list(not_done.items())[:MOST_LISTED])),
    }
    if not_done and document_keys(context) is not None:
        names = ", ".join(f"{name} ({error})" for name, error in list(not_done.items())[:5])
        raise dg.Failure(f"{len(not_done)} documents were not done: {names}", metadata=metadata, allow_retries=False)
    yield dg.MaterializeResult(metadata=metadata)


def _totals(rows: Sequence[OutcomeRow]) -> dict[str, int]:
    """Sums of the integer facts, which Dagster plots over time."""
    totals: Counter[str] = Counter()
    for row in rows:
        totals.update({name: value for name, value in row.facts.items() if type(value) is int})
    return dict(sorted(totals.items()))


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
