"""vector_points: writes points, deletes stale points and sections, then writes Chunk nodes and the ledger.

Stale data is deleted after its replacement is written, so that searches find one of them at any time. How a store keeps
points belongs to adapters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from wekadocs_assets.core import artifacts, ids
from wekadocs_assets.core.checks.drift import Difference, compare
from wekadocs_assets.core.chunking import encoded_text
from wekadocs_assets.core.models import Chunk, Document, LedgerEntry, Section
from wekadocs_assets.core.pipeline import Pipeline, VectorIndex, remember_failures, tolerate_replica_failure
from wekadocs_assets.core.planning.outcome import Outcome, Outcomes, all_or_each, blocked
from wekadocs_assets.core.planning.plan import PlannedDocument
from wekadocs_assets.core.ports.stores import ArtifactHeader
from wekadocs_assets.core.ports.vectors import Point, StoredPoint
from wekadocs_assets.core.recipe import EMBEDDED, EXTRACTED, GRAPH, PARSED, POINTS, embeddings_of
from wekadocs_assets.core.stages.extract import is_parsed
from wekadocs_assets.core.stages.switch import trim_frozen

Headers = Mapping[str, ArtifactHeader | None]
"""Artifact headers of one document, by asset; None: no artifact."""


@dataclass(frozen=True, slots=True)
class _Task:
    """due: names of the indexes where this document's points are stale, with the fingerprint to write."""

    document: PlannedDocument
    entry: LedgerEntry
    output: str
    due: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """The changes of one document in one index. points, chunks: to upsert; stale_points, stale_chunks: ids to delete.

    wanted: number of points after the change. lost: how many of the stale points exist; a Chunk node may have no point.
    """

    task: _Task
    points: list[Point]
    chunks: list[Chunk]
    stale_points: list[str]
    stale_chunks: list[str]
    wanted: int
    lost: int


def write_points(pipeline: Pipeline, documents: Sequence[PlannedDocument]) -> Outcomes:
    """Yields the outcomes of each batch after its points and ledger entries are written."""
    keys = [document.partition_key for document in documents]
    assets = (PARSED, EXTRACTED, *dict.fromkeys(embeddings_of(index.version) for index in pipeline.indexes))
    headers = {asset: pipeline.artifacts.headers(asset, keys) for asset in assets}
    ledger = pipeline.ledger_of(documents)
    for batch in pipeline.batches(documents, pipeline.documents_per_transaction):
        tasks: list[_Task] = []
        outcomes: list[Outcome] = []
        for document in batch:
            known = {asset: found.get(document.partition_key) for asset, found in headers.items()}
            task = _task(pipeline, document, known, ledger.get(document.document_id))
            if isinstance(task, _Task):
                tasks.append(task)
            else:
                outcomes.append(task)
        outcomes += all_or_each(tasks, partial(_write, pipeline))
        remember_failures(pipeline, POINTS, outcomes)
        yield outcomes


def _task(
    pipeline: Pipeline, document: PlannedDocument, headers: Headers, entry: LedgerEntry | None
) -> _Task | Outcome:
    parsed, extracted = headers[PARSED], headers[EXTRACTED]
    recipe = pipeline.recipe
    if parsed is None or not is_parsed(pipeline, document, parsed):
        return blocked(document, PARSED)
    if any(not _is_embedded(pipeline, index, parsed, headers) for index in pipeline.indexes):
        return blocked(document, EMBEDDED)
    if extracted is None or entry is None or entry.graph_fingerprint != recipe.graph(parsed.output, extracted.output):
        return blocked(document, GRAPH)
    embedded = headers[embeddings_of(pipeline.target.embedding_version)]
    output = embedded.output if embedded else ""
    due = {i.id.name: recipe.points(i.id, parsed.output) for i in pipeline.indexes if not recipe.holds(i.id, entry)}
    if not due and not entry.failure:
        return Outcome(document=document, status="fresh", output=output, inputs=_inputs(entry, output))
    return _Task(document, entry, output, due)


def _is_embedded(pipeline: Pipeline, index: VectorIndex, parsed: ArtifactHeader, headers: Headers) -> bool:
    header = headers[embeddings_of(index.version)]
    return header is not None and header.fingerprint == pipeline.recipe.embed(index.version, parsed.output)


def _write(pipeline: Pipeline, tasks: Sequence[_Task]) -> list[Outcome]:
    """Writes points, deletes stale data, then writes the ledger: after a crash in between the batch is repeated."""
    documents = {task.document.document_id: _parsed(pipeline, task) for task in tasks}
    with pipeline.lock.writing():
        pipeline.graph.check_held()
        sections = pipeline.graph.section_ids(list(documents))
        written = {
            index.id.name: tolerate_replica_failure(
                index.store, pipeline, partial(_fill, pipeline, index, tasks, documents), None
            )
            for index in pipeline.indexes
        }
        trimmed = trim_frozen(pipeline, list(documents.values()))
        pipeline.graph.delete_sections(_stale_sections(documents, sections))
        _write_chunks(pipeline, tasks, written, trimmed)
    return [_outcome(pipeline, task, written) for task in tasks]


