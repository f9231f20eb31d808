"""Ports to vector stores and embedding models, with the values that they take and return.

Add an operation here when every store can implement it. Rules that all stores share are in vector_rules.py.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from wekadocs_assets.core.models import Matrix, Vector


@dataclass(frozen=True, slots=True)
class Point:
    """One chunk in a vector store. vector: unit length, shape (dimensions,). text: the encoded string, indexed for BM25.

    payload: chunk_id, section_id, document_id, source_uri, tag, title, heading_path (' > '), checksum, embedding_version.
    """

    id: str
    vector: Vector
    text: str
    payload: dict[str, str]


class Hit(NamedTuple):
    """A candidate of a search. score: cosine (-1..1) in the dense list, BM25 (0 or more) in the word list."""

    chunk_id: str
    section_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Within:
    """Filter of a search; None: no restriction."""

    tag: str | None = None
    document_ids: tuple[str, ...] | None = None
    section_ids: tuple[str, ...] | None = None

    def allows(self, payload: Mapping[str, str]) -> bool:
        return (
            self.tag in (None, payload["tag"])
            and (self.document_ids is None or payload["document_id"] in self.document_ids)
            and (self.section_ids is None or payload["section_id"] in self.section_ids)
        )


ANYWHERE = Within()


@dataclass(frozen=True, slots=True)
class StoredPoint:
    """A point as stored, by this or another program; vector: None unless requested."""

    id: str
    payload: dict[str, str]
    vector: Vector | None = None


class VectorStore(ABC):
    """Points of one or more embedding_versions; writes are durable on return. engine: the store's name in reports."""

    engine: str

    @abstractmethod
    def open(self, embedding_version: str, dimensions: int) -> str:
        """Creates the version if absent. Returns its random id, which differs after the version was wiped.

        Raises ConfigurationError if the version exists with other dimensions."""

    @abstractmethod
    def versions(self) -> list[str]:
        """All existing versions, sorted."""

    @abstractmethod
    def serve(self, embedding_version: str) -> None:
        """Makes the store's public alias refer to this version, for other programs that read the store directly.

        Does nothing in a store without aliases."""

    @abstractmethod
    def drop(self, embedding_version: str) -> None:
        """Deletes the version with all its points; an absent version is ignored."""

    @abstractmethod
    def upsert(self, embedding_version: str, points: Sequence[Point]) -> None: ...

    @abstractmethod
    def delete(self, embedding_version: str, point_ids: Sequence[str]) -> None: ...

    @abstractmethod
    def vectors(self, model_part: str, checksums: Sequence[str]) -> dict[str, Vector]:
        """Stored vectors by chunk checksum, from all versions of this model (vectors depend on model and text only)."""

    @abstractmethod
    def candidates(
        self, embedding_version: str, dense: Vector, words: str, within: Within, limit: int
    ) -> tuple[list[Hit], list[Hit]]:
        """Two lists of at most `limit` hits, best first: nearest vectors to `dense`, shape (dimensions,), and BM25 for `words`."""

    @abstractmethod
    def best_scores(self, embedding_version: str, words: Sequence[str]) -> list[float]:
        """The highest BM25 score of any point for each single word, 0 without a match; rarer words score higher."""

    @abstractmethod
    def scan(
        self,
        embedding_version: str,
        document_ids: Sequence[str] | None = None,
        *,
        section_ids: Sequence[str] | None = None,
        with_vectors: bool = False,
    ) -> Iterator[StoredPoint]:
        """Each point of the version once, restricted to these documents or sections if given."""

    @abstractmethod
    def count(self, embedding_version: str, tag: str | None = None) -> int: ...


class Embedder(ABC):
    """Encodes texts as unit vectors. Only the encode methods load the model.

    has_meaning: whether similar vectors mean similar texts; False for the hash embedder of tests.
    """

    has_meaning = True

    @property
    @abstractmethod
    def model_part(self) -> str:
        """The first part of an embedding_version: model, dimensions and pooling.

        Embedders with equal model parts give equal vectors for equal texts. It is valid as a folder name."""

    @property
    @abstractmethod
    def dimensions(self) -> int: ...

    @property
    @abstractmethod
    def max_tokens(self) -> int:
        """Context window in tokens, including special tokens."""

    @abstractmethod
    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        """(start, end) character span of each token, without special tokens."""

    @abstractmethod
    def encode(self, texts: Sequence[str]) -> Matrix:
        """Unit-length float32 rows in the order of the texts, shape (len(texts), dimensions)."""

    @abstractmethod
    def encode_questions(self, questions: Sequence[str]) -> Matrix:
        """Like `encode`, with the model's prompt for questions."""

    def encode_question(self, question: str) -> Vector:
        """One unit-length vector, shape (dimensions,)."""
        vector: Vector = self.encode_questions([question])[0]
        return vector
