"""Converts points, filters and searches to the types of the embedded engine, which is imported at the first use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wekadocs_assets.adapters.embedding.bm25 import sparse_document
from wekadocs_assets.adapters.qdrant.point_schema import DENSE, SPARSE, floats
from wekadocs_assets.core.ports.vectors import Point

if TYPE_CHECKING:
    from qdrant_edge import Filter


def engine_point(point: Point) -> Any:
    from qdrant_edge import Point as EnginePoint

    vectors: dict[str, Any] = {DENSE: floats(point.vector), SPARSE: sparse_document(point.text)}
    return EnginePoint(point.id, vectors, dict(point.payload))


def request(query: Any, using: str, more: dict[str, Any], allowed: Filter | None, limit: int) -> Any:
    """An exact nearest-neighbour request. using: the vector's name; more: further search parameters; allowed: a filter."""
    from qdrant_edge import Query, QueryRequest, SearchParams

    return QueryRequest(
        query=Query.Nearest(query, using=using),
        params=SearchParams(exact=True, **more),
        filter=allowed,
        limit=limit,
        with_payload=["chunk_id", "section_id"],
    )


def idf(version: str) -> dict[str, Any]:
    """Search parameters: IDF over the points of the version, because the default also counts deleted points."""
    from qdrant_edge import IdfParams

    return {"idf": IdfParams(corpus=matching({"embedding_version": [version]}))}


def matching(wanted: Mapping[str, list[str]]) -> Filter | None:
    """A filter on payload keys (any of the values, for every key); None when there is no condition."""
    from qdrant_edge import FieldCondition, Filter, MatchAny

    must: list[Any] = [FieldCondition(key=name, match=MatchAny(values)) for name, values in wanted.items()]
    return Filter(must=must) if must else None
