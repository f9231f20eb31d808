"""Deletes what a collection no longer has, and resolves the links between its documents.

Deletions wait until every planned document is current or failed. How a link is resolved belongs to core/graph/links.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from wekadocs_assets.core import ids
from wekadocs_assets.core.checks.stored_points import untracked_points
from wekadocs_assets.core.graph.links import resolve
from wekadocs_assets.core.models import LedgerEntry
from wekadocs_assets.core.pipeline import Pipeline, VectorIndex, tolerate_replica_failure
from wekadocs_assets.core.planning.plan import Plan, PlannedDocument
from wekadocs_assets.core.planning.record import CleanupResult
from wekadocs_assets.core.planning.work import Work, rows_deleted, sum_work
from wekadocs_assets.core.ports.stores import Partitions
from wekadocs_assets.core.ports.vectors import VectorStore
from wekadocs_assets.core.recipe import EXTRACTED, PARSED, embeddings_of, mark_stale

SLICE = 1_000
"""Documents whose chunks are counted in one query."""
Ledger = Mapping[str, LedgerEntry]
"""The ledger entries of one collection, by document id."""


class NoPartitions:
    """Partitions of an ingest that runs without Dagster."""

    def of(self, tag: str) -> Sequence[str]:
        return ()

    def forget(self, keys: Sequence[str]) -> None:
        pass


NO_PARTITIONS = NoPartitions()


def purge_and_link(pipeline: Pipeline, plan: Plan, partitions: Partitions = NO_PARTITIONS) -> Iterator[CleanupResult]:
    """Purges deleted documents if every planned document is current or has a recorded failure, then resolves links.

    Yields the result of each step as soon as it is committed.
    """
    pipeline.graph.check_held()
    with pipeline.lock.reading():  # opens embedded stores once: opening is slower than reading
        ledger = {entry.document_id: entry for entry in pipeline.graph.ledger(plan.tag)}
        waiting = _waiting(pipeline, plan, ledger)
        planned = [key for key in dict.fromkeys(plan.purge) if key in ledger]
        kept = set(planned) if waiting else _old_names_to_keep(pipeline, plan, ledger)
        not_purged = tuple(ledger[key].source_uri for key in planned if key in kept)
        gone = [ledger.pop(key) for key in planned if key not in kept]
        complete = not waiting and not plan.partial
        rest = None if gone else _remaining(pipeline, plan.tag, ledger, complete)
    if waiting or not_purged:
        yield CleanupResult(waiting=tuple(waiting), kept=not_purged)
    yield from purge(pipeline, gone, partitions)
    rest = rest or _remaining(pipeline, plan.tag, ledger, complete)
    if complete:
        yield delete_untracked_points(pipeline, rest.untracked)
        _delete_partitions_without_document(pipeline, partitions, plan.tag, ledger)
        _mark_unconfigured_stores_stale(pipeline, ledger)
    yield write_links(pipeline, rest.links)


def _old_names_to_keep(pipeline: Pipeline, plan: Plan, ledger: Ledger) -> set[str]:
    """Returns document ids: the old name of a renamed document stays until the new name is current."""
    return {
        ids.document_id(plan.tag, document.renamed_from)
        for document in plan.documents
        if document.renamed_from and not _is_current(pipeline, document, ledger)
    }


def _is_current(pipeline: Pipeline, document: PlannedDocument, ledger: Ledger) -> bool:
    entry = ledger.get(document.document_id)
    return entry is not None and pipeline.recipe.is_current(entry, document.checksum, replicas=False)


@dataclass(frozen=True, slots=True)
class _Remaining:
    """Work that follows the purge. untracked: point ids by index name."""

    untracked: dict[str, list[str]]
    links: LinkChanges


def _remaining(pipeline: Pipeline, tag: str, ledger: Ledger, complete: bool) -> _Remaining:
    with pipeline.lock.reading():
        untracked = {
            index.id.name: tolerate_replica_failure(
                index.store, pipeline, partial(_untracked, pipeline, index, tag, ledger), list[str]()
            )
            for index in (pipeline.indexes if complete else ())
        }
        return _Remaining(untracked, link_changes(pipeline, tag))


def purge(pipeline: Pipeline, entries: Sequence[LedgerEntry], partitions: Partitions) -> Iterator[CleanupResult]:
    """Deletes points, artifacts, then nodes with the ledger: after a crash in between the next ingest continues."""
    size = pipeline.documents_per_transaction
    for part in (entries[start : start + size] for start in range(0, len(entries), size)):
        with pipeline.lock.writing():
            pipeline.graph.check_held()
            work = _purge(pipeline, part, partitions)
        yield CleanupResult(purged=tuple(entry.source_uri for entry in part), work=work)


def _purge(pipeline: Pipeline, entries: Sequence[LedgerEntry], partitions: Partitions) -> Work:
    gone = [entry.document_id for entry in entries]
    pipeline.graph.write_ledger([replace(e, vector_fingerprints=mark_stale(e.vector_fingerprints)) for e in entries])
    points = 0
    for store, version in pipeline.point_sets():
        deleted = tolerate_replica_failure(store, pipeline, partial(_delete_points, store, version, gone), 0)
        points += deleted if store is pipeline.vectors else 0
    versions = _versions(pipeline, entries)
    keys = [entry.partition_key for entry in entries]
    _delete_artifacts(pipeline, keys, versions)
    stored = pipeline.graph.read(gone).values()
    chunks = sum(len(found) for version in versions for found in pipeline.graph.chunks(gone, version).values())
    partitions.forget(keys)
    pipeline.graph.purge(gone)
    rows = (rows_deleted(graph, None) for graph in stored)
    return sum_work({"points_deleted": points, "chunk_nodes_deleted": chunks}, *rows)


def _delete_artifacts(pipeline: Pipeline, keys: Sequence[str], versions: Sequence[str]) -> None:
    for asset in (PARSED, EXTRACTED, *map(embeddings_of, versions)):
        pipeline.artifacts.delete(asset, keys)


def _delete_partitions_without_document(pipeline: Pipeline, partitions: Partitions, tag: str, ledger: Ledger) -> None:
    """Deletes artifacts and records of documents that never reached the ledger, because their ingest was killed."""
    known = {entry.partition_key for entry in ledger.values()}
    if unknown := [key for key in partitions.of(tag) if key not in known]:
        _delete_artifacts(pipeline, unknown, sorted({index.version for index in pipeline.indexes}))
        partitions.forget(unknown)


def _delete_points(store: VectorStore, version: str, document_ids: Sequence[str]) -> int:
    points = [point.id for point in store.scan(version, document_ids)]
    store.delete(version, points)
    return len(points)


def _versions(pipeline: Pipeline, entries: Sequence[LedgerEntry]) -> list[str]:
    """Returns every embedding_version in these entries and in the pipeline's indexes."""
    known = {name.partition("/")[2] for entry in entries for name in entry.vector_fingerprints}
    return sorted(known | {index.version for index in pipeline.indexes})


