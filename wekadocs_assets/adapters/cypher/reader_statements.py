"""Statements that only read, for searches and answers; user text is passed as a parameter, never formatted in.

`source_type` of a Document node is '' until the document is parsed: `source_type <> ''` selects parsed documents.
"""

from __future__ import annotations

from functools import cache

from wekadocs_assets.adapters.cypher.statements import columns, document_facts, edge_columns, without_edges
from wekadocs_assets.core.graph.schema import NODES, EdgeType

EMPTY_DOCUMENTS = (
    "MATCH (d:Document) WHERE d.`tag` = $tag AND d.`source_type` <> '' "
    "AND NOT EXISTS { MATCH (d)-[:HAS_SECTION]->(:Section) } RETURN d.`source_uri` AS source_uri"
)
"""source_uri of the parsed documents of the collection $tag that have no section."""
ONCE_TITLED = (
    "MATCH (s:Section) WHERE s.`tag` = $tag AND s.`title` <> '' "
    "WITH s.`title` AS title, count(s) AS n, min(s.`id`) AS id, max(s.`tokens`) AS tokens "
    "WHERE n = 1 AND tokens >= $tokens RETURN id ORDER BY id LIMIT $limit"
)
"""Ids of the sections of the collection $tag with at least $tokens tokens and a title that no other section of it has."""


@cache
def edges(edge: EdgeType, leaving: bool, one: bool) -> str:
    """Edges that leave (or enter) the nodes $ids; one: the single node $id."""
    named = f" {{`id`: {_key(one)}}}"
    start, end = (named, "") if leaving else ("", named)
    pattern = f"(x:{edge.from_label}{start})-[e:{edge.type}]->(y:{edge.to_label}{end})"
    return f"{_each(one)}MATCH {pattern} RETURN {edge_columns(edge)}"


@cache
def mentions(kind: str, one: bool) -> str:
    """Entities that the sections $ids mention; one: the single section $id."""
    return (
        f"{_each(one)}MATCH (s:Section {{`id`: {_key(one)}}})-[e:MENTIONS]->(n:{kind}) "
        "RETURN s.`id` AS section_id, n.`id` AS id, n.`name` AS name, e.`role` AS role"
    )


@cache
def named(kind: str, of_tag: bool) -> str:
    """Entities whose canonical name is one of $names."""
    where = " AND n.`tag` = $tag" if of_tag else ""
    return f"MATCH (n:{kind}) WHERE n.`name` IN $names{where} RETURN {columns('n', tuple(NODES[kind].columns))}"


@cache
def like(kind: str, of_tag: bool) -> str:
    """Entities whose name contains $text, which must be in lower case."""
    where = " AND n.`tag` = $tag" if of_tag else ""
    found = columns("n", tuple(NODES[kind].columns))
    return (
        f"MATCH (n:{kind}) WHERE toLower(n.`name`) CONTAINS $text{where} "
        f"RETURN {found} ORDER BY n.`name`, n.`id` LIMIT $limit"
    )


@cache
def mentioning(kind: str, of_tag: bool) -> str:
    """Ids of the sections that mention an entity of this kind; of_tag: only those of the collection $tag."""
    where = " WHERE s.`tag` = $tag" if of_tag else ""
    return f"MATCH (s:Section)-[:MENTIONS]->(:{kind}){where} RETURN DISTINCT s.`id` AS id"


@cache
def documents(of_tag: bool) -> str:
    """Facts of parsed documents whose source_uri starts with $prefix."""
    where = " AND n.`tag` = $tag" if of_tag else ""
    found = columns("n", document_facts())
    return (
        f"MATCH (n:Document) WHERE n.`source_type` <> '' AND n.`source_uri` STARTS WITH $prefix{where} RETURN {found}"
    )


@cache
def count_unreached(label: str) -> str:
    """The number of unreached entities (without any edge) of the collection $tag."""
    where = " AND ".join(("n.`tag` = $tag", *without_edges(label)))
    return f"MATCH (n:{label}) WHERE {where} RETURN count(n) AS n"


def _each(one: bool) -> str:
    return "" if one else "UNWIND $ids AS i "


def _key(one: bool) -> str:
    return "$id" if one else "i"
