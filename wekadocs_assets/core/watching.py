"""When a change in a watched folder counts: once it was seen the same for a while, or once its marker says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from wekadocs_assets.core import ids
from wekadocs_assets.core.intake import Plan, is_settled
from wekadocs_assets.core.models import LedgerEntry, Scan, SourceFile

Mode = Literal["folder", "spool"]
MARKER, PART = ".ready", ".part"
"""Suffixes in a spool: `page.md.ready` says that page.md is whole; `page.md.part` becomes page.md when it is."""
UNMARKED_SECONDS = 3600.0
"""After which a document of a spool counts without its marker: a rename that nobody saw, a marker that was forgotten."""
MOST_WATCHED = 2_000
"""Changes that are watched at a time, so that the cursor stays small; the others' turn comes when these are in."""
ABSENT = (-1, -1)


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
    """patience: seconds for which a change must have been seen the same."""

    mode: Mode = "folder"
    patience: float = 5.0

    def patience_for(self, uri: str, scan: Scan, watch: Watch) -> float:
        """For a document that is there."""
        if self.mode == "folder":
            return self.patience
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
    """The scan with all changes that do not count yet left alone, and what to remember of them until the next look."""
    known = {entry.source_uri: entry for entry in ledger}
    changed = dict(_changes(scan, known))
    seen = {
        uri: _sighting(facts, watch.seen.get(uri), now)
        for uri, facts in _first(changed, watch.seen)
    }  # fmt: skip
    ready = {
        uri for uri, sighting in seen.items() if now - sighting.since >= _patience(uri, sighting, scan, watch, rule)
    }
    waiting = frozenset(changed) - ready
    remembered = {uri: sighting for uri, sighting in seen.items() if uri in waiting}
    parts = frozenset(sorted(scan.parts | (watch.parts & changed.keys()))[:MOST_WATCHED])
    files = tuple(file for file in scan.files if file.source_uri not in waiting)
    return replace(scan, files=files, waiting=waiting), replace(watch, seen=remembered, parts=parts)


def with_first(plan: Plan, most: int) -> Plan:
    """At most so many documents, and then no deletions; a page that failed for good waits until it or the recipe changes."""
    work = [document for document in plan.work if document.change != "failing"]
    if len(work) > most:
        return replace(plan, partial=True, documents=tuple(work[:most]), deleted=())
    return replace(plan, documents=tuple(work))


def run_key(plan: Plan, watch: Watch) -> str:
    """The same for the same work at the same state: whoever asks twice is heard once; each try has its own."""
    chosen = (f"{document.source_uri}\0{document.checksum}" for document in plan.documents)
    return ids.digest(plan.digest, str(watch.tries), *chosen)


def _changes(scan: Scan, known: Mapping[str, LedgerEntry]) -> Iterator[tuple[str, tuple[int, int]]]:
    """What is gone first: it may be the old name of something that is new."""
    there = {file.source_uri for file in scan.files} | {item.source_uri for item in scan.unreadable}
    if scan.complete:
        yield from ((uri, ABSENT) for uri in sorted(known.keys() - there))
    yield from ((f.source_uri, (f.size, f.mtime_ns)) for f in scan.files if not is_settled(f, known.get(f.source_uri)))


def _first(
    changed: Mapping[str, tuple[int, int]], seen: Mapping[str, Sighting]
) -> Iterator[tuple[str, tuple[int, int]]]:
    """Those that are watched already keep their places."""
    watched = [item for item in changed.items() if item[0] in seen]
    others = (item for item in changed.items() if item[0] not in seen)
    yield from watched[:MOST_WATCHED]
    yield from _at_most(others, MOST_WATCHED - len(watched))


def _at_most(items: Iterable[tuple[str, tuple[int, int]]], count: int) -> Iterator[tuple[str, tuple[int, int]]]:
    for item, _ in zip(items, range(count), strict=False):
        yield item


def _sighting(facts: tuple[int, int], before: Sighting | None, now: float) -> Sighting:
    """Since it was first seen like this; never later than now, whatever the clock did."""
    same = before is not None and (before.size, before.mtime_ns) == facts
    return Sighting(*facts, min(before.since, now) if same else now)


def _patience(uri: str, sighting: Sighting, scan: Scan, watch: Watch, rule: Rule) -> float:
    gone = (sighting.size, sighting.mtime_ns) == ABSENT
    return rule.patience if gone else rule.patience_for(uri, scan, watch)


def unmarked_now(scan: Scan, plan: Plan) -> list[SourceFile]:
    """Files whose marker has done its work: they are in as they stand, or failed for good."""
    through = {d.source_uri for d in plan.documents if d.change in ("unchanged", "failing")}
    return [file for file in scan.files if file.source_uri in scan.marked & through]
