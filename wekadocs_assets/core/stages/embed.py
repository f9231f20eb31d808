"""section_embeddings: sections to chunks and vectors, kept as an artifact; only text that is new anywhere is encoded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wekadocs_assets.core import artifacts
from wekadocs_assets.core.artifacts import Embeddings
from wekadocs_assets.core.chunking import cut, encoded_text
from wekadocs_assets.core.intake import PlannedDocument
from wekadocs_assets.core.models import Chunk, Document
from wekadocs_assets.core.ports import ArtifactHeader, Vector
from wekadocs_assets.core.recipe import EMBEDDED, PARSED
from wekadocs_assets.core.stages.extract import is_parsed
from wekadocs_assets.core.stages.pipeline import Outcome, Outcomes, Pipeline, blocked, failed, remember_failures


@dataclass(frozen=True, slots=True)
class _Task:
    """A document cut into chunks, with the text of each; waits for its window to be full."""

    document: PlannedDocument
    parse_output: str
    fingerprint: str
    chunks: tuple[Chunk, ...]
    texts: tuple[str, ...]


def embed_sections(pipeline: Pipeline, documents: Sequence[PlannedDocument]) -> Outcomes:
    keys = [document.partition_key for document in documents]
    parsed, headers = pipeline.artifacts.headers(PARSED, keys), pipeline.artifacts.headers(EMBEDDED, keys)
    encoded_in: dict[str, str] = {}  # chunk checksum -> partition key of the artifact that this run wrote it to
    waiting: list[_Task] = []
    for batch in pipeline.batches(documents):
        outcomes: list[Outcome] = []
        for document in batch:
            key = document.partition_key
            task = _task(pipeline, document, parsed.get(key), headers.get(key))
            (waiting if isinstance(task, _Task) else outcomes).append(task)
        remember_failures(pipeline, EMBEDDED, outcomes)
        yield outcomes
        for window in _windows(pipeline, waiting, last=batch[-1] is documents[-1]):
            yield _embed(pipeline, window, encoded_in)


def _task(
    pipeline: Pipeline, document: PlannedDocument, parent: ArtifactHeader | None, header: ArtifactHeader | None
) -> _Task | Outcome:
    if not is_parsed(pipeline, document, parent):
        return blocked(document, PARSED)
    fingerprint = pipeline.recipe.embed(parent.output)
    if header and header.fingerprint == fingerprint:
        return Outcome(document, "fresh", header.output, inputs={PARSED: parent.output})
    try:
        parsed = artifacts.load_document(pipeline.artifacts.read(PARSED, document.partition_key))
        pairs = list(_chunks(pipeline, parsed))
    except Exception as error:
        return failed(document, error)
    return _Task(
        document, parent.output, fingerprint, tuple(chunk for chunk, _ in pairs), tuple(text for _, text in pairs)
    )


def _chunks(pipeline: Pipeline, document: Document) -> Iterator[tuple[Chunk, str]]:
    embedder = pipeline.embedder
    for section in document.sections:
        for chunk in cut(
            section, document.title, embedder.token_offsets,
            pipeline.chunk_tokens, embedder.max_tokens, pipeline.recipe.embedding_version,
        ):  # fmt: skip
            yield chunk, encoded_text(section, document.title, chunk)


def _windows(pipeline: Pipeline, waiting: list[_Task], *, last: bool) -> Iterator[list[_Task]]:
    """Full windows of waiting documents (taken out of the list), and in the end the rest."""
    size = sum(len(task.texts) for task in waiting)
    while waiting and (last or size >= pipeline.texts_per_window):
        window: list[_Task] = []
        taken = 0
        while waiting and taken < pipeline.texts_per_window:
            window.append(waiting.pop(0))
            taken += len(window[-1].texts)
        size -= taken
        yield window


def _embed(pipeline: Pipeline, window: list[_Task], encoded_in: dict[str, str]) -> list[Outcome]:
    texts = {chunk.checksum: text for task in window for chunk, text in zip(task.chunks, task.texts, strict=True)}
    vectors = _known_vectors(pipeline, window, texts, encoded_in)
    fresh = [checksum for checksum in texts if checksum not in vectors]
    if fresh:
        encoded = pipeline.embedder.encode([texts[checksum] for checksum in fresh])
        vectors.update(zip(fresh, encoded, strict=True))
    new = set(fresh)
    return [_commit(pipeline, task, vectors, new, encoded_in) for task in window]


def _known_vectors(
    pipeline: Pipeline, window: list[_Task], texts: dict[str, str], encoded_in: dict[str, str]
) -> dict[str, Vector]:
    """Vectors that need no encoding: of the documents' own former artifacts, of this run, of the vector store."""
    own = {task.document.partition_key for task in window}
    earlier = {encoded_in[checksum] for checksum in texts if checksum in encoded_in}
    vectors: dict[str, Vector] = {}
    for key in sorted(own | earlier):
        former = _former(pipeline, key)
        if former:
            vectors.update((c, v) for c, v in former.by_checksum.items() if c in texts)
    missing = [checksum for checksum in texts if checksum not in vectors]
    return vectors | pipeline.vectors.vectors(pipeline.embedder.model_part, missing)


def _former(pipeline: Pipeline, key: str) -> Embeddings | None:
    try:
        embeddings = artifacts.load_embeddings(pipeline.artifacts.read(EMBEDDED, key))
    except (KeyError, ValueError):  # absent, or damaged: then it is encoded again
        return None
    return embeddings if embeddings.model_part == pipeline.embedder.model_part else None


def _commit(
    pipeline: Pipeline, task: _Task, vectors: dict[str, Vector], new: set[str], encoded_in: dict[str, str]
) -> Outcome:
    import numpy

    rows = [vectors[chunk.checksum] for chunk in task.chunks]
    matrix = numpy.stack(rows) if rows else numpy.empty((0, pipeline.embedder.dimensions), "<f4")
    embeddings = Embeddings(pipeline.embedder.model_part, task.chunks, matrix)
    output = artifacts.chunks_digest(task.chunks)
    key = task.document.partition_key
    body = artifacts.dump_embeddings(embeddings)
    pipeline.artifacts.write(EMBEDDED, key, ArtifactHeader(task.fingerprint, output), body)
    encoded = len({c.checksum for c in task.chunks} & new)
    new -= {c.checksum for c in task.chunks}  # equal chunks count for the document that came first
    encoded_in.update((chunk.checksum, key) for chunk in task.chunks)
    facts = {
        "chunks": len(task.chunks),
        "encoded": encoded,
        "reused": len(task.chunks) - encoded,
        "tokens": sum(chunk.tokens for chunk in task.chunks),
    }
    return Outcome(task.document, "done", output, facts, inputs={PARSED: task.parse_output})
