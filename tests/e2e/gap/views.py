"""What a reader gets of a page, as a search would ask for it: points from the vectors, then the sections that they name."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wekadocs_assets.adapters.cypher import statements
from wekadocs_assets.adapters.cypher.batches import over_ids
from wekadocs_assets.core import ids
from wekadocs_assets.core.chunking import is_cut_from
from wekadocs_assets.core.graph.rows import GraphRow
from wekadocs_assets.core.models import Chunk, LedgerEntry, Section
from wekadocs_assets.core.parsers import registry
from wekadocs_assets.core.pipeline import Pipeline

TAG = "docs"


@dataclass
class View:
    """payloads: of the page's points, by point id. sections: those that the points name, as the graph has them."""

    name: str
    payloads: dict[str, GraphRow] = field(default_factory=dict)
    sections: dict[str, GraphRow] = field(default_factory=dict)

    @property
    def without_section(self) -> list[str]:
        """Ids of points."""
        return [key for key, payload in self.payloads.items() if payload["section_id"] not in self.sections]


def look(pipeline: Pipeline, names: Sequence[str], pause: float = 0.0) -> dict[str, View]:
    """By name. pause: seconds between the two questions."""
    views = {ids.document_id(TAG, name): View(name) for name in names}
    for point in pipeline.vectors.scan(pipeline.active.embedding_version, list(views)):
        views[point.payload["document_id"]].payloads[point.id] = point.payload
    time.sleep(pause)
    wanted = {payload["section_id"] for view in views.values() for payload in view.payloads.values()}
    stored = sections(pipeline, sorted(wanted))
    for view in views.values():
        named = {payload["section_id"] for payload in view.payloads.values()}
        view.sections = {key: stored[key] for key in named & stored.keys()}
    return {view.name: view for view in views.values()}


def sections(pipeline: Pipeline, section_ids: Sequence[str]) -> dict[str, GraphRow]:
    rows = pipeline.graph._read(lambda run: over_ids(run, statements.nodes_by_id("Section"), section_ids))
    return {row["id"]: row for row in rows}


@dataclass(frozen=True)
class Rest:
    """What else the graph holds of pages, by name."""

    titles: dict[str, str]
    chunks: dict[str, list[Chunk]]
    ledger: dict[str, LedgerEntry]


def rest(pipeline: Pipeline, names: Sequence[str]) -> Rest:
    by_id = {ids.document_id(TAG, name): name for name in names}
    documents = pipeline.graph._read(lambda run: over_ids(run, statements.nodes_by_id("Document"), by_id))
    chunks = pipeline.graph.chunks(list(by_id), pipeline.active.embedding_version)
    entries = pipeline.graph.entries(list(by_id))
    return Rest(
        {by_id[row["id"]]: row["title"] for row in documents},
        {by_id[key]: found for key, found in chunks.items()},
        {by_id[key]: entry for key, entry in entries.items()},
    )


def is_current(entry: LedgerEntry, index: str) -> bool:
    """Whether the ledger says that the points are those of the text in the graph."""
    return bool(entry.vector_fingerprints.get(index, "").partition(":")[2])


def untrue(view: View, more: Rest) -> Iterator[str]:
    """Points that do not say what their section says, Chunk nodes and points that are not the same."""
    title = more.titles.get(view.name, "")
    chunks = {chunk.id: chunk for chunk in more.chunks.get(view.name, [])}
    told = {payload["chunk_id"]: payload for payload in view.payloads.values()}
    if told.keys() != chunks.keys():
        yield f"{view.name}: {len(told)} points, {len(chunks)} Chunk nodes, not of the same chunks"
    for key in told.keys() & chunks.keys():
        chunk, section = chunks[key], view.sections.get(told[key]["section_id"])
        if (
            section is None
            or told[key]["checksum"] != chunk.checksum
            or not is_cut_from(_section(section), title, chunk)
        ):
            yield f"{view.name}: point of chunk {key} was not cut from the text of section {told[key]['section_id']}"


def unlike_file(pipeline: Pipeline, view: View, path: Path) -> Iterator[str]:
    """Sections in the graph and those that the points name, against those of the file."""
    page = registry.parse(path.read_bytes(), TAG, view.name)
    texts = {section.id: section.text for section in page.sections}
    stored = {key for found in pipeline.graph.section_ids([page.id]).values() for key in found}
    if stored != texts.keys() or view.sections.keys() != texts.keys():
        yield f"{view.name}: {len(texts)} sections in the file, {len(stored)} in the graph, {len(view.sections)} in points"
    if any(row["text"] != texts.get(key) for key, row in view.sections.items()):
        yield f"{view.name}: the graph has another text than the file"


def _section(row: GraphRow) -> Section:
    path = tuple(json.loads(row["heading_path"]))
    same = ("id", "tag", "document_id", "parent_id", "level", "title", "anchor", "order", "text", "checksum", "tokens")
    return Section(**{name: row[name] for name in same}, heading_path=path)
