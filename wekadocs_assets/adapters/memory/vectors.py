"""Vectors, artifacts and a source without a disk, and a hash embedder: for tests and benchmarks."""

from __future__ import annotations

import hashlib
import math
import re
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from wekadocs_assets.adapters.qdrant.bm25 import sparse_document, sparse_query
from wekadocs_assets.adapters.qdrant.point_schema import absent_version, of_model, ranked
from wekadocs_assets.core.errors import ConfigurationError, Vanished
from wekadocs_assets.core.ids import normalised_uri
from wekadocs_assets.core.models import Scan, SourceFile
from wekadocs_assets.core.ports.stores import ArtifactHeader, ArtifactStore, Source
from wekadocs_assets.core.ports.vectors import Embedder, Hit, Point, StoredPoint, VectorStore, Within

if TYPE_CHECKING:
    import numpy

WORD = re.compile(r"\w+|[^\w\s]")


class HashEmbedder(Embedder):
    """A text's vector is the sum of its words' vectors, each made from the word's hash: alike when words are shared."""

    has_meaning = False

    def __init__(self, dimensions: int = 64, max_tokens: int = 256) -> None:
        self._dimensions, self._max_tokens = dimensions, max_tokens

    @property
    def model_part(self) -> str:
        return f"hash-{self._dimensions}-sum"

    @property
    def dimensions(self) -> int:
        return self._dimensions

    @property
    def max_tokens(self) -> int:
        return self._max_tokens

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in WORD.finditer(text)]

    def encode(self, texts: Sequence[str]) -> numpy.ndarray:
        return self._vectors(texts)

    def encode_questions(self, questions: Sequence[str]) -> numpy.ndarray:
        return self._vectors(questions)

    def _vectors(self, texts: Sequence[str]) -> numpy.ndarray:
        import numpy

        vectors = numpy.zeros((len(texts), self._dimensions), dtype=numpy.float32)
        for row, text in enumerate(texts):
            for word in WORD.findall(text.lower()):
                place, sign = _hashed(word, self._dimensions)
                vectors[row, place] += sign
            length = float(numpy.linalg.norm(vectors[row]))
            if not length:  # no word, or words that cancel out
                vectors[row, 0] = length = 1.0
            vectors[row] /= length
        return vectors


@lru_cache(100_000)
def _hashed(word: str, dimensions: int) -> tuple[int, float]:
    number = int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
    return number // 2 % dimensions, 1.0 if number % 2 else -1.0


class InMemoryVectors(VectorStore):
    """Exact search by plain loops; bm25 with the same term weights and IDF as Qdrant's engine."""

    engine = "in_memory"

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._dimensions: dict[str, int] = {}
        self._points: dict[str, dict[str, Point]] = {}

    def open(self, embedding_version: str, dimensions: int) -> str:
        stored = self._dimensions.setdefault(embedding_version, dimensions)
        if stored != dimensions:
            raise ConfigurationError(f"{embedding_version} has {stored} dimensions, not {dimensions}")
        self._points.setdefault(embedding_version, {})
        return self._ids.setdefault(embedding_version, uuid.uuid4().hex)

    def versions(self) -> list[str]:
        return sorted(self._points)

    def serve(self, embedding_version: str) -> None:
        pass

    def drop(self, embedding_version: str) -> None:
        for kept in (self._points, self._dimensions, self._ids):
            kept.pop(embedding_version, None)

    def upsert(self, embedding_version: str, points: Sequence[Point]) -> None:
        if points and embedding_version not in self._points:
            raise absent_version(embedding_version, "memory")
        for point in points:
            self._points[embedding_version][point.id] = point

    def delete(self, embedding_version: str, point_ids: Sequence[str]) -> None:
        for point_id in point_ids:
            self._points.get(embedding_version, {}).pop(point_id, None)

    def vectors(self, model_part: str, checksums: Sequence[str]) -> dict[str, numpy.ndarray]:
        wanted = set(checksums)
        versions = [self._points[version] for version in of_model(self._points, model_part)]
        found = [point for points in versions for point in points.values() if point.payload["checksum"] in wanted]
        return {point.payload["checksum"]: point.vector for point in found}

    def candidates(
        self, embedding_version: str, dense: numpy.ndarray, words: str, within: Within, limit: int
    ) -> tuple[list[Hit], list[Hit]]:
        points = self._of(embedding_version, None)
        allowed = [point for point in points if within.allows(point.payload)]
        nearest = [(point.payload, float(point.vector @ dense)) for point in allowed]
        most = max(limit, 0)
        return ranked(nearest)[:most], ranked(_bm25(points, allowed, words))[:most]

    def best_scores(self, embedding_version: str, words: Sequence[str]) -> list[float]:
        points = self._of(embedding_version, None)
        return [max((score for _, score in _bm25(points, points, word)), default=0.0) for word in words]

    def scan(
        self,
        embedding_version: str,
        document_ids: Sequence[str] | None = None,
        *,
        section_ids: Sequence[str] | None = None,
        with_vectors: bool = False,
    ) -> Iterator[StoredPoint]:
        of_sections = Within(section_ids=None if section_ids is None else tuple(section_ids))
        for point in self._of(embedding_version, document_ids):
            if of_sections.allows(point.payload):
                yield StoredPoint(point.id, dict(point.payload), point.vector if with_vectors else None)

    def count(self, embedding_version: str, tag: str | None = None) -> int:
        return sum(tag in (None, point.payload["tag"]) for point in self._of(embedding_version, None))

    def _of(self, version: str, document_ids: Sequence[str] | None) -> list[Point]:
        points = list(self._points.get(version, {}).values())
        if document_ids is None:
            return points
        wanted = set(document_ids)
        return [point for point in points if point.payload["document_id"] in wanted]


