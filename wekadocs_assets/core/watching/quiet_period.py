"""Decides when a change in a watched folder is complete: unchanged for the quiet period, or marked as ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from wekadocs_assets.core import ids
from wekadocs_assets.core.models import LedgerEntry, Scan, SourceFile
from wekadocs_assets.core.planning.plan import Plan, matches_ledger

Mode = Literal["folder", "spool", "part"]
MARKER, PART = ".ready", ".part"
"""Suffixes in a spool: `page.md.ready` marks page.md as complete; `page.md.part` is renamed to page.md when complete."""
UNMARKED_SECONDS = 3600.0
"""After which a document of a spool is taken without a marker: its rename was not observed, or its marker is missing."""
MOST_WATCHED = 1_000
"""Limit for changed and for deleted documents in the cursor; further ones follow when these are ingested."""
Facts = tuple[int, int]
"""Size in bytes and modification time in nanoseconds."""
ABSENT: Facts = (-1, -1)


@dataclass(frozen=True, slots=True)
class Sighting:
    """The last seen state of a changed file (ABSENT for a deleted one). since: when it was first seen so, epoch seconds."""

    size: int
    mtime_ns: int
    since: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """The cursor of a watched collection.

    listing: digest of the files after the last check without work, '' otherwise. again_at: time of the next full check,
    epoch seconds. tries: ingests requested since the listing changed. parts: documents whose `.part` file was seen.
    """

    listing: str = ""
    again_at: float = 0.0
    tries: int = 0
    seen: Mapping[str, Sighting] = field(default_factory=dict)
    parts: frozenset[str] = frozenset()

    def is_idle(self, listing: str, now: float, retry: float) -> bool:
        """Whether nothing changed since the last check. Also False when the clock was set back by more than `retry` seconds."""
        return listing == self.listing and now < self.again_at <= now + retry


@dataclass(frozen=True, slots=True)
class Rule:
    """quiet_seconds: how long a file must stay unchanged. most: documents per plan."""

    mode: Mode = "folder"
    quiet_seconds: float = 5.0
    most: int = 500

    def quiet_seconds_for(self, uri: str, scan: Scan, watch: Watch) -> float:
        """Seconds for which this existing document must stay unchanged."""
        if self.mode != "spool":
            return (
                self.quiet_seconds if self.mode == "folder" else 0.0
            )  # part mode: a file with its final name is complete
        renamed = uri in watch.parts and uri not in scan.parts
        return 0.0 if uri in scan.marked or renamed else UNMARKED_SECONDS


def listing_of(scan: Scan) -> str:
    """Digest of everything that `observe` reads of a scan."""
    files = (f"{file.source_uri}\0{file.size}\0{file.mtime_ns}" for file in scan.files)
    unreadable = (f"{item.source_uri}\0{item.reason}" for item in scan.unreadable)
    return ids.digest(
        str(scan.complete), *files, "|", *unreadable, "|", *sorted(scan.marked), "|", *sorted(scan.parts)
    )  # fmt: skip


def observe(scan: Scan, ledger: Sequence[LedgerEntry], watch: Watch, rule: Rule, now: float) -> tuple[Scan, Watch]:
    """The scan restricted to complete changes, and the new cursor.

    Deletions come last: while more documents are waiting than the limit allows, one of them may be a rename of a deleted
    one. now: epoch seconds.
    """
    known = {entry.source_uri: entry for entry in ledger}
    changed, gone = _changed(scan, known), _gone(scan, known)
    seen = _seen(changed, watch, now)
    ready = [uri for uri, each in seen.items() if now - each.since >= rule.quiet_seconds_for(uri, scan, watch)][
        : rule.most
    ]
    seen_gone = _seen(gone, watch, now)
    all_seen = not changed.keys() - seen.keys() and len(ready) < rule.most
    ready += [uri for uri, each in seen_gone.items() if all_seen and now - each.since >= rule.quiet_seconds]
    postponed = (changed.keys() | gone.keys()) - set(ready)
    parts = frozenset(sorted(scan.parts | (watch.parts & changed.keys()))[:MOST_WATCHED])
    files = tuple(file for file in scan.files if file.source_uri not in postponed)
    return replace(scan, files=files, postponed=frozenset(postponed)), replace(
        watch, seen=seen | seen_gone, parts=parts
    )


def limit_plan(plan: Plan, most: int) -> Plan:
    """At most `most` documents; a limited plan is partial, so it deletes nothing. Permanently failed documents are left out."""
    work = [document for document in plan.work if document.change != "failing"]
    if len(work) > most:
        return replace(plan, partial=True, documents=tuple(work[:most]), deleted=())
    return replace(plan, documents=tuple(work))


def forget_requested(watch: Watch, plan: Plan) -> Watch:
    """The cursor after an ingest of this plan was requested: its documents are no longer watched until they change again."""
    asked = {document.source_uri for document in plan.work} | {document.renamed_from for document in plan.work}
    asked |= {entry.source_uri for entry in plan.deleted}
    seen = {uri: sighting for uri, sighting in watch.seen.items() if uri not in asked}
    return replace(watch, seen=seen, tries=watch.tries + 1)


def run_key(plan: Plan, watch: Watch) -> str:
    """Equal for equal work, so that Dagster starts one run for repeated requests; every try has another key."""
    chosen = (f"{document.source_uri}\0{document.checksum}" for document in plan.documents)
    return ids.digest(plan.digest, str(watch.tries), *chosen)


def _changed(scan: Scan, known: Mapping[str, LedgerEntry]) -> dict[str, Facts]:
    files = (file for file in scan.files if not matches_ledger(file, known.get(file.source_uri)))
    return {file.source_uri: (file.size, file.mtime_ns) for file in files}


def _gone(scan: Scan, known: Mapping[str, LedgerEntry]) -> dict[str, Facts]:
    present = {file.source_uri for file in scan.files} | {item.source_uri for item in scan.unreadable}
    return dict.fromkeys(sorted(known.keys() - present), ABSENT) if scan.complete else {}


def _seen(changes: Mapping[str, Facts], watch: Watch, now: float) -> dict[str, Sighting]:
    """Sightings of the first MOST_WATCHED changes; those already in the cursor come first."""
    in_turn = sorted(changes, key=lambda uri: uri not in watch.seen)[:MOST_WATCHED]
    return {uri: _sighting(changes[uri], watch.seen.get(uri), now) for uri in in_turn}


def _sighting(facts: Facts, before: Sighting | None, now: float) -> Sighting:
    """Keeps `since` while the file is unchanged, but never later than now (the clock may have been set back)."""
    if before is not None and (before.size, before.mtime_ns) == facts:
        return Sighting(*facts, min(before.since, now))
    return Sighting(*facts, now)


def unmarked_now(scan: Scan, plan: Plan) -> list[SourceFile]:
    """Files whose `.ready` marker can be deleted: they are up to date, or failed permanently."""
    finished = {d.source_uri for d in plan.documents if d.change in ("unchanged", "failing")}
    return [file for file in scan.files if file.source_uri in scan.marked & finished]
