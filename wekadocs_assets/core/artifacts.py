"""Serialises artifacts (parse results, extractions, embeddings) to bytes and back.

Add a format here for a new kind of artifact. Where the bytes are stored belongs to adapters (ArtifactStore).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from wekadocs_assets.core import ids
from wekadocs_assets.core.models import Chunk, Document, Extraction, Matrix, Vector

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Embeddings:
    """The chunks of a document in order, and their vectors, shape (len(chunks), dimensions)."""

    model_part: str
    chunks: tuple[Chunk, ...]
    vectors: Matrix

    @property
    def by_checksum(self) -> dict[str, Vector]:
        """Vectors by checksum of the encoded text."""
        return {chunk.checksum: vector for chunk, vector in zip(self.chunks, self.vectors, strict=True)}


@cache
def codec(kind: Any) -> TypeAdapter[Any]:  # a class or a generic alias such as list[str]
    """The JSON codec of a model; pydantic is imported on first use."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def dump(value: object) -> bytes:
    """Serialises a model as JSON with the fields in their declared order, so that equal values give equal bytes."""
    kind: Any = type(value)
    data: bytes = codec(kind).dump_json(value)
    return data


def load_document(data: bytes) -> Document:
    """The parse result of `dump`. Invalid data: ValueError."""
    document: Document = codec(Document).validate_json(data)
    return document


def load_extraction(data: bytes) -> Extraction:
    """The extraction of `dump`. Invalid data: ValueError."""
    extraction: Extraction = codec(Extraction).validate_json(data)
    return extraction


def dump_embeddings(embeddings: Embeddings) -> bytes:
    """Serialises to one JSON line (model part and chunks), followed by the vectors as little-endian float32."""
    head = codec(tuple[str, tuple[Chunk, ...]]).dump_json((embeddings.model_part, embeddings.chunks))
    return head + b"\n" + embeddings.vectors.astype("<f4").tobytes()


def load_embeddings(data: bytes) -> Embeddings:
    """The embeddings of `dump_embeddings`. Invalid data: ValueError."""
    import numpy

    head, _, body = data.partition(b"\n")
    model_part, chunks = codec(tuple[str, tuple[Chunk, ...]]).validate_json(head)
    vectors = numpy.frombuffer(body, dtype="<f4").reshape(len(chunks), -1) if chunks else numpy.empty((0, 0), "<f4")
    return Embeddings(model_part, chunks, vectors)


def dump_vectors(vectors: Mapping[str, Vector]) -> bytes:
    """Serialises vectors by text to one JSON line (the sorted texts), then the vectors as little-endian float32."""
    import numpy

    texts = sorted(vectors)
    matrix = numpy.asarray([vectors[text] for text in texts], dtype="<f4")
    return codec(list[str]).dump_json(texts) + b"\n" + matrix.tobytes()


def load_vectors(data: bytes) -> dict[str, Vector]:
    """The vectors by text of `dump_vectors`. Invalid data: ValueError."""
    import numpy

    head, _, body = data.partition(b"\n")
    texts = codec(list[str]).validate_json(head)
    vectors: Matrix | list[Vector] = numpy.frombuffer(body, dtype="<f4").reshape(len(texts), -1) if texts else []
    return dict(zip(texts, vectors, strict=True))


def chunks_digest(chunks: tuple[Chunk, ...]) -> str:
    """Output hash of section_embeddings, without the vectors: model part and checksums determine them."""
    return ids.checksum(codec(tuple[Chunk, ...]).dump_json(chunks))
