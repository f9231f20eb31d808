"""How a stage's outcomes become Dagster events, progress and the record that the report is made from.

In a sentinel run every document gets an AssetMaterialization of its own as its batch is committed, so that a killed run
keeps what it did. In a run over partitions Dagster's own events at the end are the record: such a step fails when a
document failed, so that none turns green falsely. A failed or blocked document is an AssetObservation in both.
"""

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import chain

import dagster as dg

from wekadocs_assets.core.errors import Retryable, StoreBusy, WekadocsError
from wekadocs_assets.core.jobs.states import STAGE_OF, ProgressEvent
from wekadocs_assets.core.models import Unreadable
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.planning.ingest import Ingest
from wekadocs_assets.core.planning.outcome import FAILED_OR_BLOCKED, Outcome, Outcomes, cancelled
from wekadocs_assets.core.planning.plan import PlannedDocument
from wekadocs_assets.core.planning.record import (
    CleanupResult,
    OutcomeRow,
    StageRecord,
    load_record,
    outcome_row,
    save_record,
    with_earlier_try,
)
from wekadocs_assets.core.recipe import CODE_VERSIONS, PARSED
from wekadocs_assets.core.stages.conclude import start
from wekadocs_assets.core.stages.purge_and_link import Partitions
from wekadocs_assets.defs.interrupts import batchwise
from wekadocs_assets.defs.partitions import RegisteredPartitions, document_keys, register_partitions
from wekadocs_assets.defs.progress import Progress
from wekadocs_assets.defs.resources import IngestRun

Stage = Callable[[Pipeline, Sequence[PlannedDocument]], Outcomes]
Cleanup = Callable[[Pipeline, Ingest, Partitions], Iterator[CleanupResult]]
MOST_TRIES, FIRST_WAIT = 3, 0.5
"""How often a step is tried again; the first wait before it as a share of RETRY_SECONDS, doubled each time."""
HINT = "hint: "
"""Begins what to do, in the words of an error as Dagster keeps it."""
MOST_LISTED, DATA_VERSION_LENGTH = 50, 32
DATA_VERSION = "dagster/data_version"


def carry_out(
    context: dg.AssetExecutionContext, run: IngestRun, progress: Progress, stage: Stage
) -> Generator[dg.MaterializeResult, None, None]:
    """Runs one stage over the run's documents; logs their events batch by batch, and yields the step's own result."""
    asset = context.asset_key.to_user_string()
    began, cpu = time.perf_counter(), time.process_time()
    with retrying(context, run):
        _begin(context, run, asset)
        progress.start(run.ingest(context), context.run_id, asset, run.work(context))
    rows: list[OutcomeRow] = []
    preview: dict[str, dg.MetadataValue] = {}

    def record() -> StageRecord:
        spent = _ms(time.perf_counter() - began), _ms(time.process_time() - cpu)
        return _recorded(context, run, StageRecord(asset, run.part, tuple(rows), *spent, context.run_id))

    def write_down(batch: tuple[list[Outcome], float]) -> None:
        outcomes, ms = batch
        rows.extend(outcome_row(outcome, ms / max(len(outcomes), 1)) for outcome in outcomes)
        progress.batch(run.ingest(context), asset, _progress(context, run, asset, outcomes, len(rows)))
        for event in _events(context, asset, outcomes):
            context.log_event(event)
        preview.update(_preview(outcomes))

    with retrying(context, run, record):
        dropped = progress.cancel_of(run.ingest(context), run.work(context))
        wanted = [document for document in run.work(context) if document not in dropped]
        batches = chain([[cancelled(document) for document in dropped]], stage(run.pipeline, wanted))
        for _ in batchwise(map(write_down, _timed(batches))):
            if progress.is_cancelled:
                run.stop()
    absent = [item for plan in run.ingest(context).plans for item in plan.unreadable]
    yield from _result(context, record(), absent, preview if len(rows) == 1 else {})


def carry_out_cleanup(
    context: dg.AssetExecutionContext, run: IngestRun, progress: Progress, clean_up: Cleanup
) -> StageRecord:
    """Runs the clean-up of the whole ingest step by step, and returns its record; partitions go with their documents."""
    began, cpu = time.perf_counter(), time.process_time()
    done = CleanupResult()

    def record() -> StageRecord:
        spent = _ms(time.perf_counter() - began), _ms(time.process_time() - cpu)
        made = StageRecord(context.asset_key.to_user_string(), run.part, (), *spent, context.run_id, **asdict(done))
        return _recorded(context, run, made)

    with retrying(context, run, record):
        steps = clean_up(run.pipeline, run.ingest(context), RegisteredPartitions(context.instance))
        for step in batchwise(steps):
            done = done.plus(step)
            if progress.is_cancelled:
                run.stop()
    return record()


@contextmanager
def retrying(
    context: dg.AssetExecutionContext, run: IngestRun, last: Callable[[], object] = lambda: None
) -> Generator[None, None, None]:
    """What may pass (a server away, a time-out) is tried again by Dagster after a while; last: called before that."""
    try:
        yield
    except dg.DagsterExecutionInterruptedError:
        last()
        raise
    except WekadocsError as error:
        if error.hint:
            error.add_note(f"{HINT}{error.hint}")
        if isinstance(error, StoreBusy) or not isinstance(error, Retryable):  # the first was waited for already
            raise
        last()
        if context.retry_number < MOST_TRIES:  # not left to Dagster, whose sleep no interrupt ends
            time.sleep(FIRST_WAIT * run.settings.retry_seconds * 2**context.retry_number)
        raise dg.RetryRequested(MOST_TRIES, 0) from error


