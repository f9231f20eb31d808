"""The Cypher statements of both engines, generated from the schema table; user text is always a parameter.

To run on Neo4j and Ladybug alike, a statement here names one label, lists every property it sets, puts every property in
back-ticks, and gets rows with the same keys in the same order, without nulls (core/graph/rows.py) and never empty.
Statements for one engine belong in its own folder.
"""

from __future__ import annotations

from functools import cache

from wekadocs_assets.core.graph import schema
from wekadocs_assets.core.graph.schema import ABSENT, NODES, EdgeType, Properties, PropertyType
from wekadocs_assets.core.models import SHARED_KINDS

READ_SINGLETON = f"MATCH (n:{schema.SINGLETON}) RETURN " + ", ".join(
    f"n.`{name}` AS `{name}`" for name in schema.STORES
)
LINK_TARGETS = (
    "MATCH (d:Document)-[:HAS_SECTION]->(s:Section) WHERE s.`tag` = $tag AND s.`links` <> '[]' "
    "RETURN d.`source_uri` AS source_uri, s.`id` AS id, s.`links` AS links"
)
ANCHORS = (
    "MATCH (d:Document)-[:HAS_SECTION]->(s:Section) WHERE d.`tag` = $tag "
    "RETURN d.`id` AS document_id, s.`anchor` AS anchor"
)
DOCUMENTS = "MATCH (d:Document) WHERE d.`tag` = $tag AND d.`source_type` <> '' RETURN d.`source_uri` AS source_uri, d.`id` AS id"
LINKS = (
    "MATCH (s:Section)-[l:LINKS_TO]->(d:Document) WHERE s.`tag` = $tag "
    "RETURN s.`id` AS from_id, d.`id` AS to_id, l.`anchor` AS anchor"
)
SECTION_IDS = (
    "UNWIND $ids AS i MATCH (d:Document {`id`: i})-[h:HAS_SECTION]->(s:Section) "
    "RETURN d.`id` AS document_id, s.`id` AS id, h.`order` AS `order`"
)
ORPHANED_SECTIONS = (
    "MATCH (s:Section) WHERE s.`tag` = $tag AND NOT EXISTS { MATCH (s)<-[:HAS_SECTION]-(:Document) } "
    "RETURN s.`document_id` AS document_id, s.`id` AS id, s.`order` AS `order`"
)
CHUNKS_OF_DOCUMENTS = (
    "UNWIND $ids AS i MATCH (d:Document {`id`: i})-[:HAS_SECTION]->(s:Section) "
    "WITH s MATCH (s)-[:HAS_CHUNK]->(n:Chunk) WHERE n.`embedding_version` = $embedding_version RETURN "
    + ", ".join(f"n.`{name}` AS `{name}`" for name in NODES["Chunk"].columns)
)
PLACES_OF_SECTIONS = (
    "UNWIND $ids AS i MATCH (s:Section {`id`: i}) RETURN s.`id` AS id, s.`tag` AS tag, s.`document_id` AS document_id"
)
CHUNKS_WITH_SECTION = "UNWIND $ids AS i MATCH (:Section)-[:HAS_CHUNK]->(n:Chunk {`id`: i}) RETURN n.`id` AS id"
DELETE_CHUNKS_OF_SECTIONS = (
    "UNWIND $ids AS i MATCH (s:Section {`id`: i})-[:HAS_CHUNK]->(n:Chunk) WHERE n.`tag` = $tag DETACH DELETE n"
)


@cache
def merge_nodes(label: str) -> str:
    """Upserts nodes; of a Document only the facts, and empty ledger columns where the node is new."""
    if label == "Document":
        return _merge(label, {"tag": "STRING", **schema.DOCUMENT_FACTS}, schema.LEDGER)
    columns = {name: kind for name, kind in NODES[label].columns.items() if name != "id"}
    if label in SHARED_KINDS:  # its values follow from its id: an existing node needs no update
        return _create(label, columns)
    return _merge(label, columns, {})


