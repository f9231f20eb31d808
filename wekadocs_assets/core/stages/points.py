"""vector_points: embeddings to points, then Chunk nodes as their ledger; stale points and sections go after the new ones stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from wekadocs_assets.core import artifacts, ids
from wekadocs_assets.core.artifacts import Embeddings
from wekadocs_assets.core.chunking import encoded_text
from wekadocs_assets.core.intake import PlannedDocument
from wekadocs_assets.core.models import Chunk, Document, LedgerEntry, Section
from wekadocs_assets.core.ports import ArtifactHeader, Point
from wekadocs_assets.core.recipe import EMBEDDED, EXTRACTED, GRAPH, PARSED, POINTS
from wekadocs_assets.core.stages.extract import is_parsed
from wekadocs_assets.core.stages.pipeline import Outcome, Outcomes, Pipeline, all_or_each, blocked, remember_failures

Payloads = dict[str, dict[str, str]]
"""What the vector store holds, by chunk id."""


@dataclass(frozen=True, slots=True)
class _Task:
    document: PlannedDocument
    entry: LedgerEntry


@dataclass(frozen=True, slots=True)
class _Change:
    """What one document's points become. chunks: Chunk nodes to upsert; the rest are ids to delete."""

    task: _Task
    points: list[Point]
    chunks: list[Chunk]
    stale_chunks: list[str]
    stale_sections: list[str]
    facts: dict[str, int]


def write_points(pipeline: Pipeline, documents: Sequence[PlannedDocument]) -> Outcomes:
    keys = [document.partition_key for document in documents]
    headers = {asset: pipeline.artifacts.headers(asset, keys) for asset in (PARSED, EXTRACTED, EMBEDDED)}
    ledger = pipeline.ledger_of(documents)
    for batch in pipeline.batches(documents, pipeline.documents_per_transaction):
        tasks: list[_Task] = []
        outcomes: list[Outcome] = []
        for document in batch:
            known = {asset: found.get(document.partition_key) for asset, found in headers.items()}
            task = _task(pipeline, document, known, ledger.get(document.document_id))
            (tasks if isinstance(task, _Task) else outcomes).append(task)
        outcomes += all_or_each(tasks, partial(_write, pipeline))
        remember_failures(pipeline, POINTS, outcomes)
        yield outcomes


def _task(
    pipeline: Pipeline,
    document: PlannedDocument,
    headers: dict[str, ArtifactHeader | None],
    entry: LedgerEntry | None,
) -> _Task | Outcome:
    parsed, extracted, embedded = headers[PARSED], headers[EXTRACTED], headers[EMBEDDED]
    recipe = pipeline.recipe
    if not is_parsed(pipeline, document, parsed):
        return blocked(document, PARSED)
    if embedded is None or embedded.fingerprint != recipe.embed(parsed.output):
        return blocked(document, EMBEDDED)
    current = extracted and entry and entry.graph_fingerprint == recipe.graph(parsed.output, extracted.output)
    if not current:
        return blocked(document, GRAPH)
    fingerprint = recipe.points(embedded.output)
    row = replace(
        entry,
        embed_fingerprint=embedded.fingerprint,
        embed_output=embedded.output,
        vector_fingerprint=fingerprint,
        failure=None,
    )
    if row == entry:
        return Outcome(document, "fresh", embedded.output, inputs=_inputs(entry))
    return _Task(document, row)


def _write(pipeline: Pipeline, tasks: Sequence[_Task]) -> list[Outcome]:
    with pipeline.lock.writing():
        changes = _changes(pipeline, tasks)
        _commit(pipeline, changes)
    return [
        Outcome(c.task.document, "done", c.task.entry.embed_output, c.facts, inputs=_inputs(c.task.entry))
        for c in changes
    ]


def _inputs(entry: LedgerEntry) -> dict[str, str]:
    return {EMBEDDED: entry.embed_output, GRAPH: entry.graph_fingerprint}


def _commit(pipeline: Pipeline, changes: list[_Change]) -> None:
    """Points first, then what is stale, the ledger last: a kill in between repeats the batch and loses nothing."""
    version = pipeline.recipe.embedding_version
    stale = [chunk for change in changes for chunk in change.stale_chunks]
    pipeline.vectors.upsert(version, [point for change in changes for point in change.points])
    pipeline.vectors.delete(version, [ids.point_id(chunk) for chunk in stale])
    pipeline.graph.delete_sections([section for change in changes for section in change.stale_sections])
    pipeline.graph.write_chunks(
        [chunk for change in changes for chunk in change.chunks], stale, [change.task.entry for change in changes]
    )


def _changes(pipeline: Pipeline, tasks: Sequence[_Task]) -> list[_Change]:
    version = pipeline.recipe.embedding_version
    documents = [task.document.document_id for task in tasks]
    chunks, sections = pipeline.graph.chunks(documents, version), pipeline.graph.section_ids(documents)
    held = {point.payload["chunk_id"]: point.payload for point in pipeline.vectors.scan(version, list(chunks))}
    return [_change(pipeline, task, chunks, sections, held) for task in tasks]


def _change(
    pipeline: Pipeline, task: _Task, chunks: dict[str, list[Chunk]], sections: dict[str, list[str]], held: Payloads
) -> _Change:
    key = task.document.partition_key
    document = artifacts.load_document(pipeline.artifacts.read(PARSED, key))
    embeddings = artifacts.load_embeddings(pipeline.artifacts.read(EMBEDDED, key))
    old = {chunk.id: chunk for chunk in chunks.get(document.id, [])}
    points = _points(document, embeddings, held)
    current = {section.id for section in document.sections}
    wanted = {chunk.id for chunk in embeddings.chunks}
    return _Change(
        task,
        points,
        [chunk for chunk in embeddings.chunks if old.get(chunk.id) != chunk],
        [chunk for chunk in old if chunk not in wanted],
        [section for section in sections.get(document.id, []) if section not in current],
        {"points": len(embeddings.chunks), "upserted": len(points), "removed": len(old.keys() - wanted)},
    )


def _points(document: Document, embeddings: Embeddings, held: Payloads) -> list[Point]:
    """Points that the store does not hold, or holds with another payload: the checksum is part of it."""
    sections = {section.id: section for section in document.sections}
    points = []
    for chunk, vector in zip(embeddings.chunks, embeddings.vectors, strict=True):
        section = sections[chunk.section_id]
        payload = _payload(document, section, chunk)
        if held.get(chunk.id) != payload:
            points.append(Point(ids.point_id(chunk.id), vector, encoded_text(section, document.title, chunk), payload))
    return points


def _payload(document: Document, section: Section, chunk: Chunk) -> dict[str, str]:
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
