"""Makes what reconcile found amiss whole again: the ledger admits it, then the stages do what is lacking and no more.

Sources are read only where a parse result is lost, and then their bytes must be those that the ledger knows: what has
changed since is for an ingest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from wekadocs_assets.core.models import LedgerEntry
from wekadocs_assets.core.pipeline import Pipeline, tolerate_replica_failure
from wekadocs_assets.core.planning.outcome import FAILED_OR_BLOCKED, Outcome
from wekadocs_assets.core.planning.plan import PlannedDocument
from wekadocs_assets.core.recipe import PARSED, mark_stale, stale_fingerprint
from wekadocs_assets.core.repair.reconcile import Compared, Finding, Reconciliation
from wekadocs_assets.core.stages.embed import embed_sections
from wekadocs_assets.core.stages.extract import extract_entities
from wekadocs_assets.core.stages.graph import write_graph
from wekadocs_assets.core.stages.parse import parse_documents
from wekadocs_assets.core.stages.points import write_points
from wekadocs_assets.core.stages.purge_and_link import resolve_links

STAGES = (parse_documents, extract_entities, write_graph, embed_sections, write_points)


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was done. points_deleted: of ours, by our labels; lost: documents that could not be made whole, and why."""

    documents: int
    texts_encoded: int
    points_written: int
    points_deleted: int
    lost: tuple[Outcome, ...]


def repair(pipeline: Pipeline, found: Reconciliation) -> Repaired:
    pipeline.graph.check_held()
    documents = _planned(pipeline, found)  # first of all: a root that is gone changes nothing
    deleted = sum(_delete_untracked(pipeline, compared) for compared in found.compared)
    pipeline.graph.delete_sections(found.orphans)
    for finding in found.findings:
        for asset in finding.artifacts:  # a damaged one would be taken for current by its header
            pipeline.artifacts.delete(asset, [finding.entry.partition_key])
    pipeline.graph.write_ledger([_admitting(finding) for finding in found.findings])
    outcomes = [outcome for stage in STAGES for batch in stage(pipeline, documents) for outcome in batch]
    resolve_links(pipeline, found.tag)
    return Repaired(
        documents=len(documents),
        texts_encoded=_total(outcomes, "encoded"),
        points_written=_total(outcomes, "points_upserted"),
        points_deleted=deleted + _total(outcomes, "points_deleted"),
        lost=tuple(_first_of_each(outcome for outcome in outcomes if outcome.status in FAILED_OR_BLOCKED)),
    )


def _planned(pipeline: Pipeline, found: Reconciliation) -> list[PlannedDocument]:
    paths: dict[str, str] = {}
    if any(PARSED in finding.artifacts for finding in found.findings):
        paths = {file.source_uri: file.path for file in pipeline.source_of(found.tag).scan().files}
    entries = [finding.entry for finding in found.findings]
    return [PlannedDocument.from_ledger(entry, paths.get(entry.source_uri, entry.source_uri)) for entry in entries]


def _delete_untracked(pipeline: Pipeline, compared: Compared) -> int:
    """How many points went. Foreign points of documents that are known go when these are written."""

    def delete() -> int:
        compared.store.delete(compared.index.embedding_version, compared.untracked_points)
        return len(compared.untracked_points)

    return tolerate_replica_failure(compared.store, pipeline, delete, 0)


def _admitting(finding: Finding) -> LedgerEntry:
    """The entry with those fingerprints marked stale whose effect is missing, or cannot be compared without artifacts."""
    entry, unseen = finding.entry, bool(finding.artifacts)
    versions = tuple(f"/{version}" for version in finding.chunks)
    wrong = {
        n: f for n, f in entry.vector_fingerprints.items() if unseen or n in finding.points or n.endswith(versions)
    }
    return replace(
        entry,
        graph_fingerprint=stale_fingerprint(entry.graph_fingerprint)
        if finding.rows or unseen
        else entry.graph_fingerprint,
        vector_fingerprints=entry.vector_fingerprints | mark_stale(wrong),
    )


def _total(outcomes: Sequence[Outcome], fact: str) -> int:
    return sum(int(outcome.facts.get(fact, 0)) for outcome in outcomes)


def _first_of_each(outcomes: Iterator[Outcome]) -> list[Outcome]:
    """The outcome that says why, of each document: what comes after it is blocked by it."""
    return list({o.document.document_id: o for o in reversed(list(outcomes))}.values())[::-1]