def _bm25(points: list[Point], allowed: list[Point], question: str) -> list[tuple[dict[str, str], float]]:
    """IDF counts all points, the filter only says which are scored."""
    weights = {p.id: _terms(p.text) for p in points}
    frequency = Counter(term for terms in weights.values() for term in terms)
    idf = {
        term: math.log(1 + (len(points) - frequency[term] + 0.5) / (frequency[term] + 0.5))
        for term in sparse_query(question).indices
    }
    scored = [(p, [weights[p.id][t] * idf[t] for t in idf if t in weights[p.id]]) for p in allowed]
    return [(p.payload, sum(parts)) for p, parts in scored if parts]


@lru_cache(10_000)
def _terms(text: str) -> dict[int, float]:
    sparse = sparse_document(text)
    return dict(zip(sparse.indices, sparse.values, strict=True))


class InMemoryArtifacts(ArtifactStore):
    def __init__(self) -> None:
        self._id = uuid.uuid4().hex
        self._stored: dict[tuple[str, str], tuple[ArtifactHeader, bytes]] = {}

    def store_id(self) -> str:
        return self._id

    def headers(self, asset: str, keys: Sequence[str]) -> dict[str, ArtifactHeader]:
        return {key: self._stored[asset, key][0] for key in keys if (asset, key) in self._stored}

    def absent(self, asset: str, keys: Sequence[str]) -> list[str]:
        return [key for key in keys if (asset, key) not in self._stored]

    def read(self, asset: str, key: str) -> bytes:
        return self._stored[asset, key][1]

    def write(self, asset: str, key: str, header: ArtifactHeader, body: bytes) -> None:
        self._stored[asset, key] = (header, bytes(body))

    def delete(self, asset: str, keys: Sequence[str]) -> None:
        for key in keys:
            self._stored.pop((asset, key), None)


class InMemorySource(Source):
    """The given names and contents; the mapping may be changed between scans. A changed file has another mtime."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    def scan(self, within: str = "") -> Scan:
        within = within.strip("/")
        names = [n for n in self.files if not within or n == within or n.startswith(within + "/")]
        found = [SourceFile(normalised_uri(n), n, len(self.files[n]), _mtime(self.files[n])) for n in names]
        return Scan(files=tuple(sorted(found, key=lambda f: f.source_uri)), complete=not within)

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise Vanished("vanished between scan and read", "ingest again")
        return self.files[path]

    def unmark(self, files: Sequence[SourceFile]) -> None:
        """It has no markers."""


def _mtime(content: bytes) -> int:
    return int.from_bytes(hashlib.sha256(content).digest()[:6], "big")
