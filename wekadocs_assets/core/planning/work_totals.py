"""The work of an ingest, of an asset or of a document, added up from the records of its stages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wekadocs_assets.core.planning.record import OutcomeRow, StageRecord
from wekadocs_assets.core.planning.work import DOCUMENT_COUNTS, WORK_COUNTS, Work, sum_work
from wekadocs_assets.core.recipe import EXTRACTED, PARSED

_WHEN_DONE = {PARSED: "documents_parsed", EXTRACTED: "documents_extracted"}
_FACTS = {"encoded": "chunks_embedded", "reused": "chunks_reused"}


def work_of(records: Iterable[StageRecord]) -> Work:
    """Of a whole ingest."""
    return sum_work(*(part for record in records for part in (work_in(record.asset, record.rows), record.work)))


def work_in(asset: str, rows: Iterable[OutcomeRow]) -> Work:
    """What one asset did for these documents."""
    return sum_work(*(_of_row(asset, row) for row in rows))


def work_of_document(rows: Mapping[str, OutcomeRow]) -> Work:
    """By asset, the rows of one document. Links are resolved for a collection, so they are left out."""
    total = sum_work(*(_of_row(asset, row) for asset, row in rows.items()))
    return {name: total[name] for name in DOCUMENT_COUNTS}


def _of_row(asset: str, row: OutcomeRow) -> Work:
    counted = {_FACTS.get(name, name): count for name, count in row.facts.items()}
    found = {name: int(counted[name]) for name in WORK_COUNTS if name in counted}
    return found | ({_WHEN_DONE[asset]: 1} if asset in _WHEN_DONE and row.status == "done" else {})
