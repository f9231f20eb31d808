"""When a change in a watched folder counts: once it was seen the same for a while, or once its marker says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from wekadocs_assets.core import ids
from wekadocs_assets.core.models import LedgerEntry, Scan, SourceFile
from wekadocs_assets.core.planning.plan import Plan, matches_ledger

Mode = Literal["folder", "spool", "part"]
MARKER, PART = ".ready", ".part"
"""Suffixes in a spool: `page.md.ready` says that page.md is whole; `page.md.part` becomes page.md when it is."""
UNMARKED_SECONDS = 3600.0
"""After which a document of a spool counts without its marker: a rename that nobody saw, a marker that was forgotten."""
MOST_WATCHED = 1_000
"""Documents that changed, and documents that are gone, which are watched at a time, so that what is remembered stays small;
the others' turn comes when these are in."""
Facts = tuple[int, int]
"""Size in bytes and modification time in nanoseconds."""
ABSENT: Facts = (-1, -1)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A change as it was last seen (size in bytes, ABSENT's for a document that is gone), and since when, in seconds."""

    size: int
    mtime_ns: int
    since: float


@dataclass(frozen=True, slots=True)
class Watch:
    """What is remembered of a collection between two looks.

    listing: digest of the files when nothing was left to be done at once, '' while something is; again_at: when they are
    looked at all the same. tries: how often an ingest was asked for since the listing was another. parts: documents whose
    `.part` was seen.
    """

    listing: str = ""
    again_at: float = 0.0
    tries: int = 0
    seen: Mapping[str, Sighting] = field(default_factory=dict)
    parts: frozenset[str] = frozenset()

    def is_idle(self, listing: str, now: float, retry: float) -> bool:
        """Nothing happened since the last look. A clock that went back by more than `retry` makes the next look due."""
        return listing == self.listing and now < self.again_at <= now + retry


@dataclass(frozen=True, slots=True)
class Rule:
    """patience: seconds for which a change must have been seen the same. most: documents that may count at a time."""

    mode: Mode = "folder"
    patience: float = 5.0
    most: int = 500

    def patience_for(self, uri: str, scan: Scan, watch: Watch) -> float:
        """For a document that is there."""
        if self.mode != "spool":
            return self.patience if self.mode == "folder" else 0.0  # a final name says that the document is whole
        renamed = uri in watch.parts and uri not in scan.parts
        return 0.0 if uri in scan.marked or renamed else UNMARKED_SECONDS


def listing_of(scan: Scan) -> str:
    """Of all that a look goes by."""
    files = (f"{file.source_uri}\0{file.size}\0{file.mtime_ns}" for file in scan.files)
    unreadable = (f"{item.source_uri}\0{item.reason}" for item in scan.unreadable)
    return ids.digest(
        str(scan.complete), *files, "|", *unreadable, "|", *sorted(scan.marked), "|", *sorted(scan.parts)
    )  # fmt: skip


def observe(scan: Scan, ledger: Sequence[LedgerEntry], watch: Watch, rule: Rule, now: float) -> tuple[Scan, Watch]:
    """The scan with all changes that do not count yet left alone, and what to remember of them until the next look.

    What is gone counts last: while there are more documents than may come in, one of them may be its new name.
    """
    known = {entry.source_uri: entry for entry in ledger}
    changed, gone = _changed(scan, known), _gone(scan, known)
    seen = _seen(changed, watch, now)
    ready = [uri for uri, each in seen.items() if now - each.since >= rule.patience_for(uri, scan, watch)][: rule.most]
    seen_gone = _seen(gone, watch, now)
    settled = not changed.keys() - seen.keys() and len(ready) < rule.most
    ready += [uri for uri, each in seen_gone.items() if settled and now - each.since >= rule.patience]
    waiting = (changed.keys() | gone.keys()) - set(ready)
    parts = frozenset(sorted(scan.parts | (watch.parts & changed.keys()))[:MOST_WATCHED])
    files = tuple(file for file in scan.files if file.source_uri not in waiting)
    return replace(scan, files=files, waiting=frozenset(waiting)), replace(watch, seen=seen | seen_gone, parts=parts)


def limit_plan(plan: Plan, most: int) -> Plan:
    """At most so many documents, and then no deletions; a page that failed for good waits until it or the recipe changes."""
    work = [document for document in plan.work if document.change != "failing"]
    if len(work) > most:
        return replace(plan, partial=True, documents=tuple(work[:most]), deleted=())
    return replace(plan, documents=tuple(work))


def forget_requested(watch: Watch, plan: Plan) -> Watch:
    """An ingest was asked for: what it brings in need not be remembered until it changes again."""
    asked = {document.source_uri for document in plan.work} | {document.renamed_from for document in plan.work}
    asked |= {entry.source_uri for entry in plan.deleted}
    seen = {uri: sighting for uri, sighting in watch.seen.items() if uri not in asked}
    return replace(watch, seen=seen, tries=watch.tries + 1)


def run_key(plan: Plan, watch: Watch) -> str:
    """The same for the same work at the same state: whoever asks twice is heard once; each try has its own."""
    chosen = (f"{document.source_uri}\0{document.checksum}" for document in plan.documents)
    return ids.digest(plan.digest, str(watch.tries), *chosen)


def _changed(scan: Scan, known: Mapping[str, LedgerEntry]) -> dict[str, Facts]:
    files = (file for file in scan.files if not matches_ledger(file, known.get(file.source_uri)))
    return {file.source_uri: (file.size, file.mtime_ns) for file in files}


def _gone(scan: Scan, known: Mapping[str, LedgerEntry]) -> dict[str, Facts]:
    there = {file.source_uri for file in scan.files} | {item.source_uri for item in scan.unreadable}
    return dict.fromkeys(sorted(known.keys() - there), ABSENT) if scan.complete else {}


def _seen(changes: Mapping[str, Facts], watch: Watch, now: float) -> dict[str, Sighting]:
    """Of the first changes; those that are watched already keep their places."""
    in_turn = sorted(changes, key=lambda uri: uri not in watch.seen)[:MOST_WATCHED]
    return {uri: _sighting(changes[uri], watch.seen.get(uri), now) for uri in in_turn}


def _sighting(facts: Facts, before: Sighting | None, now: float) -> Sighting:
    """Since it was first seen like this; never later than now, whatever the clock did."""
    same = before is not None and (before.size, before.mtime_ns) == facts
    return Sighting(*facts, min(before.since, now) if same else now)


def unmarked_now(scan: Scan, plan: Plan) -> list[SourceFile]:
    """Files whose marker has done its work: they are in as they stand, or failed for good."""
    through = {d.source_uri for d in plan.documents if d.change in ("unchanged", "failing")}
    return [file for file in scan.files if file.source_uri in scan.marked & through]
