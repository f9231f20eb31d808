"""The Cypher of vectors in Neo4j: constants, and functions that format in only the checked slug of a version.

Names of indexes and properties cannot be parameters, so those of a version are made from its slug, a hash: text of a
setting or a document never gets into a statement. A name contains label and property, because IF NOT EXISTS compares
names only.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator

SLUG = re.compile(r"[0-9a-f]{12}")
PAYLOAD = (
    "chunk_id", "section_id", "document_id", "source_uri", "tag", "title", "heading_path", "checksum", "embedding_version",
)  # fmt: skip
TEXT_INDEX = "VectorPoint_text_fulltext"

_POINTS = "MATCH (n:VectorPoint) WHERE n.`embedding_version` = $version"
_HIT = "n.`chunk_id` AS chunk_id, n.`section_id` AS section_id, score"
_PAYLOAD = ", ".join(f"n.`{name}` AS `{name}`" for name in PAYLOAD)
FILTERS = ("tag", "document_id", "section_id")
"""Properties that a search may be restricted by; each parameter is the list of allowed values."""
_OF_ANY_TAG = " AND n.`tag` IS NOT NULL"
"""Makes the planner use the index over version and tag for a whole version."""

VERSIONS = (
    "MATCH (v:VectorIndex) RETURN v.`id` AS id, v.`slug` AS slug, v.`store_id` AS store_id, "
    "v.`dimensions` AS dimensions, v.`dropping` AS dropping"
)
ANY_POINT = "MATCH (n:VectorPoint) RETURN 1 AS found LIMIT 1"
ONLINE = "SHOW INDEXES YIELD name, state WHERE name IN $names AND state = 'ONLINE' RETURN name"
AWAIT = "UNWIND $names AS name CALL db.awaitIndex(name, $seconds)"
ADD_VERSION = (
    "MERGE (v:VectorIndex {`id`: $version}) "
    "ON CREATE SET v.`slug` = $slug, v.`store_id` = $store_id, v.`dimensions` = $dimensions "
    "RETURN v.`store_id` AS store_id, v.`dimensions` AS dimensions"
)
MARK_DROPPING = "MATCH (v:VectorIndex {`id`: $version}) SET v.`dropping` = true"
REMOVE_VERSION = "MATCH (v:VectorIndex {`id`: $version}) DETACH DELETE v"
DELETE = "UNWIND $ids AS i MATCH (n:VectorPoint {`id`: i}) WHERE n.`embedding_version` = $version DETACH DELETE n"
DELETE_SOME = f"{_POINTS}{_OF_ANY_TAG} WITH n LIMIT $limit DETACH DELETE n RETURN count(*) AS n"
FULLTEXT_HITS = (
    f"CALL db.index.fulltext.queryNodes('{TEXT_INDEX}', $question) YIELD node AS n, score "
    "WHERE n.`embedding_version` = $version"
)
_SCHEMA = {
    "VectorIndex_id_unique": "CREATE CONSTRAINT VectorIndex_id_unique IF NOT EXISTS "
    "FOR (n:VectorIndex) REQUIRE n.`id` IS UNIQUE",
    "VectorPoint_id_unique": "CREATE CONSTRAINT VectorPoint_id_unique IF NOT EXISTS "
    "FOR (n:VectorPoint) REQUIRE n.`id` IS UNIQUE",
    "VectorPoint_embedding_version_tag": "CREATE INDEX VectorPoint_embedding_version_tag IF NOT EXISTS "
    "FOR (n:VectorPoint) ON (n.`embedding_version`, n.`tag`)",
    "VectorPoint_document_id": "CREATE INDEX VectorPoint_document_id IF NOT EXISTS "
    "FOR (n:VectorPoint) ON (n.`document_id`)",
    "VectorPoint_section_id": "CREATE INDEX VectorPoint_section_id IF NOT EXISTS "
    "FOR (n:VectorPoint) ON (n.`section_id`)",
    "VectorPoint_checksum": "CREATE INDEX VectorPoint_checksum IF NOT EXISTS FOR (n:VectorPoint) ON (n.`checksum`)",
    TEXT_INDEX: f"CREATE FULLTEXT INDEX {TEXT_INDEX} IF NOT EXISTS FOR (n:VectorPoint) ON EACH [n.`text`] "
    "OPTIONS {indexConfig: {`fulltext.analyzer`: 'english', `fulltext.eventually_consistent`: false}}",
}


def slug_of(version: str) -> str:
    """12 hex digits, from a hash of the embedding_version."""
    return hashlib.sha256(version.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def vector_property(slug: str) -> str:
    """Raises ValueError for anything but a slug, because it is formatted into statements."""
    if not SLUG.fullmatch(slug):
        raise ValueError(f"not the slug of a version: {slug!r}")
    return f"embedding_{slug}"


def vector_index(slug: str) -> str:
    return f"VectorPoint_{vector_property(slug)}_vector"


def schema(slug: str) -> dict[str, str]:
    """Name -> the statement that creates the index or constraint where it is absent; $dimensions: of the vector index.

    Not quantized: with the default, the recall of 50 among 6,000 random vectors is 0.93 at any k; without quantization
    it is 0.98, and 0.999 at k = 200.
    """
    vectors = (
        f"CREATE VECTOR INDEX {vector_index(slug)} IF NOT EXISTS FOR (n:VectorPoint) ON (n.`{vector_property(slug)}`) "
        "OPTIONS {indexConfig: {`vector.dimensions`: $dimensions, `vector.similarity_function`: 'cosine', "
        "`vector.quantization.enabled`: false}}"
    )
    return {**_SCHEMA, vector_index(slug): vectors}


def drop_vector_index(slug: str) -> str:
    return f"DROP INDEX {vector_index(slug)} IF EXISTS"


def upsert(slug: str) -> str:
    values = ", ".join(f"n.`{name}` = r.`{name}`" for name in (*PAYLOAD, "text"))
    return (
        "UNWIND $rows AS r MERGE (n:VectorPoint {`id`: r.`id`}) "
        f"SET {values}, n.`{vector_property(slug)}` = r.`vector`"
    )


def _matching(names: Collection[str]) -> str:
    """Raises ValueError for a name outside FILTERS, because names are formatted into statements."""
    if surplus := set(names) - set(FILTERS):
        raise ValueError(f"not a filter: {', '.join(sorted(surplus))}")
    return "".join(f" AND n.`{name}` IN ${name}" for name in FILTERS if name in names)


def count(filters: Collection[str] = ()) -> str:
    return f"{_POINTS}{_OF_ANY_TAG}{_matching(filters)} RETURN count(n) AS n"


def page(slug: str, filters: Collection[str], with_vectors: bool) -> str:
    """A page of points sorted by id, starting after $after: of documents, of sections, or all."""
    hint = next(
        (f"SEEK n:VectorPoint(`{name}`)" for name in filters), "n:VectorPoint(`id`)"
    )  # otherwise every point is sorted
    vector = f", n.`{vector_property(slug)}` AS vector" if with_vectors else ""
    return (
        f"MATCH (n:VectorPoint) USING INDEX {hint} WHERE n.`id` > $after AND n.`embedding_version` = $version"
        f"{_matching(filters)} RETURN n.`id` AS id, {_PAYLOAD}{vector} ORDER BY n.`id` LIMIT $limit"
    )


def by_checksum(slug: str) -> str:
    """One vector per stored checksum."""
    return (
        "UNWIND $checksums AS c MATCH (n:VectorPoint {`checksum`: c}) WHERE n.`embedding_version` = $version "
        f"WITH c, head(collect(n)) AS n RETURN c AS checksum, n.`{vector_property(slug)}` AS vector"
    )


def nearest_exact(slug: str, filters: Collection[str] = ()) -> str:
    return (
        f"{_POINTS}{_OF_ANY_TAG}{_matching(filters)} "
        f"WITH n, vector.similarity.cosine(n.`{vector_property(slug)}`, $vector) AS score "
        f"RETURN {_HIT} ORDER BY score DESC, chunk_id LIMIT $limit"
    )


def nearest_by_index(slug: str, filters: Collection[str] = ()) -> str:
    """Filters the $k nearest points: the vector index itself cannot filter."""
    return (
        f"CALL db.index.vector.queryNodes('{vector_index(slug)}', $k, $vector) YIELD node AS n, score "
        f"WHERE n.`embedding_version` = $version{_matching(filters)} "
        f"RETURN {_HIT} ORDER BY score DESC, chunk_id LIMIT $limit"
    )


def fulltext(filters: Collection[str] = ()) -> str:
    """The procedure returns the best first, so the limit after the filter stops it early."""
    return f"{FULLTEXT_HITS}{_matching(filters)} RETURN {_HIT} LIMIT $limit"


def every_statement(slug: str) -> Iterator[str]:
    """Every statement that the adapter can run for a version; for tests."""
    yield from (VERSIONS, ANY_POINT, ONLINE, AWAIT, ADD_VERSION, MARK_DROPPING, REMOVE_VERSION, DELETE, DELETE_SOME)
    yield from schema(slug).values()
    yield from (drop_vector_index(slug), upsert(slug), by_checksum(slug))
    for filters in ((), *((name,) for name in FILTERS), FILTERS):
        yield from (count(filters), nearest_exact(slug, filters), nearest_by_index(slug, filters), fulltext(filters))
    for filters in ((), ("document_id",), ("section_id",)):
        yield from (page(slug, filters, with_vectors) for with_vectors in (False, True))
