"""`VectorStore` in Neo4j, for a site without another vector store: one node per point, one vector index per version.

VectorPoint nodes have no relationships; the graph's Chunk nodes remain the ledger. A VectorIndex node marks an existing
version: it is written last and removed last, so the next call completes an interrupted open() or drop().
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wekadocs_assets.adapters.cypher.batches import Row
from wekadocs_assets.adapters.neo4j import vector_statements as statements
from wekadocs_assets.adapters.neo4j.lease import Leases
from wekadocs_assets.adapters.neo4j.lucene_query import lucene_query
from wekadocs_assets.adapters.neo4j.vector_statements import PAYLOAD, slug_of
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.ports.vector_rules import (
    filter_batches,
    missing_version_error,
    payload_filter,
    rank_hits,
    versions_of_model,
)
from wekadocs_assets.core.ports.vectors import Hit, Point, StoredPoint, VectorStore, Within

if TYPE_CHECKING:
    import numpy

    from wekadocs_assets.adapters.cypher.batches import Run
    from wekadocs_assets.adapters.neo4j.session import Neo4jSession

BATCH, PAGE, DOCUMENTS = 500, 1000, 50
"""Points per writing transaction (and sections per read), points per page, documents per read: bounds the memory."""
EXACT_UP_TO = 3000
"""Points compared one by one (about 25 us each); above this number the vector index answers, which is approximate."""
OVERSAMPLING = 4
"""k of the index per wanted hit: a larger k finds more of the true neighbours."""
INDEX_SECONDS = 300
"""Time for an index to be built."""
MOST_DIMENSIONS = 4096
"""Limit of a vector index in Neo4j."""


class Neo4jVectors(VectorStore):
    """leases: of this process; once it has lost one that it holds, every write raises StoreBusy.

    Connects on first use, not in the constructor.
    """

    engine = "neo4j"

    def __init__(self, session: Neo4jSession, leases: Leases | None = None) -> None:
        self._session, self._leases = session, leases or Leases(session)

    def open(self, embedding_version: str, dimensions: int) -> str:
        """VectorPoint nodes of another program: ConfigurationError, nothing written."""
        stored = self._known(refuse_foreign=True).get(embedding_version)
        if stored and stored["dropping"]:
            self.drop(embedding_version)
            stored = None
        if stored and stored["dimensions"] != dimensions:
            raise ConfigurationError(
                f"the vectors of {embedding_version} in Neo4j {self._session.uri} have {stored['dimensions']} dimensions, "
                f"the model makes {dimensions}",
                "the model changed under its name: give it another name",
            )
        if not stored or not self._indexed(embedding_version):
            stored = self._create(embedding_version, dimensions)
        return str(stored["store_id"])

    def versions(self) -> list[str]:
        """Includes versions whose drop was interrupted, so that it can be repeated."""
        return sorted(self._known())

    def stored(self) -> dict[str, int]:
        """Version -> dimensions, without versions being dropped. VectorPoint nodes of another program: ConfigurationError."""
        known = self._known(refuse_foreign=True).values()
        return {row["id"]: row["dimensions"] for row in known if not row["dropping"]}

    def serve(self, embedding_version: str) -> None:
        """Nothing to do: the graph's singleton names the active version."""

    def drop(self, embedding_version: str) -> None:
        """Marks the version first, so that an interrupted drop is recognised."""
        if embedding_version in self._known():
            self._write(statements.MARK_DROPPING, version=embedding_version)
            self._delete_points(embedding_version)
            self._define(statements.drop_vector_index(slug_of(embedding_version)))
            self._write(statements.REMOVE_VERSION, version=embedding_version)

    def upsert(self, embedding_version: str, points: Sequence[Point]) -> None:
        if not points:
            return
        stored = self._known().get(embedding_version)
        if not stored or stored["dropping"]:
            raise missing_version_error(embedding_version, f"Neo4j {self._session.uri}")
        vectors = _checked(points, embedding_version, stored["dimensions"])
        for first in range(0, len(points), BATCH):
            some = slice(first, first + BATCH)
            rows = [_row(*pair) for pair in zip(points[some], vectors[some].tolist(), strict=True)]
            self._write(statements.upsert(slug_of(embedding_version)), rows=rows)

    def delete(self, embedding_version: str, point_ids: Sequence[str]) -> None:
        for first in range(0, len(point_ids), BATCH):
            self._write(statements.DELETE, ids=list(point_ids[first : first + BATCH]), version=embedding_version)

    def vectors(self, model_part: str, checksums: Sequence[str]) -> dict[str, numpy.ndarray]:
        wanted = list(dict.fromkeys(checksums))
        found: dict[str, numpy.ndarray] = {}
        for version in versions_of_model(self.versions(), model_part) if wanted else ():
            missing = [checksum for checksum in wanted if checksum not in found]
            for first in range(0, len(missing), BATCH):
                some = missing[first : first + BATCH]
                rows = self._read(statements.by_checksum(slug_of(version)), checksums=some, version=version)
                found.update((row["checksum"], _vector(row)) for row in rows)
        return found

    def candidates(
        self, embedding_version: str, dense: numpy.ndarray, words: str, within: Within, limit: int
    ) -> tuple[list[Hit], list[Hit]]:
        """Exact for up to EXACT_UP_TO points that pass the filter, approximate above. One transaction."""
        vector, question, matching = [float(x) for x in dense], lucene_query(words), payload_filter(within)
        asked = {"version": embedding_version, "limit": limit, **matching}

        def work(run: Run) -> tuple[list[Row], list[Row]]:
            if limit <= 0 or not (allowed := _number(run(statements.count(matching), **asked))):
                return [], []
            nearest = _nearest(run, allowed, matching, {**asked, "vector": vector})
            return nearest, run(statements.fulltext(matching), **asked, question=question) if question else []

        nearest, fulltext = self._session.read(work)
        # Neo4j's score of a cosine c is (1 + c) / 2
        return rank_hits((row, 2 * row["score"] - 1) for row in nearest), rank_hits(
            (row, row["score"]) for row in fulltext
        )

    def best_scores(self, embedding_version: str, words: Sequence[str]) -> list[float]:
        def work(run: Run) -> list[list[Row]]:
            questions = map(lucene_query, words)
            asked = {"version": embedding_version, "limit": 1}
            return [
                run(statements.fulltext({}), **asked, question=question) if question else [] for question in questions
            ]

        return [max((row["score"] for row in found), default=0.0) for found in self._session.read(work)]

    def scan(
        self,
        embedding_version: str,
        document_ids: Sequence[str] | None = None,
        *,
        section_ids: Sequence[str] | None = None,
        with_vectors: bool = False,
    ) -> Iterator[StoredPoint]:
        """Each page is read in a transaction of its own."""
        for matching in filter_batches(document_ids, section_ids, DOCUMENTS if section_ids is None else BATCH):
            statement = statements.page(slug_of(embedding_version), matching, with_vectors)
            yield from self._pages(statement, version=embedding_version, **matching)

    def count(self, embedding_version: str, tag: str | None = None) -> int:
        matching = payload_filter(Within(tag))
        return _number(self._read(statements.count(matching), version=embedding_version, **matching))

    def _pages(self, statement: str, **parameters: Any) -> Iterator[StoredPoint]:
        after, full = "", True
        while full:
            rows = self._read(statement, **parameters, after=after, limit=PAGE)
            yield from map(_stored, rows)
            full = len(rows) == PAGE
            after = rows[-1]["id"] if rows else after

    def _known(self, *, refuse_foreign: bool = False) -> dict[str, Row]:
        """Version -> its VectorIndex node."""

        def work(run: Run) -> tuple[list[Row], bool]:
            found = run(statements.VERSIONS)
            return found, not any(map(_is_of_this_project, found)) and bool(run(statements.ANY_POINT))

        found, unowned_points = self._session.read(work)
        if refuse_foreign and (unowned_points or not all(map(_is_of_this_project, found))):
            label = "VectorPoint" if unowned_points else "VectorIndex"
            raise ConfigurationError(
                f"the database of Neo4j {self._session.uri} holds {label} nodes of another program",
                "set NEO4J_DATABASE to another database; nothing was written",
            )
        return {row["id"]: row for row in found if _is_of_this_project(row)}

    def _indexed(self, version: str) -> bool:
        """Whether all indexes of the version exist."""
        names = list(statements.schema(slug_of(version)))
        return len(self._read(statements.ONLINE, names=names)) == len(names)

    def _create(self, version: str, dimensions: int) -> Row:
        """Creates what is missing; every step keeps what exists."""
        if not 0 < dimensions <= MOST_DIMENSIONS:
            raise ConfigurationError(
                f"Neo4j cannot index vectors of {dimensions} dimensions", f"at most {MOST_DIMENSIONS}"
            )
        slug = slug_of(version)
        schema = statements.schema(slug)
        for (
            statement
        ) in schema.values():  # one retried transaction each: two processes that do this at once may deadlock
            self._define(statement, dimensions=dimensions)
        await_all = {"names": list(schema), "seconds": INDEX_SECONDS}
        self._session.read(lambda run: run(statements.AWAIT, **await_all), timeout=2 * INDEX_SECONDS)
        if version not in self._known():
            self._delete_points(version)  # written by a process that had not noticed a drop
        made = {"version": version, "slug": slug, "store_id": uuid.uuid4().hex, "dimensions": dimensions}
        return self._write(statements.ADD_VERSION, **made)[0]

    def _delete_points(self, version: str) -> None:
        while _number(self._write(statements.DELETE_SOME, version=version, limit=BATCH)):
            pass

    def _read(self, statement: str, **parameters: Any) -> list[Row]:
        return self._session.read(lambda run: run(statement, **parameters))

    def _write(self, statement: str, **parameters: Any) -> list[Row]:
        return self._leases.write(lambda run: run(statement, **parameters))

    def _define(self, statement: str, **parameters: Any) -> None:
        """Schema and data cannot change in one transaction, so the leases are confirmed before it."""
        self._leases.confirm()
        self._session.write(lambda run: run(statement, **parameters))


