"""section_embeddings: cuts sections into chunks and encodes them; the chunks and vectors are saved as an artifact.

A text is encoded only when its vector is in no artifact of this document or this run, and not in the primary store.
A window is a group of documents whose known vectors are loaded together (texts_per_window); a part is the documents of a
window that are encoded and then committed together; a slice is the texts of one call of the encoder (SLICE).
How a section is cut belongs to core/chunking.py, the model to adapters/embedding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from wekadocs_assets.core import artifacts, ids
from wekadocs_assets.core.artifacts import Embeddings
from wekadocs_assets.core.chunking import cut, encoded_text
from wekadocs_assets.core.models import Chunk, Document, Vector
from wekadocs_assets.core.pipeline import Pipeline, VectorIndex, remember_failures
from wekadocs_assets.core.planning.outcome import FAILED_OR_BLOCKED, Outcome, Outcomes, blocked, failed
from wekadocs_assets.core.planning.plan import PlannedDocument
from wekadocs_assets.core.ports.stores import ArtifactHeader
from wekadocs_assets.core.recipe import EMBEDDED, PARSED, embeddings_of
from wekadocs_assets.core.stages.extract import is_parsed

SLICE = 256
"""Texts in one call of the encoder: 10 to 20 s for a small model on two cores, and enough to fill a GPU."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """A document cut into chunks, with the text of each chunk; it is encoded when enough tasks wait to fill a window.

    parse_output: hash of the parent's output.
    """

    document: PlannedDocument
    index: VectorIndex
    parse_output: str
    fingerprint: str
    chunks: tuple[Chunk, ...]
    texts: tuple[str, ...]


def embed_sections(pipeline: Pipeline, documents: Sequence[PlannedDocument]) -> Outcomes:
    """Embeds the documents for the target embedding_version.

    During a switch (until the target index is complete and active) it first embeds them for the active embedding_version.
    Yields outcomes as soon as they are committed. An empty list is a point at which the caller can stop.
    """
    target = pipeline.indexes[0]
    others = {index.version: index for index in pipeline.indexes if index.version != target.version}
    batches = (batch for index in others.values() for batch in _embed_all(pipeline, documents, index))
    earlier: dict[str, Outcome] = {}
    for batch in batches:
        earlier.update((outcome.document.document_id, outcome) for outcome in batch)
        yield []  # so that the caller can stop here too
    for outcomes in _embed_all(pipeline, documents, target):
        yield [_with(earlier.get(outcome.document.document_id), outcome) for outcome in outcomes]


def _with(other: Outcome | None, outcome: Outcome) -> Outcome:
    """Merges the outcomes of two versions: a failure of either wins, and the numbers of texts are added."""
    if other is None or outcome.status in FAILED_OR_BLOCKED:
        return outcome
    if other.status in FAILED_OR_BLOCKED:
        return other
    sums = {name: int(outcome.facts.get(name, 0)) + int(other.facts.get(name, 0)) for name in ("encoded", "reused")}
    return replace(outcome, facts={**outcome.facts, **sums}) if any(sums.values()) else outcome


def _embed_all(pipeline: Pipeline, documents: Sequence[PlannedDocument], index: VectorIndex) -> Outcomes:
    keys = [document.partition_key for document in documents]
    parsed = pipeline.artifacts.headers(PARSED, keys)
    headers = pipeline.artifacts.headers(embeddings_of(index.version), keys)
    encoded_in: dict[str, str] = {}  # chunk checksum -> partition key of the artifact that this run wrote it to
    waiting: list[_Task] = []
    for batch in pipeline.batches(documents):
        outcomes: list[Outcome] = []
        for document in batch:
            key = document.partition_key
            task = _task(pipeline, index, document, parsed.get(key), headers.get(key))
            if isinstance(task, _Task):
                waiting.append(task)
            else:
                outcomes.append(task)
        remember_failures(pipeline, EMBEDDED, outcomes)
        yield outcomes
        for window in _windows(pipeline, waiting, last=batch[-1] is documents[-1]):
            yield from _embed(pipeline, index, window, encoded_in)


def _task(
    pipeline: Pipeline,
    index: VectorIndex,
    document: PlannedDocument,
    parent: ArtifactHeader | None,
    header: ArtifactHeader | None,
) -> _Task | Outcome:
    if parent is None or not is_parsed(pipeline, document, parent):
        return blocked(document, PARSED)
    fingerprint = pipeline.recipe.embed(index.version, parent.output)
    if header and header.fingerprint == fingerprint:  # skipped because it is up to date
        return Outcome(document=document, status="fresh", output=header.output, inputs={PARSED: parent.output})
    try:
        parsed = artifacts.load_document(pipeline.artifact(PARSED, document.partition_key))
        pairs = list(_chunks(index, parsed))
    except Exception as error:
        return failed(document, error)
    chunks, texts = tuple(chunk for chunk, _ in pairs), tuple(text for _, text in pairs)
    return _Task(
        document=document,
        index=index,
        parse_output=parent.output,
        fingerprint=fingerprint,
        chunks=chunks,
        texts=texts,
    )


def _chunks(index: VectorIndex, document: Document) -> Iterator[tuple[Chunk, str]]:
    offsets, most = index.embedder.token_offsets, index.embedder.max_tokens
    for section in document.sections:
        for chunk in cut(section, document.title, offsets, index.chunk_tokens, most, index.version):
            yield chunk, encoded_text(section, document.title, chunk)


def _windows(pipeline: Pipeline, waiting: list[_Task], *, last: bool) -> Iterator[list[_Task]]:
    """Removes full windows of documents from `waiting` and yields them; last: the rest as well."""
    size = sum(len(task.texts) for task in waiting)
    while waiting and (last or size >= pipeline.texts_per_window):
        window: list[_Task] = []
        taken = 0
        while waiting and taken < pipeline.texts_per_window:
            window.append(waiting.pop(0))
            taken += len(window[-1].texts)
        size -= taken
        yield window


def _embed(pipeline: Pipeline, index: VectorIndex, window: list[_Task], encoded_in: dict[str, str]) -> Outcomes:
    """Encodes and commits a window part by part. It takes minutes, so the caller can stop after each slice."""
    texts = {chunk.checksum: text for task in window for chunk, text in zip(task.chunks, task.texts, strict=True)}
    vectors = _known_vectors(pipeline, index, window, texts, encoded_in)
    new = texts.keys() - vectors.keys()
    for part in _parts(window, vectors):
        missing = list(dict.fromkeys(c.checksum for task in part for c in task.chunks if c.checksum not in vectors))
        for start in range(0, len(missing), SLICE):
            some = missing[start : start + SLICE]
            vectors.update(zip(some, index.embedder.encode([texts[checksum] for checksum in some]), strict=True))
            if start + SLICE < len(missing):
                _keep(pipeline, part[0], vectors)
                yield []
        yield [_commit(pipeline, task, vectors, new, encoded_in) for task in part]


def _parts(window: list[_Task], vectors: dict[str, Vector]) -> Iterator[list[_Task]]:
    """Yields parts: documents that together lack at most SLICE vectors, or one document that lacks more.

    `vectors` grows between two yields, because the caller encodes each part; later counts use that.
    """
    part: list[_Task] = []
    size = 0
    for task in window:
        more = len({chunk.checksum for chunk in task.chunks} - vectors.keys())
        if part and size + more > SLICE:
            yield part
            part, size = [], 0
        part.append(task)
        size += more
    yield part


def _known_vectors(
    pipeline: Pipeline, index: VectorIndex, window: list[_Task], texts: dict[str, str], encoded_in: dict[str, str]
) -> dict[str, Vector]:
    """Returns known vectors by checksum: of former artifacts, of this run's and of the primary store."""
    own = {task.document.partition_key for task in window}
    own |= {ids.partition_key(d.tag, d.renamed_from) for d in (task.document for task in window) if d.renamed_from}
    earlier = {encoded_in[checksum] for checksum in texts if checksum in encoded_in}
    vectors: dict[str, Vector] = {}
    for version in dict.fromkeys((index.version, *(other.version for other in pipeline.indexes))):
        for key in sorted(own | earlier):
            former = _former(pipeline, version, key)
            if former and former.model_part == index.embedder.model_part:
                vectors.update((c, v) for c, v in former.by_checksum.items() if c in texts)
    missing = [checksum for checksum in texts if checksum not in vectors]
    return vectors | pipeline.vectors.vectors(index.embedder.model_part, missing)


