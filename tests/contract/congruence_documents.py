"""Random documents with a random history, carried out through a graph store as the pipeline would do it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from graph_documents import NASTY, Part, entry, page
from hypothesis import strategies as st

from wekadocs_assets.core import ids
from wekadocs_assets.core.graph.builder import build
from wekadocs_assets.core.graph.diff import diff
from wekadocs_assets.core.models import Chunk, Collection, Document, Failure, LedgerEntry
from wekadocs_assets.core.ports.stores import GraphStore

TAGS = ("docs", "other")
Place = tuple[str, str]
"""Tag and source_uri of a document."""
VERSIONS = ("model.c128", "model.c64")
SHARED_KINDS = ("Command", "Configuration", "Error", "Concept", "Parameter", "Component")

any_text = st.text(st.characters(codec="utf-8"), max_size=12)
names = st.sampled_from(["run", "--size", "é", "e\u0301", NASTY]) | any_text.filter(bool)
places = st.tuples(st.sampled_from(TAGS), st.sampled_from(["a.md", "b.md", "sub/ü '.md"]))
parts = st.lists(
    st.builds(
        Part,
        title=st.sampled_from(["One", "Two", "Three", NASTY]),
        text=st.sampled_from(["text", "other text", NASTY]) | any_text,
        mentions=st.lists(st.tuples(st.sampled_from(SHARED_KINDS), names), max_size=3).map(tuple),
        steps=st.lists(st.sampled_from(["run", "stop", NASTY]), max_size=3).map(tuple),
        option=st.sampled_from(["", "x", "--size"]),
        solves=st.sampled_from(["", "x", "E1"]),
        links=st.lists(st.sampled_from(["a.md", "b.md#one", NASTY]), max_size=2).map(tuple),
    ),
    max_size=4,
    unique_by=lambda part: part.title,
).map(tuple)
number = st.integers(0, 3)
step = st.one_of(
    st.tuples(st.just("write"), places, parts, st.sampled_from(["A page", "Another title"])),
    st.tuples(st.just("write"), places, parts, st.just("A page")),
    st.tuples(st.just("delete_old_sections"), places),
    st.tuples(st.just("rename"), places, places),
    st.tuples(st.just("delete"), places),
    st.tuples(st.just("fail"), places, any_text),
    st.tuples(st.just("chunk"), places, st.sampled_from(VERSIONS), number),
    st.tuples(st.just("link"), places, places, number, st.sampled_from(["", "one", NASTY]) | any_text),
    st.tuples(st.just("unlink"), places),
    st.tuples(st.just("save_collection"), st.sampled_from(TAGS), any_text),
)
first_pages = st.lists(st.tuples(st.just("write"), places, parts, st.just("A page")), max_size=3)
histories = st.builds(lambda first, then: [*first, *then], first_pages, st.lists(step, min_size=1, max_size=8))
"""Lists of (method of Writer, its arguments…)."""

A, B, C = ("docs", "a.md"), ("docs", "b.md"), ("other", "a.md")
LONG = (
    Part("One", NASTY, (("Command", "run"), ("Concept", NASTY)), ("run", "stop"), "--size", "E1", ("b.md#one", NASTY)),
    Part("Two", mentions=(("Error", "E1"), ("Component", "run")), steps=("stop",), option="x"),
    Part(NASTY, mentions=(("Parameter", "x"),), links=("a.md",)),
)
SHORT = (Part("Two", "other text", steps=("run",), links=("a.md",)),)
EVERY_METHOD = [
    *(("write", place, LONG, "A page") for place in (A, B, C)),
    *(("chunk", place, version, 2) for place in (A, C) for version in VERSIONS),
    *(("link", A, B, order, anchor) for order in range(3) for anchor in ("", NASTY)),
    *(("link", B, A, 0, "one"), ("link", C, C, 1, ""), ("unlink", A), ("link", A, B, 2, "one")),
    *(("fail", B, "why"), ("fail", ("docs", "bad.md"), NASTY), ("save_collection", "docs", NASTY)),
    *(("write", A, SHORT, "Another title"), ("write", C, SHORT[::-1], "A page"), ("chunk", A, VERSIONS[0], 1)),
    *(("delete_old_sections", A), ("write", A, LONG[::-1], "A page"), ("rename", B, ("docs", "sub/ü '.md"))),
    *(("delete_old_sections", C), ("delete", A), ("delete", ("docs", "bad.md"))),
]
"""A history in which each method changes something: what random ones may miss."""


@dataclass
class Writer:
    """Carries out steps on one store; what it decides by, it reads from that store or remembers from the steps."""

    store: GraphStore
    pages: dict[Place, tuple[tuple[Part, ...], str]] = field(default_factory=dict)

    def write(self, place: Place, sections: Sequence[Part], title: str) -> list[str]:
        """The ids of the sections that were replaced and are not deleted yet."""
        document, extraction = page(place[1], sections, place[0], title)
        change = diff(self.store.read([document.id]).get(document.id), build(document, extraction))
        self.store.apply([change], [self._entry(document, graph_fingerprint=ids.digest(title, repr(sections)))])
        self.pages[place] = tuple(sections), title
        return list(change.superseded)

    def delete_old_sections(self, place: Place) -> None:
        if place in self.pages:
            self.store.delete_sections(self.write(place, *self.pages[place]))

    def rename(self, old: Place, new: Place) -> None:
        """As the pipeline does it: the new name first, then the old one is purged."""
        if old in self.pages and old != new:
            self.write(new, *self.pages[old])
            for version in VERSIONS:
                self.chunk(new, version, 1)
            self.delete(old)

    def delete(self, place: Place) -> None:
        self.store.purge([ids.document_id(*place)])
        self.pages.pop(place, None)

    def fail(self, place: Place, reason: str) -> None:
        document = page(place[1], [], place[0])[0]
        failure = Failure(
            stage="parsed_documents",
            error=reason,
            hint=reason[::-1],
            permanent=bool(reason),
            checksum=ids.checksum(reason),
            recipe="recipe",
        )
        self.store.write_ledger([self._entry(document, failure=failure, size=len(reason), mtime_ns=2**60 + 1)])

    def chunk(self, place: Place, version: str, each: int) -> None:
        """So many chunks a section; those that were there before and are none of them any more are stale."""
        if place not in self.pages:
            return
        document = page(place[1], self.pages[place][0], place[0])[0]
        chunks = [
            Chunk(
                id=ids.chunk_id(section.id, version, n),
                section_id=section.id,
                order=n,
                start=n,
                end=n + 1,
                checksum=section.checksum,
                tokens=n,
                embedding_version=version,
            )
            for section in document.sections
            for n in range(each)
        ]
        stored = self.store.chunks([document.id], version).get(document.id, [])
        stale = {chunk.id for chunk in stored} - {chunk.id for chunk in chunks}
        fingerprints = {f"store/{version}": str(each)}
        self.store.write_chunks(chunks, sorted(stale), [self._entry(document, vector_fingerprints=fingerprints)])

    def link(self, source: Place, target: Place, order: int, anchor: str) -> None:
        sections = self._sections(source)
        if sections and target in self.pages:
            end = sections[order % len(sections)], ids.document_id(*target), anchor
            self.store.write_links([end], [])

    def unlink(self, place: Place) -> None:
        found = self.store.links(place[0])
        ends = [(s, document, anchor) for s in self._sections(place) for document, anchor in found.get(s, [])]
        self.store.write_links([], ends)

    def save_collection(self, tag: str, finished: str) -> None:
        self.store.save_collection(
            Collection(
                tag=tag, root=f"/docs/{tag}", finished_ingest_id=finished, started_ingest_id=json.dumps(finished)
            )
        )

    def _sections(self, place: Place) -> list[str]:
        document_id = ids.document_id(*place)
        return sorted(self.store.section_ids([document_id]).get(document_id, []))

    def _entry(self, document: Document, **known: object) -> LedgerEntry:
        stored = {e.document_id: e for e in self.store.ledger(document.tag)}.get(document.id)
        return replace(stored or entry(document), **known)
