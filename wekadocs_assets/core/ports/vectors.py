"""Vector stores and embedding models as abstract classes, with what goes in and comes out of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from wekadocs_assets.core.models import Matrix, Vector


@dataclass(frozen=True, slots=True)
class Point:
    """One chunk in the vector store. text: the exact string that was encoded (for bm25; not stored in the payload).

    payload: chunk_id, section_id, document_id, source_uri, tag, title, heading_path (' > '), checksum, embedding_version.
    """

    id: str
    vector: Vector
    text: str
    payload: dict[str, str]


class Hit(NamedTuple):
    """A chunk that a search found. score: cosine, or bm25."""

    chunk_id: str
    section_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Within:
    """Which points a search may find: of this tag, of these documents, of these sections; None: of any."""

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
    """A point as it is stored, by us or somebody else; vector None unless asked for."""

    id: str
    payload: dict[str, str]
    vector: Vector | None = None


class VectorStore(ABC):
    """Points of one or more embedding_versions; writes are durable when the call returns. engine: its name in reports."""

    engine: str

    @abstractmethod
    def open(self, embedding_version: str, dimensions: int) -> str:
        """Creates what the version needs; returns the random id made with it, so that a wiped one is noticed.

        There already with other dimensions: ConfigurationError."""

    @abstractmethod
    def versions(self) -> list[str]:
        """Every version that exists, sorted."""

    @abstractmethod
    def serve(self, embedding_version: str) -> None:
        """Programs that read the store by themselves find this version from now on (where the store has such a name)."""

    @abstractmethod
    def drop(self, embedding_version: str) -> None:
        """Deletes the version with all its points; absent is no error."""

    @abstractmethod
    def upsert(self, embedding_version: str, points: Sequence[Point]) -> None: ...

    @abstractmethod
    def delete(self, embedding_version: str, point_ids: Sequence[str]) -> None: ...

    @abstractmethod
    def vectors(self, model_part: str, checksums: Sequence[str]) -> dict[str, Vector]:
        """Stored vectors by chunk checksum, of any version whose name begins with this model part."""

    @abstractmethod
    def candidates(
        self, embedding_version: str, dense: Vector, words: str, within: Within, limit: int
    ) -> tuple[list[Hit], list[Hit]]:
        """Two ranked lists, best first, in one round trip: exact nearest vectors, and bm25 for the text `words`."""

    @abstractmethod
    def best_scores(self, embedding_version: str, words: Sequence[str]) -> list[float]:
        """The bm25 score of the best point for each word alone, 0 where none has it: it grows as the word is rarer."""

    @abstractmethod
    def scan(
        self,
        embedding_version: str,
        document_ids: Sequence[str] | None = None,
        *,
        section_ids: Sequence[str] | None = None,
        with_vectors: bool = False,
    ) -> Iterator[StoredPoint]:
        """Every point of the version (of these documents, or of these sections, where one is given), each once."""

    @abstractmethod
    def count(self, embedding_version: str, tag: str | None = None) -> int: ...


class Embedder(ABC):
    """Text to unit vectors. Everything but encoding answers without loading the model.

    has_meaning: whether texts that say the same are near each other; else only words are worth asking by.
    """

    has_meaning = True

    @property
    @abstractmethod
    def model_part(self) -> str:
        """Names model, dimensions and pooling; equal parts make equal vectors. Fit for a folder's name."""

    @property
    @abstractmethod
    def dimensions(self) -> int: ...

    @property
    @abstractmethod
    def max_tokens(self) -> int:
        """The model's window, its own special tokens included."""

    @abstractmethod
    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        """Character span of each token, without special ones."""

    @abstractmethod
    def encode(self, texts: Sequence[str]) -> Matrix:
        """Unit-length float32 rows in the order of the texts, shape (len(texts), dimensions)."""

    @abstractmethod
    def encode_questions(self, questions: Sequence[str]) -> Matrix:
        """As `encode`, with what the model wants before a question."""

    def encode_question(self, question: str) -> Vector:
        """One unit-length row, shape (dimensions,)."""
        vector: Vector = self.encode_questions([question])[0]
        return vector
