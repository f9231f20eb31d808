"""Switches from one embedding_version to another: the old index stays active until the target index is complete.

A frozen version is one that exists but is not written any more: its model is not available, it is kept by the settings,
or it was abandoned as a target. Its points whose text is no longer in the document are deleted, so that a search in it
may miss text but never returns outdated text. Which indexes are written is decided in app/bootstrap.py.
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


def activate_first_version(pipeline: Pipeline) -> None:
    """Activates the target version at the first ingest, when there is not yet an active index to keep."""
    if not pipeline.graph.open().embedding_version:
        _activate(pipeline)


def finish_switch(pipeline: Pipeline, ingest_id: str) -> CleanupResult:
    """Activates the target index when it holds every document of the active index, then drops other versions.

    With keep_old_vectors they are kept. Returns what the switch waits for, and the names of the dropped and of the kept
    indexes. A switch also waits for another worker that holds the lease of a collection, because it may be writing points.
    """
    others = _other_versions(pipeline)
    names = [index_name(store.engine, version) for store, version in others]
    if waiting := switch_waits_for(pipeline):
        return CleanupResult(switch_waits_for=tuple(waiting), versions_kept=tuple(names))
    left_over = [] if pipeline.keep_old_vectors else others
    if is_switched(pipeline) and not left_over:
        _activate(pipeline)
        return CleanupResult(versions_kept=tuple(names))
    try:
        with pipeline.graph.hold([c.tag for c in pipeline.graph.collections()], f"the switch of ingest {ingest_id}"):
            _activate(pipeline)
            done = [
                tolerate_replica_failure(s, pipeline, partial(_drop, pipeline, s, version), "")
                for s, version in left_over
            ]
    except StoreBusy as busy:
        return CleanupResult(switch_waits_for=(busy.message,), versions_kept=tuple(names))
    kept = [name for name in names if name not in done]
    return CleanupResult(versions_dropped=tuple(filter(None, done)), versions_kept=tuple(kept))


def is_switched(pipeline: Pipeline) -> bool:
    """Whether the target embedding_version is the active one."""
    return pipeline.graph.open().embedding_version == pipeline.target.embedding_version


def switch_waits_for(pipeline: Pipeline) -> list[str]:
    """Returns `tag: source_uri` of documents in the active index that the target index lacks; empty without a switch.

    The result is also empty when the primary store does not hold the active version: it was wiped or replaced.
    """
    active, target = pipeline.active, pipeline.target
    same = active.embedding_version == target.embedding_version
    if same or active.embedding_version not in pipeline.vectors.versions():
        return []
    recipe = pipeline.recipe
    held = (entry for entry in pipeline.graph.ledger() if active.name in entry.vector_fingerprints)
    return [f"{entry.tag}: {entry.source_uri}" for entry in held if not recipe.holds(target, entry)]


def trim_frozen(pipeline: Pipeline, documents: Sequence[Document]) -> list[str]:
    """Deletes points of these documents from frozen versions when their text is no longer in the document.

    Returns the ids of Chunk nodes for the caller to delete, without versions that another store still writes.
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


def _activate(pipeline: Pipeline) -> None:
    """Makes the target version the active one in the graph, then points each store's public alias at it."""
    version = pipeline.target.embedding_version
    if not is_switched(pipeline):
        pipeline.graph.activate(version, pipeline.embedded_by)
    for index in pipeline.indexes:
        if index.version == version:
            tolerate_replica_failure(index.store, pipeline, partial(index.store.serve, version), None)


def _other_versions(pipeline: Pipeline) -> list[tuple[VectorStore, str]]:
    """Returns (store, version) of other versions in the ledger, whether or not their points still exist.

    Versions that only the store knows are left out: they may belong to another installation. The Chunk nodes of a wiped
    store remain in the graph and must be deleted too.
    """
    names = {name for entry in pipeline.graph.ledger() for name in entry.vector_fingerprints}
    versions = sorted({name.partition("/")[2] for name in names} - {pipeline.target.embedding_version})
    return [(s, v) for v in versions for s in pipeline.stores if index_name(s.engine, v) in names]


def _drop(pipeline: Pipeline, store: VectorStore, version: str) -> str:
    """Drops a version: empties its fingerprints, deletes its Chunk nodes, artifacts and points, then its ledger keys.

    After a crash in between, the ledger does not count points that are gone. Returns the name of the index.
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