def delete_untracked_points(pipeline: Pipeline, untracked: Mapping[str, Sequence[str]]) -> CleanupResult:
    """untracked: point ids by index name. The result counts points of the primary store only."""
    points = 0
    pipeline.graph.check_held()
    for index in pipeline.indexes:
        if found := untracked[index.id.name]:
            tolerate_replica_failure(index.store, pipeline, partial(index.store.delete, index.version, found), None)
            points += 0 if index.id.replica else len(found)
    return CleanupResult(work={"points_deleted": points})


def _mark_unconfigured_stores_stale(pipeline: Pipeline, ledger: Ledger) -> None:
    """Marks the fingerprints of stores that are not configured as stale: they miss what this ingest writes."""
    engines = {store.engine for store in pipeline.stores}
    changed = []
    for entry in ledger.values():
        left_out = {n: f for n, f in entry.vector_fingerprints.items() if n.partition("/")[0] not in engines}
        if left_out != mark_stale(left_out):
            changed.append(replace(entry, vector_fingerprints=entry.vector_fingerprints | mark_stale(left_out)))
    if changed:
        pipeline.graph.write_ledger(changed)


def _untracked(pipeline: Pipeline, index: VectorIndex, tag: str, ledger: Ledger) -> list[str]:
    """Returns ids of untracked points. The expected number of tracked points is the number of Chunk nodes."""
    documents = sorted(ledger)
    slices = (documents[start : start + SLICE] for start in range(0, len(documents), SLICE))
    tracked = sum(len(chunks) for part in slices for chunks in pipeline.graph.chunks(part, index.version).values())
    return untracked_points(index.store, index.version, tag, ledger.keys(), tracked)


def resolve_links(pipeline: Pipeline, tag: str) -> CleanupResult:
    """Resolves the collection's links against its present documents and updates the LINKS_TO edges."""
    return write_links(pipeline, link_changes(pipeline, tag))


def write_links(pipeline: Pipeline, changes: LinkChanges) -> CleanupResult:
    """Writes the changes of LINKS_TO edges; the result counts all links by fate (core/graph/links.py)."""
    pipeline.graph.write_links(changes.add, changes.remove)
    work = {"links_added": len(changes.add), "links_removed": len(changes.remove)}
    return CleanupResult(links=changes.counts, work=work)


@dataclass(frozen=True, slots=True)
class LinkChanges:
    """LINKS_TO edges (section id, document id, anchor) to add and to remove. counts: all links by fate."""

    add: list[tuple[str, str, str]]
    remove: list[tuple[str, str, str]]
    counts: dict[str, int]


def link_changes(pipeline: Pipeline, tag: str) -> LinkChanges:
    """Compares the stored LINKS_TO edges of a collection with its resolved links; nothing is written."""
    with pipeline.lock.reading():
        targets, anchors = pipeline.graph.link_targets(tag), pipeline.graph.link_anchors(tag)
        links = pipeline.graph.links(tag)
    resolution = resolve([(uri, s, json.loads(raw)) for uri, s, raw in targets], anchors)
    stored = {(s, d, anchor) for s, found in links.items() for d, anchor in found}
    wanted = set(resolution.edges)
    return LinkChanges(sorted(wanted - stored), sorted(stored - wanted), dict(resolution.counts))


def _waiting(pipeline: Pipeline, plan: Plan, ledger: Ledger) -> list[str]:
    """Returns the source URIs of planned documents that are neither current nor failed."""
    waiting = []
    for document in plan.documents:
        entry = ledger.get(document.document_id)
        if entry is None or not (entry.failure or _is_current(pipeline, document, ledger)):
            waiting.append(document.source_uri)
    return waiting
