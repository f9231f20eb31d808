"""The vector store on a Qdrant server: one collection for each embedding_version, and an alias of the active one.

REST is used because gRPC costs twice the CPU for vectors. Searches are exact, although the server builds an index, so that it
ranks like the embedded engine. One difference remains: the server's IDF counts deleted points for a while.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from wekadocs_assets.adapters.embedding.bm25 import sparse_document, sparse_query
from wekadocs_assets.adapters.qdrant.collections import QdrantCollections
from wekadocs_assets.adapters.qdrant.point_schema import DENSE, SPARSE, floats, stored_point
from wekadocs_assets.adapters.qdrant.session import CollectionAbsent, QdrantSession
from wekadocs_assets.core.models import Vector
from wekadocs_assets.core.ports.vector_rules import filter_batches, payload_filter, rank_hits, versions_of_model
from wekadocs_assets.core.ports.vectors import Hit, Point, StoredPoint, VectorStore, Within

if TYPE_CHECKING:
    from qdrant_client import QdrantClient
    from qdrant_client.models import Filter, PointStruct, QueryRequest, SparseVector
    from qdrant_edge import SparseVector as Terms

BATCH, PAGE = 500, 1000
MAX_NUMBERS = 500_000
"""Numbers in one request: each is about 20 bytes of JSON, and a server accepts 32 MB."""


class QdrantVectors(VectorStore):
    """name: the alias; timeout: seconds for one response; patience: seconds to retry after a first failure.

    client: used instead of the URL if given, without retries. The first request connects.
    """

    engine = "qdrant"

    def __init__(
        self,
        url: str,
        api_key: str,
        name: str,
        *,
        timeout: float = 30.0,
        connect_timeout: float = 5.0,
        patience: float = 30.0,
        client: QdrantClient | None = None,
    ) -> None:
        session = QdrantSession(
            url, api_key, timeout=timeout, connect_timeout=connect_timeout, patience=patience, client=client
        )
        self._ask, self._collections = session.ask, QdrantCollections(session, name)

    def open(self, embedding_version: str, dimensions: int) -> str:
        return self._collections.ensure(embedding_version, dimensions)

    def versions(self) -> list[str]:
        return self._collections.versions()

    def serve(self, embedding_version: str) -> None:
        self._collections.serve(embedding_version)

    def drop(self, embedding_version: str) -> None:
        self._collections.drop(embedding_version)

    def upsert(self, embedding_version: str, points: Sequence[Point]) -> None:
        collection = self._collections.named(embedding_version)
        try:
            for batch in _batches(points, MAX_NUMBERS // len(points[0].vector) if points else BATCH):
                self._ask("upsert", collection, [_point_struct(point) for point in batch], wait=True)
        except CollectionAbsent as error:
            raise self._collections.unopened(embedding_version) from error

    def delete(self, embedding_version: str, point_ids: Sequence[str]) -> None:
        from qdrant_client import models

        collection = self._collections.named(embedding_version)
        with suppress(CollectionAbsent):
            for batch in _batches(point_ids):
                self._ask("delete", collection, models.PointIdsList(points=list(batch)), wait=True)

    def vectors(self, model_part: str, checksums: Sequence[str]) -> dict[str, Vector]:
        wanted = list(dict.fromkeys(checksums))
        found: dict[str, Vector] = {}
        for version in versions_of_model(self.versions(), model_part) if wanted else ():
            for batch in _batches([checksum for checksum in wanted if checksum not in found]):
                for point in self._scroll(version, _matching({"checksum": batch}), [DENSE]):
                    found[point.payload["checksum"]] = cast("Vector", point.vector)
        return found

    def candidates(
        self, embedding_version: str, dense: Vector, words: str, within: Within, limit: int
    ) -> tuple[list[Hit], list[Hit]]:
        matching = _matching(payload_filter(within))
        nearest, terms = _request(floats(dense), DENSE, matching, limit), sparse_query(words)
        worded = [_request(_terms(terms), SPARSE, matching, limit)] if terms.indices else []
        found = self._search(embedding_version, [nearest, *worded] if limit > 0 else [])
        near, wordy = [*found, [], []][:2]
        return rank_hits(near), rank_hits(wordy)

    def best_scores(self, embedding_version: str, words: Sequence[str]) -> list[float]:
        terms = {
            word: query for word in words if (query := sparse_query(word)).indices
        }  # the server refuses an empty vector
        found = self._search(embedding_version, [_request(_terms(one), SPARSE, None, 1) for one in terms.values()])
        best = {word: max((score for _, score in hits), default=0.0) for word, hits in zip(terms, found, strict=False)}
        return [best.get(word, 0.0) for word in words]

    def _search(self, version: str, requests: list[QueryRequest]) -> list[list[tuple[dict[str, str], float]]]:
        """(payload, score) of each hit by request; [] when the version does not exist."""
        if not requests:
            return []
        try:
            found = self._ask("query_batch_points", self._collections.named(version), requests)
        except CollectionAbsent:
            return []
        return [[(point.payload, point.score) for point in hits.points] for hits in found]

    def scan(
        self,
        embedding_version: str,
        document_ids: Sequence[str] | None = None,
        *,
        section_ids: Sequence[str] | None = None,
        with_vectors: bool = False,
    ) -> Iterator[StoredPoint]:
        vectors = [DENSE] if with_vectors else False
        for matching in filter_batches(document_ids, section_ids, BATCH):
            yield from self._scroll(embedding_version, _matching(matching), vectors)

    def count(self, embedding_version: str, tag: str | None = None) -> int:
        collection = self._collections.named(embedding_version)
        try:
            found: int = self._ask(
                "count", collection, count_filter=_matching(payload_filter(Within(tag))), exact=True
            ).count
            return found
        except CollectionAbsent:
            return 0

    def _scroll(self, version: str, matching: Filter | None, vectors: Any) -> Iterator[StoredPoint]:
        offset, more = None, True
        with suppress(CollectionAbsent):
            while more:
                records, offset = self._ask(
                    "scroll", self._collections.named(version), scroll_filter=matching, limit=PAGE, offset=offset,
                    with_payload=True, with_vectors=vectors,
                )  # fmt: skip
                yield from (stored_point(record) for record in records)
                more = offset is not None


def _batches(items: Sequence[Any], most: int = BATCH) -> Iterator[Sequence[Any]]:
    size = max(1, min(most, BATCH))
    return (items[first : first + size] for first in range(0, len(items), size))


def _point_struct(point: Point) -> PointStruct:
    from qdrant_client import models

    vectors: dict[str, Any] = {DENSE: floats(point.vector), SPARSE: _terms(sparse_document(point.text))}
    return models.PointStruct(id=point.id, vector=vectors, payload=dict(point.payload))


def _terms(terms: Terms) -> SparseVector:
    from qdrant_client import models

    return models.SparseVector(indices=list(terms.indices), values=list(terms.values))


def _request(query: Any, using: str, matching: Filter | None, limit: int) -> QueryRequest:
    from qdrant_client import models

    return models.QueryRequest(
        query=query,
        using=using,
        filter=matching,
        params=models.SearchParams(exact=True),
        limit=limit,
        with_payload=["chunk_id", "section_id"],
    )


def _matching(wanted: Mapping[str, Sequence[str]]) -> Filter | None:
    from qdrant_client import models

    must: list[Any] = [
        models.FieldCondition(key=name, match=models.MatchAny(any=list(values))) for name, values in wanted.items()
    ]
    return models.Filter(must=must) if must else None
