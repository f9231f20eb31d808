"""The plan of an ingest, a pure function of scan, ledger and recipe. Access to stores is in core/stages/plan.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import unquote

from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.models import Collection, LedgerEntry, Scan, SourceFile, Unreadable
from wekadocs_assets.core.recipe import Recipe

Change = Literal["new", "changed", "renamed", "failing", "unchanged"]
RACY_SECONDS = 2
"""A file modified less than this before its recorded scan is read again: its mtime may hide a later change."""
MASS_DELETE_FLOOR = 20
"""Collections of at most this many documents may lose more than half of them without --allow-mass-delete."""
REPLACED_WHOLE_FLOOR = 10
"""Collections of at most this many documents may have all of them replaced without --allow-mass-delete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDocument:
    """A scanned document and its change. size: bytes; scanned_at: seconds; renamed_from: former source URI or ''."""

    document_id: str
    tag: str
    source_uri: str
    path: str
    partition_key: str
    checksum: str
    size: int
    mtime_ns: int
    scanned_at: int
    change: Change
    renamed_from: str = ""

    @classmethod
    def from_ledger(cls, entry: LedgerEntry, path: str) -> PlannedDocument:
        """The document in the version of the ledger, even if its file has changed. path: its path in the source."""
        return cls(
            document_id=entry.document_id,
            tag=entry.tag,
            source_uri=entry.source_uri,
            path=path,
            partition_key=entry.partition_key,
            checksum=entry.checksum,
            size=entry.size,
            mtime_ns=entry.mtime_ns,
            scanned_at=entry.scanned_at,
            change="changed",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The changes of a collection. deleted: ledger entries without a source file, except old names of renamed ones.

    partial: a part of the root was scanned; nothing is deleted. documents: a saved plan leaves out unchanged ones.
    findings: problems of the stores, as sentences. touched: entries of unchanged documents with a new size or mtime.
    untracked_points: number of points of a collection that has no documents in the ledger.
    """

    tag: str
    root: str
    partial: bool
    documents: tuple[PlannedDocument, ...]
    deleted: tuple[LedgerEntry, ...]
    unreadable: tuple[Unreadable, ...]
    digest: str
    unchanged: int = 0
    findings: tuple[str, ...] = ()
    touched: tuple[LedgerEntry, ...] = ()
    untracked_points: int = 0

    @classmethod
    def without_documents(cls, collection: Collection) -> Plan:
        """Returns an empty partial plan, for a report on a collection without an ingest."""
        return cls(
            tag=collection.tag, root=collection.root, partial=True, documents=(), deleted=(), unreadable=(), digest=""
        )

    def with_change(self, *changes: Change) -> list[PlannedDocument]:
        return [document for document in self.documents if document.change in changes]

    @property
    def work(self) -> list[PlannedDocument]:
        """The documents to process: all except the unchanged ones."""
        return [document for document in self.documents if document.change != "unchanged"]

    @property
    def purge(self) -> list[str]:
        """Ids of documents to purge: the deleted ones and the old names of renamed ones."""
        old_names = (ids.document_id(self.tag, d.renamed_from) for d in self.documents if d.renamed_from)
        return [entry.document_id for entry in self.deleted] + list(old_names)

    @property
    def nothing_to_do(self) -> bool:
        """Whether an ingest would change nothing. Untracked points count in a full plan, which deletes them."""
        return not self.work and not self.deleted and (self.partial or not self.untracked_points)

    def counts(self) -> dict[str, int]:
        changes: tuple[Change, ...] = ("new", "changed", "renamed", "failing")
        return {
            **{change: len(self.with_change(change)) for change in changes},
            "unchanged": self.unchanged,
            "deleted": len(self.deleted),
            "unreadable": len(self.unreadable),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """The input of a plan. scanned_at: seconds since the epoch, when the scan began.

    incomplete: partition keys of documents that may lack an artifact or an event. unrecorded: Dagster's storage lacks
    the events of the collection. In both cases a document is planned although its fingerprints are current.
    """

    collection: Collection
    scan: Scan
    ledger: Sequence[LedgerEntry]
    recipe: Recipe
    scanned_at: int
    incomplete: frozenset[str] = frozenset()
    unrecorded: bool = False

    def files_to_read(self, *, verify: bool = False) -> list[SourceFile]:
        """Files to read: size or mtime differ from the ledger or are too recent. verify: all files."""
        known = {entry.source_uri: entry for entry in self.ledger}
        return [file for file in self.scan.files if verify or not matches_ledger(file, known.get(file.source_uri))]


def plan(
    intake: Intake,
    checksums: Mapping[str, str | Unreadable],
    *,
    allow_mass_delete: bool = False,
    delete: bool = True,
) -> Plan:
    """Returns the plan. checksums: by source URI, for every file of Intake.files_to_read, or why it is unreadable.

    delete: plan deletions. Raises ConfigurationError, unless allow_mass_delete, when known documents are gone and the
    scan found no other, when all of more than 10 are gone, or more than half of more than 20.
    """
    known = {entry.source_uri: entry for entry in intake.ledger}
    readable, unreadable = _readable(intake, known, checksums)
    deleted = _deleted(intake, known, unreadable) if delete else []
    documents, renamed = _renamed(
        [_planned(intake, f, c, known.get(f.source_uri)) for f, c in readable], deleted, known
    )
    gone = [entry for entry in deleted if entry.source_uri not in renamed]
    if not allow_mass_delete:
        _refuse_mass_delete(intake, gone, len(known))
    return Plan(
        tag=intake.collection.tag,
        root=intake.collection.root,
        partial=not intake.scan.complete,
        documents=tuple(documents),
        deleted=tuple(gone),
        unreadable=tuple(unreadable),
        digest=_digest(intake, documents, gone),
        unchanged=sum(document.change == "unchanged" for document in documents),
        touched=tuple(_touched(documents, known)),
    )


def _touched(documents: Sequence[PlannedDocument], known: Mapping[str, LedgerEntry]) -> Iterator[LedgerEntry]:
    for document in documents:
        if document.change == "unchanged" and not matches_ledger(document, known[document.source_uri]):
            yield as_scanned(known[document.source_uri], document)


def matches_ledger(file: SourceFile | PlannedDocument, entry: LedgerEntry | None) -> bool:
    """Whether size and mtime show that the file has not changed since the scan that the ledger recorded."""
    return (
        entry is not None
        and bool(entry.checksum)
        and (file.size, file.mtime_ns) == (entry.size, entry.mtime_ns)
        and file.mtime_ns // 1_000_000_000 + RACY_SECONDS <= entry.scanned_at
    )


def _readable(
    intake: Intake, known: Mapping[str, LedgerEntry], checksums: Mapping[str, str | Unreadable]
) -> tuple[list[tuple[SourceFile, str]], list[Unreadable]]:
    readable, unreadable = [], list(intake.scan.unreadable)
    for file in intake.scan.files:
        found = checksums.get(file.source_uri) or known[file.source_uri].checksum
        if isinstance(found, Unreadable):
            unreadable.append(found)
        else:
            readable.append((file, found))
    return readable, unreadable


def _deleted(intake: Intake, known: Mapping[str, LedgerEntry], unreadable: Sequence[Unreadable]) -> list[LedgerEntry]:
    """Known documents that a complete scan did not find. Unreadable and postponed ones are not deleted."""
    if not intake.scan.complete:
        return []
    seen = {file.source_uri for file in intake.scan.files} | {item.source_uri for item in unreadable}
    seen |= intake.scan.postponed
    hidden = tuple(f"{item.source_uri}/" for item in unreadable)  # below an unreadable folder, such as a dangling link
    return [entry for uri, entry in sorted(known.items()) if uri not in seen and not uri.startswith(hidden)]


def _planned(intake: Intake, file: SourceFile, checksum: str, entry: LedgerEntry | None) -> PlannedDocument:
    tag = intake.collection.tag
    return PlannedDocument(
        document_id=ids.document_id(tag, file.source_uri),
        tag=tag,
        source_uri=file.source_uri,
        path=file.path,
        partition_key=ids.partition_key(tag, file.source_uri),
        checksum=checksum,
        size=file.size,
        mtime_ns=file.mtime_ns,
        scanned_at=intake.scanned_at,
        change=_change(intake, checksum, entry),
    )


def _change(intake: Intake, checksum: str, entry: LedgerEntry | None) -> Change:
    if entry is None:
        return "new"
    failure = entry.failure
    if failure and failure.permanent and (failure.checksum, failure.recipe) == (checksum, intake.recipe.digest):
        return "failing"
    complete = entry.partition_key not in intake.incomplete and not intake.unrecorded and not failure
    return "unchanged" if complete and intake.recipe.is_current(entry, checksum) else "changed"


def _renamed(
    documents: list[PlannedDocument], deleted: Sequence[LedgerEntry], known: Mapping[str, LedgerEntry]
) -> tuple[list[PlannedDocument], set[str]]:
    """Pairs documents without a graph with deleted ones of the same checksum, in name order, each deleted one once.

    A deleted document that failed before it had a graph is not paired. Returns documents and the old source URIs.
    """
    former: dict[str, list[str]] = {}
    for entry in deleted:
        if entry.failure and not entry.graph_fingerprint:
            continue
        former.setdefault(entry.checksum, []).append(entry.source_uri)
    paired: list[PlannedDocument] = []
    for document in documents:
        before = known.get(document.source_uri)
        names = None if before and before.graph_fingerprint else former.get(document.checksum)
        paired.append(replace(document, change="renamed", renamed_from=names.pop(0)) if names else document)
    return paired, {document.renamed_from for document in paired if document.renamed_from}


def _refuse_mass_delete(intake: Intake, gone: Sequence[LedgerEntry], known: int) -> None:
    there = intake.scan.files or intake.scan.postponed - {entry.source_uri for entry in intake.ledger}
    emptied = bool(gone) and (not there or len(gone) == known > REPLACED_WHOLE_FLOOR)
    if emptied or (known > MASS_DELETE_FLOOR and len(gone) * 2 > known):
        raise ConfigurationError(
            f"{intake.collection.root}: {len(gone)} of {known} documents of collection"
            f" '{intake.collection.tag}' are gone",
            "is the folder mounted and whole? If they are really deleted: --allow-mass-delete",
        )


def _digest(intake: Intake, documents: Sequence[PlannedDocument], gone: Sequence[LedgerEntry]) -> str:
    """Hash of the work and the last finished ingest: the changes A→B→A→B give four different digests."""
    work = (f"{d.source_uri}\0{d.checksum}" for d in documents if d.change != "unchanged")
    return ids.digest(
        intake.collection.tag, intake.recipe.digest, intake.collection.finished_ingest_id, *work, "|",
        *(entry.source_uri for entry in gone),
    )  # fmt: skip


def as_scanned(entry: LedgerEntry, document: PlannedDocument) -> LedgerEntry:
    """The entry with the file facts of this scan."""
    return replace(
        entry,
        checksum=document.checksum,
        size=document.size,
        mtime_ns=document.mtime_ns,
        scanned_at=document.scanned_at,
    )


def tag_of(partition_key: str) -> str:
    """The tag of the collection that a partition belongs to."""
    return unquote(partition_key.partition("/")[0])