@cache
def create_singleton() -> str:
    """Creates the singleton; of concurrent writers the first one wins."""
    columns = {name: kind for name, kind in NODES[schema.SINGLETON].columns.items() if name != "id"}
    return _create(schema.SINGLETON, columns)


@cache
def merge_ledger() -> str:
    """Upserts the ledger columns of Document nodes; on a new node the facts stay empty."""
    known: Properties = {"tag": "STRING", "source_uri": "STRING", **schema.LEDGER}
    unknown = {name: kind for name, kind in schema.DOCUMENT_FACTS.items() if name not in known}
    return _merge("Document", known, unknown)


def _create(label: str, columns: Properties) -> str:
    return f"UNWIND $rows AS r MERGE (n:{label} {{`id`: r.`id`}}) ON CREATE SET {_assign('n', columns)}"


def _merge(label: str, known: Properties, unknown: Properties) -> str:
    absent = ", ".join(f"n.`{name}` = {_literal(kind)}" for name, kind in unknown.items())
    on_create = f" ON CREATE SET {absent}" if absent else ""
    return f"UNWIND $rows AS r MERGE (n:{label} {{`id`: r.`id`}}){on_create} SET {_assign('n', known)}"


@cache
def nodes_by_id(label: str) -> str:
    names = document_facts() if label == "Document" else tuple(NODES[label].columns)
    return f"UNWIND $ids AS i MATCH (n:{label} {{`id`: i}}) RETURN {columns('n', names)}"


@cache
def all_nodes(label: str) -> str:
    return f"MATCH (n:{label}) RETURN {columns('n', tuple(NODES[label].columns))}"


@cache
def ledger(of_tag: bool) -> str:
    names = ("id", "tag", "source_uri", *schema.LEDGER)
    where = " WHERE n.`tag` = $tag" if of_tag else ""
    return f"MATCH (n:Document){where} RETURN {columns('n', names)}"


@cache
def entries() -> str:
    """Ledger columns of the documents $ids."""
    names = ("id", "tag", "source_uri", *schema.LEDGER)
    return f"UNWIND $ids AS i MATCH (n:Document {{`id`: i}}) RETURN {columns('n', names)}"


def document_facts() -> tuple[str, ...]:
    """Columns of a Document node in a Subgraph."""
    return ("id", "tag", *schema.DOCUMENT_FACTS)


@cache
def create_edges(edge: EdgeType) -> str:
    """CREATE instead of MERGE: a diff names only edges that do not exist yet, and CREATE costs half."""
    values = ", ".join(f"`{name}`: r.`{name}`" for name in edge.properties)
    return f"UNWIND $rows AS r {_match_ends(edge)} CREATE (x)-[:{edge.type}{f' {{{values}}}' if values else ''}]->(y)"


@cache
def update_edges(edge: EdgeType) -> str:
    assign = ", ".join(f"e.`{name}` = r.`{name}`" for name in edge.values)
    return f"UNWIND $rows AS r {_match_edge(edge)} SET {assign}"


@cache
def delete_edges(edge: EdgeType) -> str:
    return f"UNWIND $rows AS r {_match_edge(edge)} DELETE e"


def _match_ends(edge: EdgeType) -> str:
    return f"MATCH (x:{edge.from_label} {{`id`: r.`from_id`}}) MATCH (y:{edge.to_label} {{`id`: r.`to_id`}})"


def _match_edge(edge: EdgeType) -> str:
    where = " AND ".join(f"e.`{name}` = r.`{name}`" for name in edge.identity)
    ends = f"(x:{edge.from_label} {{`id`: r.`from_id`}})-[e:{edge.type}]->(y:{edge.to_label} {{`id`: r.`to_id`}})"
    return f"MATCH {ends}{' WHERE ' + where if where else ''}"


@cache
def edges_from(edge: EdgeType) -> str:
    """Edges that leave the nodes $ids."""
    start = f"(x:{edge.from_label} {{`id`: i}})-[e:{edge.type}]->(y:{edge.to_label})"
    return f"UNWIND $ids AS i MATCH {start} RETURN {edge_columns(edge)}"


