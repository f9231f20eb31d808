"""Planned documents, ledger entries, plans and records of a few words, for tests that need the record and not how it came about."""

from __future__ import annotations

from wekadocs_assets.core import ids
from wekadocs_assets.core.models import LedgerEntry, Unreadable
from wekadocs_assets.core.planning.plan import Plan, PlannedDocument
from wekadocs_assets.core.planning.record import OutcomeRow, StageRecord

TAG = "docs"


def planned(uri: str, change: str = "new", tag: str = TAG, **facts) -> PlannedDocument:
    """Its content is its name, unless `checksum` is given."""
    known = {"path": uri, "checksum": ids.checksum(uri), "size": 10, "mtime_ns": 1, "scanned_at": 1}
    return PlannedDocument(
        document_id=ids.document_id(tag, uri),
        tag=tag,
        source_uri=uri,
        partition_key=ids.partition_key(tag, uri),
        change=change,
        **known | facts,
    )


def entry(uri: str, tag: str = TAG, **facts) -> LedgerEntry:
    return LedgerEntry(
        document_id=ids.document_id(tag, uri),
        tag=tag,
        source_uri=uri,
        partition_key=ids.partition_key(tag, uri),
        **{"checksum": ids.checksum(uri)} | facts,
    )


def plan_of(*documents: PlannedDocument, tag: str = TAG, unreadable: tuple[Unreadable, ...] = (), **facts) -> Plan:
    known = {"root": "/docs", "partial": False, "deleted": (), "digest": "d"}
    known["unchanged"] = sum(document.change == "unchanged" for document in documents)
    return Plan(tag=tag, documents=documents, unreadable=unreadable, **known | facts)


def row(document: str, status: str = "done", **facts) -> OutcomeRow:
    """document: its id; its source URI is made of it."""
    return OutcomeRow(
        document_id=document, tag=TAG, source_uri=f"{document}.md", checksum="c", status=status, facts=facts
    )


def record(asset: str, *rows: OutcomeRow, part: int = 0, **more) -> StageRecord:
    return StageRecord(asset=asset, part=part, rows=rows, wall_ms=1, cpu_ms=1, **more)
