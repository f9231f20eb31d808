"""Records of what each asset did in each part of an ingest. They are saved as artifacts, and the report reads them.

Add a field here when the report needs another fact about a step; give it a default, so that older records load.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace

from wekadocs_assets.core import ids
from wekadocs_assets.core.artifacts import codec
from wekadocs_assets.core.models import Scalar
from wekadocs_assets.core.planning.ingest import Ingest
from wekadocs_assets.core.planning.outcome import Outcome
from wekadocs_assets.core.planning.work import Work, sum_work
from wekadocs_assets.core.ports.stores import ArtifactHeader, ArtifactStore
from wekadocs_assets.core.recipe import ASSETS, CLEANUP

RECORDS = "stage_records"
RECORDED = (*ASSETS, CLEANUP)
"""The assets that save a record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRow:
    """The saved part of an Outcome. ms: this document's share of the time of its batch, in milliseconds."""

    document_id: str
    tag: str
    source_uri: str
    checksum: str
    status: str
    ms: float = 0.0
    error: str = ""
    hint: str = ""
    facts: dict[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRecord:
    """What one asset did in one part. wall_ms, cpu_ms: time of the step in milliseconds, including its Dagster events.

    run_id: the Dagster run. The fields after it are set by collection_cleanup only, whose record has no rows: see
    CleanupResult.
    """

    asset: str
    part: int
    rows: tuple[OutcomeRow, ...]
    wall_ms: int
    cpu_ms: int
    run_id: str = ""
    purged: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    links: dict[str, int] = field(default_factory=dict)
    work: Work = field(default_factory=dict)
    switch_waits_for: tuple[str, ...] = ()
    versions_dropped: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    versions_kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanupResult:
    """The result of one step of collection_cleanup, or of all its steps together.

    purged: source URIs of deleted documents and old names of renamed ones. waiting: source URIs of documents that are
    not current yet, which postpone the deletions. links: number of links of the collection by fate (graph/links.py).
    work: counts of what was deleted and linked. switch_waits_for: documents, or the ingest of another worker, that the
    switch waits for. versions_dropped: names of the indexes that were deleted after the switch.

    kept: source URIs of documents that the plan deletes and that were kept: all of them while documents are waiting,
    otherwise old names of renamed documents whose new name is not current. versions_kept: names of the indexes of
    versions other than the target that were kept: by KEEP_OLD_VECTORS, or until the switch is complete.
    """

    purged: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    links: dict[str, int] = field(default_factory=dict)
    work: Work = field(default_factory=dict)
    switch_waits_for: tuple[str, ...] = ()
    versions_dropped: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    versions_kept: tuple[str, ...] = ()

    def plus(self, other: CleanupResult) -> CleanupResult:
        """Returns both results together; counts are added."""
        names = dict.fromkeys((*self.links, *other.links))
        return CleanupResult(
            purged=self.purged + other.purged,
            waiting=self.waiting + other.waiting,
            links={name: self.links.get(name, 0) + other.links.get(name, 0) for name in names},
            work=sum_work(self.work, other.work),
            switch_waits_for=self.switch_waits_for + other.switch_waits_for,
            versions_dropped=self.versions_dropped + other.versions_dropped,
            kept=self.kept + other.kept,
            versions_kept=self.versions_kept + other.versions_kept,
        )


def outcome_row(outcome: Outcome, ms: float) -> OutcomeRow:
    """ms: milliseconds, rounded to microseconds."""
    document = outcome.document
    return OutcomeRow(
        document_id=document.document_id,
        tag=document.tag,
        source_uri=document.source_uri,
        checksum=document.checksum,
        status=outcome.status,
        ms=round(ms, 3),
        error=outcome.error,
        hint=outcome.hint,
        facts=dict(outcome.facts),
    )


def save_record(store: ArtifactStore, ingest_id: str, record: StageRecord) -> None:
    """Saves a record; it replaces an earlier one of the same part and asset."""
    body = codec(StageRecord).dump_json(record)
    header = ArtifactHeader(ingest_id, ids.checksum(body))
    store.write(RECORDS, _record_key(ingest_id, record.part, record.asset), header, body)


def load_records(store: ArtifactStore, ingest: Ingest, assets: Iterable[str] = RECORDED) -> list[StageRecord]:
    """Returns the saved records in the order of parts and assets; stages that did not run have none."""
    wanted = ((part, asset) for part in range(ingest.parts) for asset in assets)
    found = (load_record(store, ingest.id, part, asset) for part, asset in wanted)
    return [record for record in found if record]


def load_record(store: ArtifactStore, ingest_id: str, part: int, asset: str) -> StageRecord | None:
    """Returns a saved record; None when it does not exist or is damaged."""
    try:
        found: StageRecord = codec(StageRecord).validate_json(store.read(RECORDS, _record_key(ingest_id, part, asset)))
    except KeyError:
        return None
    return found


def cleanup_of(records: Iterable[StageRecord]) -> CleanupResult | None:
    """Returns the result of collection_cleanup; None when it did not run."""
    found = [record for record in records if record.asset == CLEANUP]
    return CleanupResult(**{f.name: getattr(found[-1], f.name) for f in fields(CleanupResult)}) if found else None


def with_earlier_try(record: StageRecord, earlier: StageRecord | None) -> StageRecord:
    """Merges the record of a repeated step with the record of its earlier try.

    A document that the earlier try processed is fresh in the later one; its earlier row is kept.
    """
    if earlier is None:
        return record
    done = {row.document_id: row for row in earlier.rows if row.status == "done"}
    rows = tuple(done.get(row.document_id, row) if row.status == "fresh" else row for row in record.rows)
    work = sum_work(earlier.work, record.work)
    dropped = earlier.versions_dropped + record.versions_dropped
    return replace(record, rows=rows, purged=earlier.purged + record.purged, work=work, versions_dropped=dropped)


def rows_by_document(records: Sequence[StageRecord]) -> dict[str, dict[str, OutcomeRow]]:
    """Returns document id -> asset -> row."""
    table: dict[str, dict[str, OutcomeRow]] = {}
    for record in records:
        for row in record.rows:
            table.setdefault(row.document_id, {})[record.asset] = row
    return table


def _record_key(ingest_id: str, part: int, asset: str) -> str:
    return f"{ingest_id}/{part:05d}/{asset}"
