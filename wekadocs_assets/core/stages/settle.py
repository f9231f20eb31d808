"""The end of an ingest's writing: deletions, when nothing waits any more, and the links of the whole collection."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from wekadocs_assets.core.graph.links import resolve
from wekadocs_assets.core.intake import Plan
from wekadocs_assets.core.models import LedgerEntry
from wekadocs_assets.core.ports import VectorStore
from wekadocs_assets.core.recipe import EXTRACTED, PARSED, embeddings_of, outdated
from wekadocs_assets.core.stages.pipeline import Index, Pipeline, reached

SLICE = 1_000
"""Documents whose chunks are counted at a time."""


@dataclass(frozen=True, slots=True)
class Settled:
    """purged: documents (and old names) deleted now. waiting: documents for whose sake the purge was put off."""

    purged: tuple[LedgerEntry, ...]
    waiting: tuple[str, ...]
    links: dict[str, int]


def settle(pipeline: Pipeline, plan: Plan) -> Settled:
    """Purges what the plan names if every planned document is current or has a recorded failure; resolves links."""
    pipeline.graph.check_held()
    waiting = _waiting(pipeline, plan)
    purged = [] if waiting else purge(pipeline, plan.tag, plan.purge)
    if not waiting and not plan.partial:
        drop_strangers(pipeline, plan.tag)
        _forget_stores_that_are_not_written(pipeline, plan.tag)
    return Settled(tuple(purged), tuple(waiting), resolve_links(pipeline, plan.tag))


def purge(pipeline: Pipeline, tag: str, document_ids: Sequence[str]) -> list[LedgerEntry]:
    """What was purged. Points, then artifacts, the graph with its ledger last: a kill in between is ended by the next ingest."""
    wanted = set(document_ids)
    entries = [entry for entry in pipeline.graph.ledger(tag) if entry.document_id in wanted]
    gone = [entry.document_id for entry in entries]
    if not gone:
        return []
    for store, version in pipeline.point_sets():
        reached(store, pipeline, partial(_delete_points, store, version, gone), None)
    for asset in (PARSED, EXTRACTED, *_embeddings(pipeline, entries)):
        pipeline.artifacts.delete(asset, [entry.partition_key for entry in entries])
    pipeline.graph.purge(gone)
    return entries


def _delete_points(store: VectorStore, version: str, document_ids: Sequence[str]) -> None:
    store.delete(version, [point.id for point in store.scan(version, document_ids)])


def _embeddings(pipeline: Pipeline, entries: Sequence[LedgerEntry]) -> set[str]:
    """Artifact names of every version that these documents were embedded for."""
    known = {name.partition("/")[2] for entry in entries for name in entry.vector_fingerprints}
    return {embeddings_of(version) for version in known | {index.version for index in pipeline.indexes}}


def drop_strangers(pipeline: Pipeline, tag: str) -> None:
    """Deletes points of the tag whose document the ledger does not know: its graph was wiped since they were written."""
    known = {entry.document_id for entry in pipeline.graph.ledger(tag)}
    for index in pipeline.indexes:
        reached(index.store, pipeline, partial(_drop_strangers, pipeline, index, tag, known), None)


def _forget_stores_that_are_not_written(pipeline: Pipeline, tag: str) -> None:
    """A store that the settings leave out misses what happens now: when it comes back all of it is looked at again."""
    engines = {store.engine for store in pipeline.stores}
    changed = []
    for entry in pipeline.graph.ledger(tag):
        left_out = {n: f for n, f in entry.vector_fingerprints.items() if n.partition("/")[0] not in engines}
        if left_out != outdated(left_out):
            changed.append(replace(entry, vector_fingerprints=entry.vector_fingerprints | outdated(left_out)))
    if changed:
        pipeline.graph.write_ledger(changed)


def _drop_strangers(pipeline: Pipeline, index: Index, tag: str, known: set[str]) -> None:
    documents = sorted(known)
    slices = (documents[start : start + SLICE] for start in range(0, len(documents), SLICE))
    held = sum(len(chunks) for part in slices for chunks in pipeline.graph.chunks(part, index.version).values())
    if index.store.count(index.version, tag) == held:
        return  # the common case, without reading them all
    points = [(p.id, p.payload) for p in index.store.scan(index.version)]
    strangers = [key for key, payload in points if payload["tag"] == tag and payload["document_id"] not in known]
    index.store.delete(index.version, strangers)


def resolve_links(pipeline: Pipeline, tag: str) -> dict[str, int]:
    """Makes LINKS_TO what the sections' raw targets and the documents there now make it; counts by fate."""
    targets = pipeline.graph.link_targets(tag)
    resolution = resolve([(uri, s, json.loads(raw)) for uri, s, raw in targets], pipeline.graph.link_anchors(tag))
    stored = {(s, d, anchor) for s, targets in pipeline.graph.links(tag).items() for d, anchor in targets}
    wanted = set(resolution.edges)
    if wanted != stored:
        pipeline.graph.write_links(sorted(wanted - stored), sorted(stored - wanted))
    return resolution.counts


def _waiting(pipeline: Pipeline, plan: Plan) -> list[str]:
    ledger = {entry.document_id: entry for entry in pipeline.graph.ledger(plan.tag)}
    waiting = []
    for document in plan.documents:
        entry = ledger.get(document.document_id)
        settled = entry and (entry.failure or pipeline.recipe.is_current(entry, document.checksum, mirrors=False))
        if not settled:
            waiting.append(document.source_uri)
    return waiting