def _former(pipeline: Pipeline, version: str, key: str) -> Embeddings | None:
    try:
        return artifacts.load_embeddings(pipeline.artifacts.read(embeddings_of(version), key))
    except (KeyError, ValueError):  # absent or damaged: its texts are encoded again
        return None


def _commit(
    pipeline: Pipeline, task: _Task, vectors: dict[str, Vector], new: set[str], encoded_in: dict[str, str]
) -> Outcome:
    output = artifacts.chunks_digest(task.chunks)
    _write(pipeline, task, task.chunks, vectors, ArtifactHeader(task.fingerprint, output))
    encoded = len({c.checksum for c in task.chunks} & new)
    new -= {c.checksum for c in task.chunks}  # an equal chunk of a later document counts as reused
    encoded_in.update((chunk.checksum, task.document.partition_key) for chunk in task.chunks)
    facts = {
        "chunks": len(task.chunks),
        "encoded": encoded,
        "reused": len(task.chunks) - encoded,
        "tokens": sum(chunk.tokens for chunk in task.chunks),
    }
    return Outcome(
        document=task.document, status="done", output=output, facts=facts, inputs={PARSED: task.parse_output}
    )


def _keep(pipeline: Pipeline, task: _Task, vectors: dict[str, Vector]) -> None:
    """Saves the vectors that a long document has so far, so that an interrupted ingest can continue.

    The empty fingerprint marks the artifact as incomplete.
    """
    chunks = tuple(chunk for chunk in task.chunks if chunk.checksum in vectors)
    _write(pipeline, task, chunks, vectors, ArtifactHeader("", ""))


def _write(
    pipeline: Pipeline, task: _Task, chunks: tuple[Chunk, ...], vectors: dict[str, Vector], header: ArtifactHeader
) -> None:
    import numpy

    embedder = task.index.embedder
    rows = [vectors[chunk.checksum] for chunk in chunks]
    matrix = numpy.stack(rows) if rows else numpy.empty((0, embedder.dimensions), "<f4")
    body = artifacts.dump_embeddings(Embeddings(embedder.model_part, chunks, matrix))
    pipeline.artifacts.write(embeddings_of(task.index.version), task.document.partition_key, header, body)
