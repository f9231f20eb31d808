"""A vector store in memory: exact search by plain loops, for tests and benchmarks."""

from __future__ import annotations

import math
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from wekadocs_assets.adapters.embedding.bm25 import sparse_document, sparse_query
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.ports.vector_rules import missing_version_error, rank_hits, versions_of_model
from wekadocs_assets.core.ports.vectors import Hit, Point, StoredPoint, VectorStore, Within

if TYPE_CHECKING:
    import numpy


class InMemoryVectors(VectorStore):
    """Exact search by plain loops; BM25 with the same term weights and IDF as Qdrant's engine."""

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
            raise missing_version_error(embedding_version, "memory")
        for point in points:
            self._points[embedding_version][point.id] = point

    def delete(self, embedding_version: str, point_ids: Sequence[str]) -> None:
        for point_id in point_ids:
            self._points.get(embedding_version, {}).pop(point_id, None)

    def vectors(self, model_part: str, checksums: Sequence[str]) -> dict[str, numpy.ndarray]:
        wanted = set(checksums)
        versions = [self._points[version] for version in versions_of_model(self._points, model_part)]
        found = [point for points in versions for point in points.values() if point.payload["checksum"] in wanted]
        return {point.payload["checksum"]: point.vector for point in found}

    def candidates(
        self, embedding_version: str, dense: numpy.ndarray, words: str, within: Within, limit: int
    ) -> tuple[list[Hit], list[Hit]]:
        points = self._of(embedding_version, None)
        allowed = [point for point in points if within.allows(point.payload)]
        nearest = [(point.payload, float(point.vector @ dense)) for point in allowed]
        most = max(limit, 0)
        return rank_hits(nearest)[:most], rank_hits(_bm25(points, allowed, words))[:most]

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
    """(payload, score) of every allowed point with a term of the question; IDF is computed over all points."""
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