def _recorded(context: dg.AssetExecutionContext, run: IngestRun, record: StageRecord) -> StageRecord:
    """The record of this try and those before it, saved for the report."""
    store, ingest_id = run.pipeline.artifacts, run.ingest(context).id
    if context.retry_number:
        record = with_earlier_try(record, load_record(store, ingest_id, record.part, record.asset))
    save_record(store, ingest_id, record)
    return record


def _begin(context: dg.AssetExecutionContext, run: IngestRun, asset: str) -> None:
    """What must be known before the first document is done; a run may leave source_documents out."""
    if asset == PARSED and run.part == 0:
        start(run.pipeline, run.ingest(context))
    if document_keys(context) is None:
        register_partitions(context, run.ingest(context).part(run.part) if asset == PARSED else [])


def _timed(batches: Outcomes) -> Generator[tuple[list[Outcome], float], None, None]:
    began = time.perf_counter()
    for outcomes in batches:
        yield outcomes, (time.perf_counter() - began) * 1000
        began = time.perf_counter()


def _events(
    context: dg.AssetExecutionContext, asset: str, outcomes: Sequence[Outcome]
) -> Generator[dg.AssetMaterialization | dg.AssetObservation, None, None]:
    ours = document_keys(context) is None
    recorded = _recorded_versions(context, [o for o in outcomes if ours and o.status == "fresh"])
    for outcome in outcomes:
        key = outcome.document.partition_key
        if outcome.status in FAILED_OR_BLOCKED:
            yield dg.AssetObservation(
                asset, partition=key, metadata={"status": outcome.status, "reason": outcome.error, "hint": outcome.hint}
            )
        elif ours and (outcome.status == "done" or recorded.get(key) != outcome.output[:DATA_VERSION_LENGTH]):
            yield _materialization(asset, key, outcome)  # where it is current, its event was lost: that is healed


def _recorded_versions(context: dg.AssetExecutionContext, fresh: Sequence[Outcome]) -> dict[str, str]:
    """By partition, the data version of its last event of this asset."""
    keys = [outcome.document.partition_key for outcome in fresh]
    if not keys:
        return {}
    found = context.instance.event_log_storage.get_latest_tags_by_partition(
        context.asset_key, dg.DagsterEventType.ASSET_MATERIALIZATION, [DATA_VERSION], keys
    )
    return {key: tags.get(DATA_VERSION, "") for key, tags in found.items()}


def _materialization(asset: str, key: str, outcome: Outcome) -> dg.AssetMaterialization:
    """With the versions it stands on, as Dagster writes them itself; without them the UI calls every document unsynced.

    The pointer to the parent's event is left NULL, which Dagster reads as its latest one: to look each up would cost more
    than the event.
    """
    inputs = {f"dagster/input_data_version/{name}": v[:DATA_VERSION_LENGTH] for name, v in outcome.inputs.items()}
    pointers = {f"dagster/input_event_pointer/{name}": "NULL" for name in outcome.inputs}
    return dg.AssetMaterialization(
        asset,
        partition=key,
        metadata={
            "status": outcome.status,
            **{k: v for k, v in outcome.facts.items() if v != ""},
            **_preview([outcome]),
        },
        tags={
            "dagster/code_version": CODE_VERSIONS[asset],
            DATA_VERSION: outcome.output[:DATA_VERSION_LENGTH],
            "dagster/data_version_is_user_provided": "true",
            **inputs,
            **pointers,
        },
    )


def _preview(outcomes: Sequence[Outcome]) -> dict[str, dg.MetadataValue]:
    """Only where it can be told whose preview it is."""
    return {"preview": dg.MetadataValue.md(outcomes[0].preview)} if len(outcomes) == 1 and outcomes[0].preview else {}


def _progress(
    context: dg.AssetExecutionContext, run: IngestRun, asset: str, outcomes: Sequence[Outcome], done: int
) -> list[ProgressEvent]:
    ingest = run.ingest(context)
    total = len(run.work(context))
    return [
        ProgressEvent(
            ingest.id, o.document.tag, o.document.source_uri, STAGE_OF[asset], o.document.checksum,
            done - len(outcomes) + number, total, o.status, o.error,
        )
        for number, o in enumerate(outcomes, 1)
    ]  # fmt: skip


def _result(
    context: dg.AssetExecutionContext,
    record: StageRecord,
    absent: Sequence[Unreadable],
    preview: dict[str, dg.MetadataValue],
) -> Generator[dg.MaterializeResult, None, None]:
    """A run over partitions fails for each of them that is not done; a sentinel run leaves the verdict to the report."""
    statuses = Counter(row.status for row in record.rows)
    lost = {row.source_uri: row.error for row in record.rows if row.status in FAILED_OR_BLOCKED}
    lost |= {item.source_uri: item.reason for item in absent}
    metadata = {
        **{status: statuses.get(status, 0) for status in ("done", "fresh", "failed", "blocked")},
        **_totals(record.rows),
        **preview,
        "wall_seconds": record.wall_ms / 1000,
        "cpu_seconds": record.cpu_ms / 1000,
        "not_done": dg.MetadataValue.json(dict(list(lost.items())[:MOST_LISTED])),
    }
    if lost and document_keys(context) is not None:
        names = ", ".join(f"{name} ({error})" for name, error in list(lost.items())[:5])
        raise dg.Failure(f"{len(lost)} documents were not done: {names}", metadata=metadata, allow_retries=False)
    yield dg.MaterializeResult(metadata=metadata)


def _totals(rows: Sequence[OutcomeRow]) -> dict[str, int]:
    """Numeric facts added up: Dagster plots them over time."""
    totals: Counter[str] = Counter()
    for row in rows:
        totals.update({name: value for name, value in row.facts.items() if type(value) is int})
    return dict(sorted(totals.items()))


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
