"""An ingest: one or more collections' plans under one id, carried out in parts, and the record each stage leaves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from wekadocs_assets.core import ids
from wekadocs_assets.core.artifacts import codec
from wekadocs_assets.core.models import Collection, Scalar
from wekadocs_assets.core.planning.outcome import Outcome
from wekadocs_assets.core.planning.plan import Plan, PlannedDocument
from wekadocs_assets.core.planning.work import Work, added_up
from wekadocs_assets.core.ports.stores import ArtifactHeader, ArtifactStore
from wekadocs_assets.core.recipe import ASSETS

INGESTS, RECORDS = "ingests", "stage_records"


@dataclass(frozen=True, slots=True)
class Ingest:
    """documents_per_part: how many documents one Dagster run takes. started_at: seconds since the epoch."""

    id: str
    plans: tuple[Plan, ...]
    documents_per_part: int
    started_at: int

    @property
    def work(self) -> list[PlannedDocument]:
        return [document for plan in self.plans for document in plan.work]

    @property
    def parts(self) -> int:
        return max(1, -(-len(self.work) // self.documents_per_part))

    def part(self, number: int) -> list[PlannedDocument]:
        start = number * self.documents_per_part
        return self.work[start : start + self.documents_per_part]

    @property
    def findings(self) -> list[str]:
        """What is amiss with the stores, each once: a store is shared by the collections."""
        return list(dict.fromkeys(finding for plan in self.plans for finding in plan.findings))

    def counts(self) -> dict[str, int]:
        """The plans' counts added up."""
        totals: dict[str, int] = {}
        for plan in self.plans:
            for name, count in plan.counts().items():
                totals[name] = totals.get(name, 0) + count
        return totals


@dataclass(frozen=True, slots=True)
class Row:
    """An outcome without its document: what a record keeps of it. ms: this document's share of its batch's time."""

    document_id: str
    tag: str
    source_uri: str
    checksum: str
    status: str
    ms: float = 0.0
    error: str = ""
    hint: str = ""
    facts: dict[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StageRecord:
    """What one asset did in one part. wall_ms and cpu_ms: of the whole step, its batches' events included.

    purged: source_uris that were deleted; links: counts by fate; work: what was done to more than single documents; all
    of the last vector_points step alone.
    """

    asset: str
    part: int
    rows: tuple[Row, ...]
    wall_ms: int
    cpu_ms: int
    run_id: str = ""
    purged: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    links: dict[str, int] = field(default_factory=dict)
    work: Work = field(default_factory=dict)


def row_of(outcome: Outcome, ms: float) -> Row:
    document = outcome.document
    return Row(
        document.document_id, document.tag, document.source_uri, document.checksum,
        outcome.status, round(ms, 3), outcome.error, outcome.hint, dict(outcome.facts),
    )  # fmt: skip


def is_unfinished(collection: Collection) -> bool:
    return collection.started_ingest_id != collection.finished_ingest_id


def save_ingest(store: ArtifactStore, ingest: Ingest) -> None:
    """Without the unchanged documents: a plan of 10,000 that changes three is three lines."""
    slim = replace(ingest, plans=tuple(replace(plan, documents=tuple(plan.work), touched=()) for plan in ingest.plans))
    body = codec(Ingest).dump_json(slim)
    store.write(INGESTS, ingest.id, ArtifactHeader(ingest.id, ids.checksum(body)), body)


def load_ingest(store: ArtifactStore, ingest_id: str) -> Ingest | None:
    try:
        return codec(Ingest).validate_json(store.read(INGESTS, ingest_id))
    except KeyError:
        return None


def save_record(store: ArtifactStore, ingest_id: str, record: StageRecord) -> None:
    body = codec(StageRecord).dump_json(record)
    header = ArtifactHeader(ingest_id, ids.checksum(body))
    store.write(RECORDS, _record_key(ingest_id, record.part, record.asset), header, body)


def load_records(store: ArtifactStore, ingest: Ingest, assets: Iterable[str] = ASSETS) -> list[StageRecord]:
    """Those that exist, by part and asset: a stage that never ran has none."""
    wanted = ((part, asset) for part in range(ingest.parts) for asset in assets)
    found = (load_record(store, ingest.id, part, asset) for part, asset in wanted)
    return [record for record in found if record]


def load_record(store: ArtifactStore, ingest_id: str, part: int, asset: str) -> StageRecord | None:
    try:
        return codec(StageRecord).validate_json(store.read(RECORDS, _record_key(ingest_id, part, asset)))
    except KeyError:
        return None


def with_earlier_try(record: StageRecord, earlier: StageRecord | None) -> StageRecord:
    """A document that an earlier try of this step has done is fresh now: what counts is what was done for it."""
    if earlier is None:
        return record
    done = {row.document_id: row for row in earlier.rows if row.status == "done"}
    rows = tuple(done.get(row.document_id, row) if row.status == "fresh" else row for row in record.rows)
    work = added_up(earlier.work, record.work)
    return replace(record, rows=rows, purged=earlier.purged + record.purged, work=work)


def rows_by_document(records: Sequence[StageRecord]) -> dict[str, dict[str, Row]]:
    """document id -> asset -> row."""
    table: dict[str, dict[str, Row]] = {}
    for record in records:
        for row in record.rows:
            table.setdefault(row.document_id, {})[record.asset] = row
    return table


def _record_key(ingest_id: str, part: int, asset: str) -> str:
    return f"{ingest_id}/{part:05d}/{asset}"
