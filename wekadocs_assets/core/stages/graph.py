"""document_graph: builds the subgraph of a document and writes its difference to the stored one, with the ledger entry.

What the nodes and edges are belongs to core/graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from wekadocs_assets.core import artifacts
from wekadocs_assets.core.graph.builder import Subgraph, build
from wekadocs_assets.core.graph.diff import GraphChange, adoption, diff
from wekadocs_assets.core.models import LedgerEntry
from wekadocs_assets.core.pipeline import Pipeline, new_entry, remember_failures
from wekadocs_assets.core.planning.outcome import Outcome, Outcomes, all_or_each, blocked
from wekadocs_assets.core.planning.plan import PlannedDocument, as_scanned
from wekadocs_assets.core.planning.work import rows_deleted, rows_written
from wekadocs_assets.core.ports.stores import ArtifactHeader
from wekadocs_assets.core.recipe import EXTRACTED, GRAPH, PARSED, mark_stale
from wekadocs_assets.core.stages.extract import is_parsed

CLEARED_HERE = (PARSED, EXTRACTED, GRAPH)
"""Stages whose recorded failure is cleared when a document passes this stage."""


@dataclass(frozen=True, slots=True)
class _Task:
    document: PlannedDocument
    entry: LedgerEntry
    rewrite: bool


def write_graph(pipeline: Pipeline, documents: Sequence[PlannedDocument]) -> Outcomes:
    """Yields the outcomes of each batch after its transaction is committed."""
    keys = [document.partition_key for document in documents]
    parsed, extracted = pipeline.artifacts.headers(PARSED, keys), pipeline.artifacts.headers(EXTRACTED, keys)
    ledger = pipeline.ledger_of(documents)
    _adopt_orphans(pipeline, [document for document in documents if document.document_id not in ledger])
    for batch in pipeline.batches(documents, pipeline.documents_per_transaction):
        tasks: list[_Task] = []
        outcomes: list[Outcome] = []
        for document in batch:
            key = document.partition_key
            task = _task(pipeline, document, parsed.get(key), extracted.get(key), ledger.get(document.document_id))
            if isinstance(task, _Task):
                tasks.append(task)
            else:
                outcomes.append(task)
        outcomes += _commit(pipeline, tasks, ledger)
        remember_failures(pipeline, GRAPH, outcomes)
        yield outcomes


def _adopt_orphans(pipeline: Pipeline, unknown: Sequence[PlannedDocument]) -> None:
    """Creates a Document node for sections whose node was deleted by hand, so that GraphStore.read finds them."""
    tags = sorted({document.tag for document in unknown})
    orphans = {key: sections for tag in tags for key, sections in pipeline.graph.orphans(tag).items()}
    adopting = [document for document in unknown if document.document_id in orphans]
    changes = [adoption(d.tag, d.document_id, d.source_uri, orphans[d.document_id]) for d in adopting]
    pipeline.graph.apply(changes, [new_entry(document) for document in adopting])


def _task(
    pipeline: Pipeline,
    document: PlannedDocument,
    parent: ArtifactHeader | None,
    extraction: ArtifactHeader | None,
    entry: LedgerEntry | None,
) -> _Task | Outcome:
    if parent is None or not is_parsed(pipeline, document, parent):
        return blocked(document, PARSED)
    if extraction is None or extraction.fingerprint != pipeline.recipe.extract(parent.output):
        return blocked(document, EXTRACTED)
    fingerprint = pipeline.recipe.graph(parent.output, extraction.output)
    known = entry or new_entry(document)
    row = replace(
        as_scanned(known, document),
        parse_fingerprint=parent.fingerprint,
        parse_output=parent.output,
        extract_fingerprint=extraction.fingerprint,
        extract_output=extraction.output,
        graph_fingerprint=fingerprint,
        vector_fingerprints=known.vector_fingerprints
        if known.parse_output == parent.output
        else mark_stale(known.vector_fingerprints),
        failure=None if known.failure and known.failure.stage in CLEARED_HERE else known.failure,
    )
    return _Task(document, row, rewrite=known.graph_fingerprint != fingerprint)


def _commit(pipeline: Pipeline, tasks: list[_Task], ledger: dict[str, LedgerEntry]) -> list[Outcome]:
    fresh = [task for task in tasks if not task.rewrite]
    moved = [task.entry for task in fresh if task.entry != ledger.get(task.document.document_id)]
    if moved:  # other bytes gave the same graph: only the ledger changes
        pipeline.graph.write_ledger(moved)
    done = [
        Outcome(
            document=task.document,
            status="fresh",
            output=task.entry.graph_fingerprint,
            inputs={EXTRACTED: task.entry.extract_output},
        )
        for task in fresh
    ]
    return done + all_or_each([task for task in tasks if task.rewrite], partial(_write, pipeline))


def _write(pipeline: Pipeline, tasks: Sequence[_Task]) -> list[Outcome]:
    with pipeline.lock.writing():
        stored = pipeline.graph.read([task.document.document_id for task in tasks])
        wanted = [_wanted(pipeline, task) for task in tasks]
        changes = [diff(stored.get(t.document.document_id), new) for t, new in zip(tasks, wanted, strict=True)]
        pipeline.graph.apply(changes, [task.entry for task in tasks])
    return [
        Outcome(
            document=task.document,
            status="done",
            output=task.entry.graph_fingerprint,
            facts=_facts(change, stored.get(task.document.document_id), new),
            inputs={EXTRACTED: task.entry.extract_output},
        )
        for task, change, new in zip(tasks, changes, wanted, strict=True)
    ]


def _facts(change: GraphChange, stored: Subgraph | None, new: Subgraph) -> dict[str, int]:
    """Counts for the document's report: nodes and edges added, and how its sections changed."""
    before = stored.nodes.get("Section", {}) if stored else {}
    written = {str(row["id"]) for row in change.nodes.get("Section", [])}
    removed = len(change.stale_sections)
    return {
        "nodes_added": change.nodes_added,
        "rels_added": change.edges_added,
        "sections_added": len(written - before.keys()),
        "sections_modified": len(written & before.keys()),
        "sections_removed": removed,
        "sections_unchanged": len(before) - removed - len(written & before.keys()),
        **rows_written(change),
        **rows_deleted(stored, new),
    }


def _wanted(pipeline: Pipeline, task: _Task) -> Subgraph:
    key = task.document.partition_key
    document = artifacts.load_document(pipeline.artifact(PARSED, key))
    extraction = artifacts.load_extraction(pipeline.artifact(EXTRACTED, key))
    return build(document, extraction)
