"""What an index must hold after a history: for each document the version that is served, and an index made of those from scratch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from history_folder import File, Folder, Place
from history_index import InMemoryIndex, Knobs, embedder_of, settings_of
from history_ingest import Asked, Done, Tables, exported, ingest

from wekadocs_assets.core.chunking import embedding_version
from wekadocs_assets.core.graph.rows import GraphRow
from wekadocs_assets.core.planning.outcome import FAILED_OR_BLOCKED


@dataclass(frozen=True, order=True)
class Version:
    """Bytes of a document and the vocabulary that it was extracted with."""

    content: bytes
    programs: str


@dataclass
class Model:
    """served: what an ingest took in last, for good. It stays when the file goes bad, and goes when the file goes.

    unknown: documents of which an ingest that was broken off, or damage to a store, left no one knows what, until an
    ingest has them right again. strangers: documents that the graph forgot while the vectors may hold their points.
    failed: documents whose last try failed; their older version may be served. damaged: documents of which a store lost or
    holds what the ledger does not tell, so that only reconcile finds it. nodeless: documents whose node somebody deleted.
    """

    served: dict[Place, Version] = field(default_factory=dict)
    unknown: set[Place] = field(default_factory=set)
    strangers: set[Place] = field(default_factory=set)
    failed: set[Place] = field(default_factory=set)
    damaged: set[Place] = field(default_factory=set)
    nodeless: set[Place] = field(default_factory=set)

    @property
    def is_known(self) -> bool:
        return not (self.unknown or self.strangers or self.damaged or self.nodeless)

    @property
    def places(self) -> set[Place]:
        """Of which the stores may hold something."""
        return self.served.keys() | self.unknown | self.strangers | self.damaged | self.nodeless

    def vectors_lost(self) -> None:
        self.unknown |= self.served.keys()

    def graph_lost(self) -> None:
        self.strangers = self.places
        self.served, self.unknown, self.failed, self.damaged, self.nodeless = {}, set(), set(), set(), set()

    def node_lost(self, place: Place) -> None:
        self.served.pop(place, None)
        self.unknown.discard(place)
        self.failed.discard(place)
        self.nodeless.add(place)

    def repaired(self, tags: Iterable[str], lost: set[Place]) -> None:
        """Sections without a document and points of unknown ones are gone; what the ledger vouches for is whole.

        One of these that failed is in the ledger again, and keeps what is left of it as any that cannot be repaired.
        """
        left = {place for place in self.places if place[0] not in tags or place in lost | self.failed}
        self.strangers, self.nodeless, self.damaged = self.strangers & left, self.nodeless & left, self.damaged & left

    def remade(self, places: set[Place], knobs: Knobs) -> None:
        """Artifacts of these were lost, or made by older code: what is made again is made as an ingest makes it now."""
        for place in places & self.served.keys():
            self.served[place] = replace(self.served[place], programs=knobs.programs)

    def ingested(self, before: Mapping[Place, File], knobs: Knobs, asked: Asked, done: Done, *, faulty: bool) -> None:
        """before: the files as the plan saw them. faulty: a store failed, so that a good page may have failed too."""
        if done.ended:
            self.unknown |= self._touched(before, asked)
            return
        lost = {
            (o.document.tag, o.document.source_uri)
            for row in done.outcomes.values()
            for o in row
            if o.status in FAILED_OR_BLOCKED
        }
        for plan in done.plans:
            for place, file in _within(before, plan.tag, asked).items():
                if place in lost:
                    self.failed.add(place)
                    self.unknown |= {place} if faulty and file.fate == "good" else set()
                elif file.fate == "good":
                    self.served[place] = Version(file.content, knobs.programs)
                    for amiss in (self.unknown, self.failed, self.nodeless):
                        amiss.discard(place)
            if not asked.within:
                kept = {(plan.tag, d.renamed_from) for d in plan.work if (d.tag, d.source_uri) in lost}
                self._settled(plan.tag, before.keys() | kept, asked, waiting=bool(done.waiting))

    def _settled(self, tag: str, staying: Set[Place], asked: Asked, *, waiting: bool) -> None:
        """staying: the files, and old names of those that did not come in under their new ones."""
        seen = self.served.keys() | self.unknown | self.failed
        gone = {place for place in seen if place[0] == tag and place not in staying}
        if waiting:
            self.unknown |= gone
            return
        if asked.delete:
            for amiss in (self.unknown, self.failed, self.damaged):
                amiss -= gone
            self.served = {place: version for place, version in self.served.items() if place not in gone}
        self.strangers = {place for place in self.strangers if place[0] != tag or place in self.failed}

    def _touched(self, before: Mapping[Place, File], asked: Asked) -> set[Place]:
        """All that an ingest may have been at; not the old version of a page that fails."""
        seen = {place: file for tag in asked.tags for place, file in _within(before, tag, asked).items()}
        failing = {place for place, file in seen.items() if file.fate != "good" and place in self.served}
        gone = {place for place in self.served if place[0] in asked.tags and place not in before}
        return (seen.keys() | (set() if asked.within else gone)) - failing


def _within(files: Mapping[Place, File], tag: str, asked: Asked) -> dict[Place, File]:
    return {place: f for place, f in files.items() if place[0] == tag and asked.within in ("", place[1])}


def version_of(knobs: Knobs) -> str:
    embedder = embedder_of(settings_of(Path(), knobs), [])
    return embedding_version(embedder.model_part, knobs.chunk_tokens)


def from_scratch(served: Mapping[Place, Version], knobs: Knobs) -> Tables:
    """The export of a new index over these documents."""
    return _from_scratch(tuple(sorted(served.items())), Knobs(knobs.chunk_tokens, knobs.model))


@lru_cache(200)
def _from_scratch(served: tuple[tuple[Place, Version], ...], knobs: Knobs) -> Tables:
    """Documents that were extracted with one vocabulary come in one ingest."""
    with TemporaryDirectory() as name:
        folder, index = Folder(Path(name)), InMemoryIndex(Path("nowhere"))
        for number, programs in enumerate(sorted({version.programs for _, version in served})):
            files = {place: version.content for place, version in served if version.programs == programs}
            for place, content in files.items():
                folder.put(place, File(content, folder.now))
            for asked in _asked(files, alone=number == 0):
                ingest(index, replace(knobs, programs=programs), folder, asked)
        with index.process(knobs) as process:
            return exported(process)[0]


def _asked(places: Iterable[Place], *, alone: bool) -> list[Asked]:
    """One ingest of all that is there, or one of each file, which leaves the others as they are."""
    if alone:
        return [Asked()]
    return [Asked(tags=(tag,), within=name) for tag, name in places]


def differences(found: Tables, wanted: Tables, failed: set[Place]) -> dict[str, dict[str, list]]:
    """Rows that only one of the two has, by table. The checksum of a failed document is that of the bytes that failed."""
    different = {}
    for table, rows in wanted.items():
        ours, theirs = found[table], rows
        if table == "documents":
            ours, theirs = ([_unless_failed(row, failed) for row in some] for some in (ours, theirs))
        if ours != theirs:
            surplus, missing = [r for r in ours if r not in theirs], [r for r in theirs if r not in ours]
            different[table] = {"surplus": surplus, "missing": missing, "order alone": not surplus and not missing}
    return different


def _unless_failed(row: GraphRow, failed: set[Place]) -> GraphRow:
    return row | {"checksum": ""} if (row["tag"], row["source_uri"]) in failed else row