def _nearest(run: Run, allowed: int, matching: Mapping[str, list[str]], asked: dict[str, Any]) -> list[Row]:
    """allowed: number of points that match; k grows until the index returns enough of them."""
    slug, limit = slug_of(asked["version"]), asked["limit"]
    total = allowed
    if matching and allowed > EXACT_UP_TO:
        total = _number(run(statements.count({}), version=asked["version"]))
    k = math.ceil(OVERSAMPLING * limit * total / allowed)
    while allowed > max(EXACT_UP_TO, k):
        found = run(statements.nearest_by_index(slug, matching), **asked, k=k)
        if len(found) == limit:
            return found
        k *= OVERSAMPLING
    return run(statements.nearest_exact(slug, matching), **asked)


def _checked(points: Sequence[Point], version: str, dimensions: int) -> numpy.ndarray:
    """All vectors, shape (n, dimensions). An invalid one: ValueError, because Neo4j would store but never find it."""
    import numpy

    for point in points:
        if len(point.vector) != dimensions:
            raise ValueError(f"the vector of point {point.id} has {len(point.vector)} dimensions, not {dimensions}")
        if point.payload.keys() != set(PAYLOAD) or point.payload["embedding_version"] != version:
            raise ValueError(f"the payload of point {point.id} does not belong to {version}")
    vectors = numpy.asarray([point.vector for point in points], dtype=numpy.float32)
    lengths = numpy.linalg.norm(vectors, axis=1)
    if not (numpy.isfinite(lengths) & (lengths > 0)).all():
        raise ValueError(f"a vector of {version} cannot be indexed: it is all zeros or has values that are not finite")
    return vectors


def _row(point: Point, vector: list[float]) -> Row:
    return {"id": point.id, **{name: point.payload[name] for name in PAYLOAD}, "text": point.text, "vector": vector}


def _stored(row: Row) -> StoredPoint:
    vector = _vector(row) if "vector" in row else None
    return StoredPoint(row["id"], {name: row[name] for name in PAYLOAD}, vector)


def _vector(row: Row) -> numpy.ndarray:
    import numpy

    return numpy.asarray(row["vector"], dtype=numpy.float32)


def _is_of_this_project(row: Row) -> bool:
    return isinstance(row["id"], str) and row["slug"] == slug_of(row["id"]) and bool(row["store_id"])


def _number(rows: list[Row]) -> int:
    return int(rows[0]["n"])