def _fill(
    pipeline: Pipeline, index: VectorIndex, tasks: Sequence[_Task], documents: dict[str, Document]
) -> list[_Change]:
    """Upserts and deletes the points of one index; returns the changes, whose Chunk nodes are still to be written."""
    due = [task for task in tasks if index.id.name in task.due]
    keys = [task.document.document_id for task in due]
    chunks = pipeline.graph.chunks(keys, index.version)
    held: dict[str, list[StoredPoint]] = {key: [] for key in keys}
    for point in index.store.scan(index.version, keys):
        held[point.payload["document_id"]].append(point)
    changes = [_change(pipeline, index, task, documents, chunks, held) for task in due]
    pipeline.graph.check_held()  # checked again, because a vector store does not know leases
    index.store.upsert(index.version, [point for change in changes for point in change.points])
    pipeline.graph.check_held()
    index.store.delete(index.version, [point for change in changes for point in change.stale_points])
    return changes


def _change(
    pipeline: Pipeline,
    index: VectorIndex,
    task: _Task,
    documents: dict[str, Document],
    chunks: dict[str, list[Chunk]],
    held: dict[str, list[StoredPoint]],
) -> _Change:
    document = documents[task.document.document_id]
    body = pipeline.artifact(embeddings_of(index.version), task.document.partition_key)
    embeddings = artifacts.load_embeddings(body)
    old = {chunk.id: chunk for chunk in chunks.get(document.id, [])}
    sections = {section.id: section for section in document.sections}
    wanted = {chunk.id: payload_of(document, sections[chunk.section_id], chunk) for chunk in embeddings.chunks}
    counts = compare({document.id: embeddings.chunks}, held[document.id], {document.id}, wanted)
    difference = counts.differences[0] if counts.differences else Difference(document_id=document.id)
    due, gone = {*difference.missing, *difference.stale}, [chunk for chunk in old if chunk not in wanted]
    return _Change(
        task=task,
        points=[
            Point(
                ids.point_id(chunk.id),
                vector,
                encoded_text(sections[chunk.section_id], document.title, chunk),
                wanted[chunk.id],
            )
            for chunk, vector in zip(embeddings.chunks, embeddings.vectors, strict=True)
            if chunk.id in due
        ],
        chunks=[chunk for chunk in embeddings.chunks if old.get(chunk.id) != chunk],
        stale_points=sorted({*difference.foreign} | {ids.point_id(chunk) for chunk in gone}),
        stale_chunks=gone,
        wanted=len(wanted),
        lost=len(difference.foreign),
    )


def _stale_sections(documents: dict[str, Document], stored: dict[str, list[str]]) -> list[str]:
    current = {key: {section.id for section in document.sections} for key, document in documents.items()}
    return [section for key, sections in stored.items() for section in sections if section not in current[key]]


def _write_chunks(
    pipeline: Pipeline, tasks: Sequence[_Task], written: dict[str, list[_Change] | None], trimmed: list[str]
) -> None:
    """Writes the Chunk nodes of the primary store and the fingerprints of all indexes that were written."""
    changes = [c for i in pipeline.indexes if not i.id.replica for c in written[i.id.name] or ()]
    pipeline.graph.write_chunks(
        [chunk for change in changes for chunk in change.chunks],
        trimmed + [chunk for change in changes for chunk in change.stale_chunks],
        [_row(task, written) for task in tasks],
    )


def _row(task: _Task, written: dict[str, list[_Change] | None]) -> LedgerEntry:
    done = {name: fingerprint for name, fingerprint in task.due.items() if written[name] is not None}
    return replace(task.entry, vector_fingerprints={**task.entry.vector_fingerprints, **done}, failure=None)


def _outcome(pipeline: Pipeline, task: _Task, written: dict[str, list[_Change] | None]) -> Outcome:
    """Returns counts of the primary store. points: of the target version; other counts: of all versions."""
    ours = [index.id.name for index in pipeline.indexes if not index.id.replica]
    changes = {name: change for name in ours for change in written[name] or () if change.task is task}
    facts: dict[str, int] = {}
    if target := changes.get(pipeline.target.name):
        facts["points"] = target.wanted
    if changes:
        facts |= _work(list(changes.values()))
    return Outcome(
        document=task.document, status="done", output=task.output, facts=facts, inputs=_inputs(task.entry, task.output)
    )


def _work(changes: Sequence[_Change]) -> dict[str, int]:
    return {
        "points_upserted": sum(len(change.points) for change in changes),
        "points_deleted": sum(change.lost for change in changes),
        "chunk_nodes_written": sum(len(change.chunks) for change in changes),
        "chunk_nodes_deleted": sum(len(change.stale_chunks) for change in changes),
    }


def _inputs(entry: LedgerEntry, output: str) -> dict[str, str]:
    return {EMBEDDED: output, GRAPH: entry.graph_fingerprint}


def _parsed(pipeline: Pipeline, task: _Task) -> Document:
    return artifacts.load_document(pipeline.artifact(PARSED, task.document.partition_key))


def payload_of(document: Document, section: Section, chunk: Chunk) -> dict[str, str]:
    """Returns the payload of a chunk's point."""
    return {
        "chunk_id": chunk.id,
        "section_id": section.id,
        "document_id": document.id,
        "source_uri": document.source_uri,
        "tag": document.tag,
        "title": section.title,
        "heading_path": " > ".join(section.heading_path),
        "checksum": chunk.checksum,
        "embedding_version": chunk.embedding_version,
    }
