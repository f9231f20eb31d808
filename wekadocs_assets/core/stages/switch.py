"""From one embedding_version to another: the old one answers until every document is in the new one, then it is dropped.

A version that is written no more (its model is gone, it is kept, or its filling was given up) loses the points whose text
a page no longer has: it may lack something, but it never says what no page says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from wekadocs_assets.core import ids
from wekadocs_assets.core.chunking import is_cut_from
from wekadocs_assets.core.errors import StoreBusy
from wekadocs_assets.core.models import Document, LedgerEntry
from wekadocs_assets.core.pipeline import Pipeline, tolerate_replica_failure
from wekadocs_assets.core.planning.record import CleanupResult
from wekadocs_assets.core.ports.vectors import VectorStore
from wekadocs_assets.core.recipe import embeddings_of, index_name

SLICE = 1_000
"""Documents whose Chunk nodes are deleted in one transaction."""


def begin_serving(pipeline: Pipeline) -> None:
    """The first embedding_version of all answers from the first document on: there is nothing that it would replace."""
    if not pipeline.graph.open().embedding_version:
        _serve(pipeline)


def finish_switch(pipeline: Pipeline, ingest_id: str) -> CleanupResult:
    """Moves the pointer when every document that the old version serves is in the wanted one, and drops the old.

    While the switch waits for documents, or for another worker's ingest whose points must not be deleted, the old version
    goes on answering.
    """
    if waiting := switch_waits_for(pipeline):
        return CleanupResult(switch_waits_for=tuple(waiting))
    left_over = [] if pipeline.keep_old_vectors else _left_over(pipeline)
    if is_switched(pipeline) and not left_over:
        _serve(pipeline)
        return CleanupResult()
    try:
        with pipeline.graph.hold([c.tag for c in pipeline.graph.collections()], f"the switch of ingest {ingest_id}"):
            _serve(pipeline)
            done = [
                tolerate_replica_failure(s, pipeline, partial(_drop, pipeline, s, version), "")
                for s, version in left_over
            ]
    except StoreBusy as busy:
        return CleanupResult(switch_waits_for=(busy.message,))
    return CleanupResult(versions_dropped=tuple(filter(None, done)))


def is_switched(pipeline: Pipeline) -> bool:
    """Whether the wanted embedding_version is the one that answers."""
    return pipeline.graph.open().embedding_version == pipeline.wanted.embedding_version


def switch_waits_for(pipeline: Pipeline) -> list[str]:
    """source_uris that the served version has and the wanted one has not; none when they are the same.

    A served version that the store does not hold (wiped, or it is another store now) answers nothing to wait for.
    """
    old, wanted = pipeline.served, pipeline.wanted
    same = old.embedding_version == wanted.embedding_version
    if same or old.embedding_version not in pipeline.vectors.versions():
        return []
    recipe = pipeline.recipe
    served = (entry for entry in pipeline.graph.ledger() if old.name in entry.vector_fingerprints)
    return [f"{entry.tag}: {entry.source_uri}" for entry in served if not recipe.holds(wanted, entry)]


def trim_frozen(pipeline: Pipeline, documents: Sequence[Document]) -> list[str]:
    """Deletes points of these documents that no longer say what a page says, from versions that are written no more.

    Returns the ids of their Chunk nodes, which the caller deletes with the documents' other ones.
    """
    stale: dict[str, list[str]] = {}
    for store, version in pipeline.frozen():
        if version not in stale:
            stale[version] = list(_untrue(pipeline, version, documents))
        points = [ids.point_id(chunk) for chunk in stale[version]]
        tolerate_replica_failure(store, pipeline, partial(store.delete, version, points), None)
    written = {index.version for index in pipeline.indexes}
    return [chunk for version, chunks in stale.items() if version not in written for chunk in chunks]


def _untrue(pipeline: Pipeline, version: str, documents: Sequence[Document]) -> Iterator[str]:
    chunks = pipeline.graph.chunks([document.id for document in documents], version)
    for document in documents:
        sections = {section.id: section for section in document.sections}
        for chunk in chunks.get(document.id, []):
            section = sections.get(chunk.section_id)
            if section is None or not is_cut_from(section, document.title, chunk):
                yield chunk.id


def _serve(pipeline: Pipeline) -> None:
    """The graph's pointer is what counts; a store's own name for what is served follows it."""
    version = pipeline.wanted.embedding_version
    if not is_switched(pipeline):
        pipeline.graph.activate(version, pipeline.embedded_by)
    for index in pipeline.indexes:
        if index.version == version:
            tolerate_replica_failure(index.store, pipeline, partial(index.store.serve, version), None)


def _left_over(pipeline: Pipeline) -> list[tuple[VectorStore, str]]:
    """Other versions that our ledger knows: a store may hold those of somebody else too, or was wiped and holds none.

    Then their Chunk nodes are left over all the same.
    """
    names = {name for entry in pipeline.graph.ledger() for name in entry.vector_fingerprints}
    versions = sorted({name.partition("/")[2] for name in names} - {pipeline.wanted.embedding_version})
    return [(s, v) for v in versions for s in pipeline.stores if index_name(s.engine, v) in names]


def _drop(pipeline: Pipeline, store: VectorStore, version: str) -> str:
    """The ledger first counts none of its points, then they go: after a kill in between neither version is wrong.

    Returns the name of the index.
    """
    name = index_name(store.engine, version)
    entries = [entry for entry in pipeline.graph.ledger() if name in entry.vector_fingerprints]
    pipeline.graph.write_ledger([_with(entry, {name: ""}) for entry in entries])
    for start in range(0, len(entries), SLICE):
        part = entries[start : start + SLICE]
        chunks = pipeline.graph.chunks([entry.document_id for entry in part], version)
        pipeline.artifacts.delete(embeddings_of(version), [entry.partition_key for entry in part])
        stale = [chunk.id for found in chunks.values() for chunk in found]
        pipeline.graph.write_chunks([], stale, [])
    store.drop(version)
    pipeline.graph.write_ledger([_with(entry, {}, without=name) for entry in entries])
    return name


def _with(entry: LedgerEntry, fingerprints: dict[str, str], without: str = "") -> LedgerEntry:
    kept = {name: value for name, value in entry.vector_fingerprints.items() if name != without}
    return replace(entry, vector_fingerprints={**kept, **fingerprints})
