"""Sums up the work of an ingest, an asset or a document from the records of its stages.

The counts are defined in work.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wekadocs_assets.core.planning.record import OutcomeRow, StageRecord
from wekadocs_assets.core.planning.work import DOCUMENT_COUNTS, WORK_COUNTS, Work, sum_work
from wekadocs_assets.core.recipe import EXTRACTED, PARSED

_WHEN_DONE = {PARSED: "documents_parsed", EXTRACTED: "documents_extracted"}
_FACTS = {"encoded": "chunks_embedded", "reused": "chunks_reused"}


def work_of(records: Iterable[StageRecord]) -> Work:
    """Returns the work of an ingest from all its records."""
    return sum_work(*(part for record in records for part in (work_in(record.asset, record.rows), record.work)))


def work_in(asset: str, rows: Iterable[OutcomeRow]) -> Work:
    """Returns the work of one asset for these documents."""
    return sum_work(*(_of_row(asset, row) for row in rows))


def work_of_document(rows: Mapping[str, OutcomeRow]) -> Work:
    """Returns the work for one document. rows: by asset. Links are resolved per collection, so they are left out."""
    total = sum_work(*(_of_row(asset, row) for asset, row in rows.items()))
    return {name: total[name] for name in DOCUMENT_COUNTS}


def _of_row(asset: str, row: OutcomeRow) -> Work:
    counted = {_FACTS.get(name, name): count for name, count in row.facts.items()}
    found = {name: int(counted[name]) for name in WORK_COUNTS if name in counted}
    return found | ({_WHEN_DONE[asset]: 1} if asset in _WHEN_DONE and row.status == "done" else {})
