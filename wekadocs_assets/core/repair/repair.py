"""Removes the inconsistencies that reconcile found: marks their fingerprints stale, then runs the stages on them.

A source is read only when its parse result is lost, and its bytes must match the ledger's checksum. Changed sources belong
to an ingest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from wekadocs_assets.core.models import LedgerEntry
from wekadocs_assets.core.pipeline import Pipeline, tolerate_replica_failure
from wekadocs_assets.core.planning.outcome import FAILED_OR_BLOCKED, Outcome
from wekadocs_assets.core.planning.plan import PlannedDocument
from wekadocs_assets.core.recipe import PARSED, mark_stale, stale_fingerprint
from wekadocs_assets.core.repair.reconcile import Inconsistency, IndexComparison, Reconciliation
from wekadocs_assets.core.stages.embed import embed_sections
from wekadocs_assets.core.stages.extract import extract_entities
from wekadocs_assets.core.stages.graph import write_graph
from wekadocs_assets.core.stages.parse import parse_documents
from wekadocs_assets.core.stages.points import write_points
from wekadocs_assets.core.stages.purge_and_link import resolve_links

STAGES = (parse_documents, extract_entities, write_graph, embed_sections, write_points)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairResult:
    """Counts of a repair. points_deleted: stale and untracked points; lost: outcomes of documents that could not be repaired."""

    documents: int
    texts_encoded: int
    points_written: int
    points_deleted: int
    lost: tuple[Outcome, ...]


def repair(pipeline: Pipeline, found: Reconciliation) -> RepairResult:
    pipeline.graph.check_held()
    documents = _planned(pipeline, found)  # first, so that a missing root changes nothing
    deleted = sum(_delete_untracked(pipeline, compared) for compared in found.compared)
    pipeline.graph.delete_sections(found.orphans)
    for inconsistency in found.inconsistencies:
        for asset in inconsistency.artifacts:  # the header of a damaged artifact still looks current
            pipeline.artifacts.delete(asset, [inconsistency.entry.partition_key])
    pipeline.graph.write_ledger([_invalidate(inconsistency) for inconsistency in found.inconsistencies])
    outcomes = [outcome for stage in STAGES for batch in stage(pipeline, documents) for outcome in batch]
    resolve_links(pipeline, found.tag)
    return RepairResult(
        documents=len(documents),
        texts_encoded=_total(outcomes, "encoded"),
        points_written=_total(outcomes, "points_upserted"),
        points_deleted=deleted + _total(outcomes, "points_deleted"),
        lost=tuple(_first_of_each(outcome for outcome in outcomes if outcome.status in FAILED_OR_BLOCKED)),
    )


def _planned(pipeline: Pipeline, found: Reconciliation) -> list[PlannedDocument]:
    paths: dict[str, str] = {}
    if any(PARSED in inconsistency.artifacts for inconsistency in found.inconsistencies):
        paths = {file.source_uri: file.path for file in pipeline.source_of(found.tag).scan().files}
    entries = [inconsistency.entry for inconsistency in found.inconsistencies]
    return [PlannedDocument.from_ledger(entry, paths.get(entry.source_uri, entry.source_uri)) for entry in entries]


def _delete_untracked(pipeline: Pipeline, compared: IndexComparison) -> int:
    """Number of deleted points. Foreign points of known documents are deleted when those documents are written."""

    def delete() -> int:
        compared.store.delete(compared.index.embedding_version, compared.untracked_points)
        return len(compared.untracked_points)

    return tolerate_replica_failure(compared.store, pipeline, delete, 0)


def _invalidate(inconsistency: Inconsistency) -> LedgerEntry:
    """The entry with those fingerprints marked stale whose effect is missing, or cannot be compared without artifacts."""
    entry, unseen = inconsistency.entry, bool(inconsistency.artifacts)
    versions = tuple(f"/{version}" for version in inconsistency.chunks)
    wrong = {
        n: f
        for n, f in entry.vector_fingerprints.items()
        if unseen or n in inconsistency.points or n.endswith(versions)
    }
    return replace(
        entry,
        graph_fingerprint=stale_fingerprint(entry.graph_fingerprint)
        if inconsistency.rows or unseen
        else entry.graph_fingerprint,
        vector_fingerprints=entry.vector_fingerprints | mark_stale(wrong),
    )


def _total(outcomes: Sequence[Outcome], fact: str) -> int:
    return sum(int(outcome.facts.get(fact, 0)) for outcome in outcomes)


def _first_of_each(outcomes: Iterator[Outcome]) -> list[Outcome]:
    """The first outcome of each document, which has the cause; later stages only report it as blocked."""
    return list({o.document.document_id: o for o in reversed(list(outcomes))}.values())[::-1]
