"""The end of an ingest's writing: deletions, when nothing waits any more, and the links of the whole collection."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from wekadocs_assets.core.graph.links import resolve
from wekadocs_assets.core.intake import Plan
from wekadocs_assets.core.models import LedgerEntry
from wekadocs_assets.core.recipe import ASSETS
from wekadocs_assets.core.stages.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Settled:
    """purged: documents (and old names) deleted now. waiting: documents for whose sake the purge was put off."""

    purged: tuple[LedgerEntry, ...]
    waiting: tuple[str, ...]
    links: dict[str, int]


def settle(pipeline: Pipeline, plan: Plan) -> Settled:
    """Purges what the plan names if every planned document is current or has a recorded failure; resolves links."""
    waiting = _waiting(pipeline, plan)
    purged = [] if waiting else purge(pipeline, plan.tag, plan.purge)
    if not waiting and not plan.partial:
        drop_strangers(pipeline, plan.tag)
    return Settled(tuple(purged), tuple(waiting), resolve_links(pipeline, plan.tag))


def purge(pipeline: Pipeline, tag: str, document_ids: Sequence[str]) -> list[LedgerEntry]:
    """What was purged. Points, then artifacts, the graph with its ledger last: a kill in between is ended by the next ingest."""
    wanted = set(document_ids)
    entries = [entry for entry in pipeline.graph.ledger(tag) if entry.document_id in wanted]
    gone = [entry.document_id for entry in entries]
    if not gone:
        return []
    version = pipeline.recipe.embedding_version
    points = [point.id for point in pipeline.vectors.scan(version, gone)]
    pipeline.vectors.delete(version, points)
    for asset in ASSETS:
        pipeline.artifacts.delete(asset, [entry.partition_key for entry in entries])
    pipeline.graph.purge(gone)
    return entries


def drop_strangers(pipeline: Pipeline, tag: str) -> int:
    """Deletes points of the tag whose document the ledger does not know: its graph was wiped since they were written."""
    version = pipeline.recipe.embedding_version
    if pipeline.vectors.count(version, tag) == pipeline.graph.counts(tag)["nodes"]["Chunk"]:
        return 0  # the common case, without reading them all
    known = {entry.document_id for entry in pipeline.graph.ledger(tag)}
    points = [(p.id, p.payload) for p in pipeline.vectors.scan(version)]
    strangers = [key for key, payload in points if payload["tag"] == tag and payload["document_id"] not in known]
    pipeline.vectors.delete(version, strangers)
    return len(strangers)


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
        settled = entry and (entry.failure or pipeline.recipe.is_current(entry, document.checksum))
        if not settled:
            waiting.append(document.source_uri)
    return waiting
