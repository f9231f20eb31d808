"""Vectors and full text in Neo4j, for a site without a vector store: one node a point, a vector index a version.

VectorPoint nodes have no relationships; the graph's Chunk nodes stay the ledger. A VectorIndex node says that a version
is there: written last, removed last, so a killed open() or drop() is completed by the next one.
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
"""Points a transaction writes (and sections whose points one reads), points and documents that one reads at once: bounds its memory on both sides."""
EXACT_UP_TO = 3000
"""Points that are compared one by one (about 25 us each); beyond, the vector index answers, which is not exact."""
ASKED = 4
"""Times the hits that are wanted: the index finds more of the true ones when asked for more."""
AWAITED_SECONDS = 300
"""For an index that has to be filled anew."""
MOST_DIMENSIONS = 4096
"""What Neo4j can index."""


class Neo4jVectors(VectorStore):
    """leases: of this process; while it holds any, each of its writes is refused once one is lost (StoreBusy)."""

    engine = "neo4j"

    def __init__(self, session: Neo4jSession, leases: Leases | None = None) -> None:
        self._session, self._leases = session, leases or Leases(session)

    def open(self, embedding_version: str, dimensions: int) -> str:
        """VectorPoint nodes that are not ours: ConfigurationError, nothing written."""
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
        return stored["store_id"]

    def versions(self) -> list[str]:
        """Those whose drop was interrupted too, so that it can be done again."""
        return sorted(self._known())

    def stored(self) -> dict[str, int]:
        """Dimensions of each version that is not going; VectorPoint nodes that are not ours: ConfigurationError."""
        known = self._known(refuse_foreign=True).values()
        return {row["id"]: row["dimensions"] for row in known if not row["dropping"]}

    def serve(self, embedding_version: str) -> None:
        """Nothing to do: which version is served stands in the graph."""

    def drop(self, embedding_version: str) -> None:
        """Marked first, so that a killed process leaves a version that says it is going."""
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
        """Up to EXACT_UP_TO points that are allowed exact, beyond nearly so. One transaction."""
        vector, question, matching = [float(x) for x in dense], lucene_query(words), payload_filter(within)
        asked = {"version": embedding_version, "limit": limit, **matching}

        def work(run: Run) -> tuple[list[Row], list[Row]]:
            if limit <= 0 or not (allowed := _number(run(statements.count(matching), **asked))):
                return [], []
            nearest = _nearest(run, allowed, matching, {**asked, "vector": vector})
            return nearest, run(statements.worded(matching), **asked, question=question) if question else []

        nearest, worded = self._session.read(work)
        # Neo4j's score of a cosine c is (1 + c) / 2
        return rank_hits((row, 2 * row["score"] - 1) for row in nearest), rank_hits(
            (row, row["score"]) for row in worded
        )

    def best_scores(self, embedding_version: str, words: Sequence[str]) -> list[float]:
        def work(run: Run) -> list[list[Row]]:
            questions = map(lucene_query, words)
            asked = {"version": embedding_version, "limit": 1}
            return [
                run(statements.worded({}), **asked, question=question) if question else [] for question in questions
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
        """Each page is a transaction of its own."""
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
        """Our VectorIndex nodes by version."""

        def work(run: Run) -> tuple[list[Row], bool]:
            found = run(statements.VERSIONS)
            return found, not any(map(_is_ours, found)) and bool(run(statements.ANY_POINT))

        found, unowned_points = self._session.read(work)
        if refuse_foreign and (unowned_points or not all(map(_is_ours, found))):
            label = "VectorPoint" if unowned_points else "VectorIndex"
            raise ConfigurationError(
                f"the database of Neo4j {self._session.uri} holds {label} nodes that are not ours",
                "name another database as NEO4J_DATABASE; nothing was written",
            )
        return {row["id"]: row for row in found if _is_ours(row)}

    def _indexed(self, version: str) -> bool:
        """Whether nobody took an index away."""
        names = list(statements.schema(slug_of(version)))
        return len(self._read(statements.ONLINE, names=names)) == len(names)

    def _create(self, version: str, dimensions: int) -> Row:
        """Whatever is missing: each step leaves alone what is there."""
        if not 0 < dimensions <= MOST_DIMENSIONS:
            raise ConfigurationError(
                f"Neo4j cannot index vectors of {dimensions} dimensions", f"at most {MOST_DIMENSIONS}"
            )
        slug = slug_of(version)
        schema = statements.schema(slug)
        for statement in schema.values():  # a transaction each, which is retried: two that do this at once may deadlock
            self._define(statement, dimensions=dimensions)
        await_all = {"names": list(schema), "seconds": AWAITED_SECONDS}
        self._session.read(lambda run: run(statements.AWAIT, **await_all), timeout=2 * AWAITED_SECONDS)
        if version not in self._known():
            self._delete_points(version)  # of a writer that had not noticed a drop
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
        """Schema and data do not change in one transaction, so the leases are asked for before."""
        self._leases.confirm()
        self._session.write(lambda run: run(statement, **parameters))


def _nearest(run: Run, allowed: int, matching: Mapping[str, list[str]], asked: dict[str, Any]) -> list[Row]:
    """allowed: how many points match; the index is asked for more until enough of them are found."""
    slug, limit = slug_of(asked["version"]), asked["limit"]
    total = allowed
    if matching and allowed > EXACT_UP_TO:
        total = _number(run(statements.count({}), version=asked["version"]))
    k = math.ceil(ASKED * limit * total / allowed)
    while allowed > max(EXACT_UP_TO, k):
        found = run(statements.nearest_by_index(slug, matching), **asked, k=k)
        if len(found) == limit:
            return found
        k *= ASKED
    return run(statements.nearest_exact(slug, matching), **asked)


def _checked(points: Sequence[Point], version: str, dimensions: int) -> numpy.ndarray:
    """All vectors, shape (n, dimensions). Neo4j stores what its index cannot hold without a word and never finds it."""
    import numpy

    for point in points:
        if len(point.vector) != dimensions:
            raise ValueError(f"the vector of point {point.id} has {len(point.vector)} dimensions, not {dimensions}")
        if point.payload.keys() != set(PAYLOAD) or point.payload["embedding_version"] != version:
            raise ValueError(f"the payload of point {point.id} is not one of {version}")
    vectors = numpy.asarray([point.vector for point in points], dtype=numpy.float32)
    lengths = numpy.linalg.norm(vectors, axis=1)
    if not (numpy.isfinite(lengths) & (lengths > 0)).all():
        raise ValueError(f"a vector of {version} has no direction: all zeros, or values that are no numbers")
    return vectors


def _row(point: Point, vector: list[float]) -> Row:
    return {"id": point.id, **{name: point.payload[name] for name in PAYLOAD}, "text": point.text, "vector": vector}


def _stored(row: Row) -> StoredPoint:
    vector = _vector(row) if "vector" in row else None
    return StoredPoint(row["id"], {name: row[name] for name in PAYLOAD}, vector)


def _vector(row: Row) -> numpy.ndarray:
    import numpy

    return numpy.asarray(row["vector"], dtype=numpy.float32)


def _is_ours(row: Row) -> bool:
    return isinstance(row["id"], str) and row["slug"] == slug_of(row["id"]) and bool(row["store_id"])


def _number(rows: list[Row]) -> int:
    return rows[0]["n"]