@cache
def edges_derived_from(edge: EdgeType) -> str:
    """Edges between entities that were derived from the sections $ids."""
    return f"UNWIND $ids AS i MATCH {_match_derived(edge)} RETURN {edge_columns(edge)}"


@cache
def edges_from_placed(edge: EdgeType) -> str:
    """Edges that leave entities placed in the sections $ids."""
    pattern = f"(x:{edge.from_label})-[e:{edge.type}]->(y:{edge.to_label})"
    return f"UNWIND $ids AS i MATCH {pattern} WHERE x.`section_id` = i RETURN {edge_columns(edge)}"


@cache
def delete_edges_derived_from(edge: EdgeType) -> str:
    return f"UNWIND $ids AS i MATCH {_match_derived(edge)} AND {_tag_check('x')} DELETE e"


def _match_derived(edge: EdgeType) -> str:
    pattern = f"(x:{edge.from_label})-[e:{edge.type}]->(y:{edge.to_label})"
    return f"{pattern} WHERE e.`derived_from_section_id` = i"


@cache
def all_edges(edge: EdgeType) -> str:
    return f"MATCH (x:{edge.from_label})-[e:{edge.type}]->(y:{edge.to_label}) RETURN {edge_columns(edge)}"


def edge_columns(edge: EdgeType) -> str:
    ends = "x.`id` AS from_id, y.`id` AS to_id"
    return ", ".join((ends, *(f"e.`{name}` AS `{name}`" for name in edge.properties)))


@cache
def delete_nodes(label: str) -> str:
    return f"UNWIND $ids AS i MATCH (n:{label} {{`id`: i}}) WHERE {_tag_check('n')} DETACH DELETE n"


@cache
def delete_placed(label: str) -> str:
    """Deletes entities that belong to the sections $ids."""
    return f"UNWIND $ids AS i MATCH (n:{label}) WHERE n.`section_id` = i AND {_tag_check('n')} DETACH DELETE n"


@cache
def delete_unreached(label: str) -> str:
    """Deletes those of the nodes $ids that have no mention and no derived edge any more."""
    where = " AND ".join((_tag_check("n"), *without_edges(label)))
    return f"UNWIND $ids AS i MATCH (n:{label} {{`id`: i}}) WHERE {where} DETACH DELETE n"


def without_edges(label: str) -> list[str]:
    return [
        f"NOT EXISTS {{ MATCH (n)-[:{edge.type}]->(:{edge.to_label}) }}"
        if leaves
        else f"NOT EXISTS {{ MATCH (n)<-[:{edge.type}]-(:{edge.from_label}) }}"
        for edge, leaves in schema.edges_at(label)
    ]


@cache
def tags(label: str) -> str:
    """The existing ones of $ids with their tag, which deletes match on."""
    return f"UNWIND $ids AS i MATCH (n:{label} {{`id`: i}}) RETURN n.`id` AS id, n.`tag` AS tag"


@cache
def count_nodes(label: str, of_tag: bool) -> str:
    known = ["n.`source_type` <> ''"] if label == "Document" else []
    where = " AND ".join(["n.`tag` = $tag", *known] if of_tag else known)
    return f"MATCH (n:{label}){' WHERE ' + where if where else ''} RETURN count(n) AS n"


@cache
def count_edges(edge: EdgeType, of_tag: bool) -> str:
    where = " WHERE x.`tag` = $tag" if of_tag else ""
    return f"MATCH (x:{edge.from_label})-[e:{edge.type}]->(:{edge.to_label}){where} RETURN count(e) AS n"


def _assign(variable: str, properties: Properties) -> str:
    return ", ".join(f"{variable}.`{name}` = r.`{name}`" for name in properties)


def _tag_check(variable: str) -> str:
    """Tag check beside a match by id, in a form that no index on tags answers: Neo4j might read the whole tag per id."""
    return f"'' + {variable}.`tag` = $tag"


def columns(variable: str, names: tuple[str, ...]) -> str:
    return ", ".join(f"{variable}.`{name}` AS `{name}`" for name in names)


def _literal(kind: PropertyType) -> str:
    return {"STRING": "''", "BOOL": "false"}.get(kind, str(ABSENT[kind]))
