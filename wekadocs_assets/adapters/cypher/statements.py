"""The Cypher statements of both engines, generated from the schema table; user text is always a parameter.

Parameters: $ids is a list of node ids, $rows a list of maps, $tag the tag of one collection. A statement with $ids or
$rows handles the whole list. A reading statement returns one row for each match, with a column for each name after AS.

A Document node has facts, which describe the parsed page (schema.DOCUMENT_FACTS; `source_type` is '' until the document
is parsed), and a ledger, which records what ingests did with the file (schema.LEDGER). A placed entity (PLACED_KINDS)
belongs to one section, its `section_id`; a shared entity (SHARED_KINDS) is mentioned by any number of sections.
A derived edge joins two entities; its `derived_from_section_id` is the section that states the relation.

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
"""The node about the whole graph: store_id (random), schema version, active embedding version and its settings."""
LINK_TARGETS = (
    "MATCH (d:Document)-[:HAS_SECTION]->(s:Section) WHERE s.`tag` = $tag AND s.`links` <> '[]' "
    "RETURN d.`source_uri` AS source_uri, s.`id` AS id, s.`links` AS links"
)
"""Sections of the collection with links: source_uri of the document, id, link targets as a JSON list of strings."""
ANCHORS = (
    "MATCH (d:Document)-[:HAS_SECTION]->(s:Section) WHERE d.`tag` = $tag "
    "RETURN d.`id` AS document_id, s.`anchor` AS anchor"
)
"""For each section of the collection: id of its document, and its anchor, '' if it has none."""
DOCUMENTS = "MATCH (d:Document) WHERE d.`tag` = $tag AND d.`source_type` <> '' RETURN d.`source_uri` AS source_uri, d.`id` AS id"
"""Parsed documents of the collection: source_uri and id."""
LINKS = (
    "MATCH (s:Section)-[l:LINKS_TO]->(d:Document) WHERE s.`tag` = $tag "
    "RETURN s.`id` AS from_id, d.`id` AS to_id, l.`anchor` AS anchor"
)
"""LINKS_TO edges of the collection: id of the linking section, id of the linked document, anchor in it or ''."""
SECTION_IDS = (
    "UNWIND $ids AS i MATCH (d:Document {`id`: i})-[h:HAS_SECTION]->(s:Section) "
    "RETURN d.`id` AS document_id, s.`id` AS id, h.`order` AS `order`"
)
"""Sections of the documents $ids: id of the document, id of the section, its place in the reading order (a number)."""
ORPHANED_SECTIONS = (
    "MATCH (s:Section) WHERE s.`tag` = $tag AND NOT EXISTS { MATCH (s)<-[:HAS_SECTION]-(:Document) } "
    "RETURN s.`document_id` AS document_id, s.`id` AS id, s.`order` AS `order`"
)
"""Sections of the collection that no Document node has, with the columns of SECTION_IDS."""
CHUNKS_OF_DOCUMENTS = (
    "UNWIND $ids AS i MATCH (d:Document {`id`: i})-[:HAS_SECTION]->(s:Section) "
    "WITH s MATCH (s)-[:HAS_CHUNK]->(n:Chunk) WHERE n.`embedding_version` = $embedding_version RETURN "
    + ", ".join(f"n.`{name}` AS `{name}`" for name in NODES["Chunk"].columns)
)
"""All properties of the Chunk nodes of the documents $ids, of the version $embedding_version."""
DOCUMENTS_OF_SECTIONS = (
    "UNWIND $ids AS i MATCH (s:Section {`id`: i}) RETURN s.`id` AS id, s.`tag` AS tag, s.`document_id` AS document_id"
)
"""Those of the sections $ids that exist, with their tag and the id of their document."""
CHUNKS_WITH_SECTION = "UNWIND $ids AS i MATCH (:Section)-[:HAS_CHUNK]->(n:Chunk {`id`: i}) RETURN n.`id` AS id"
"""Those of the chunks $ids that a section has, by id."""
DELETE_CHUNKS_OF_SECTIONS = (
    "UNWIND $ids AS i MATCH (s:Section {`id`: i})-[:HAS_CHUNK]->(n:Chunk) WHERE n.`tag` = $tag DETACH DELETE n"
)
"""Deletes the Chunk nodes of the sections $ids, of every embedding version, with their edges."""


@cache
def merge_nodes(label: str) -> str:
    """Creates or updates the nodes $rows. A row has `id` and all properties of the label, a Document only its facts.

    A Document node that is new gets an empty ledger, a known one keeps its ledger.
    """
    if label == "Document":
        return _merge(label, {"tag": "STRING", **schema.DOCUMENT_FACTS}, schema.LEDGER)
    columns = {name: kind for name, kind in NODES[label].columns.items() if name != "id"}
    if label in SHARED_KINDS:  # its values follow from its id: an existing node needs no update
        return _create(label, columns)
    return _merge(label, columns, {})


@cache
def create_singleton() -> str:
    """Creates the node about the whole graph from one row, unless another process has created it before."""
    columns = {name: kind for name, kind in NODES[schema.SINGLETON].columns.items() if name != "id"}
    return _create(schema.SINGLETON, columns)


@cache
def merge_ledger() -> str:
    """Creates or updates Document nodes. A row has `id`, `tag`, `source_uri` and the ledger.

    The other facts of a new node are empty, as its document is not parsed yet; a known node keeps them.
    """
    known: Properties = {"tag": "STRING", "source_uri": "STRING", **schema.LEDGER}
    unknown = {name: kind for name, kind in schema.DOCUMENT_FACTS.items() if name not in known}
    return _merge("Document", known, unknown)


def _create(label: str, columns: Properties) -> str:
    """Creates nodes that do not exist yet, with these properties; an existing node stays as it is."""
    return f"UNWIND $rows AS r MERGE (n:{label} {{`id`: r.`id`}}) ON CREATE SET {_assign('n', columns)}"


def _merge(label: str, known: Properties, unknown: Properties) -> str:
    """Creates or updates nodes. known: properties that a row has. unknown: others, set to '' or 0 on a new node."""
    absent = ", ".join(f"n.`{name}` = {_literal(kind)}" for name, kind in unknown.items())
    on_create = f" ON CREATE SET {absent}" if absent else ""
    return f"UNWIND $rows AS r MERGE (n:{label} {{`id`: r.`id`}}){on_create} SET {_assign('n', known)}"


@cache
def nodes_by_id(label: str) -> str:
    """All properties of the nodes $ids; of a Document without its ledger."""
    names = document_facts() if label == "Document" else tuple(NODES[label].columns)
    return f"UNWIND $ids AS i MATCH (n:{label} {{`id`: i}}) RETURN {columns('n', names)}"


@cache
def all_nodes(label: str) -> str:
    """All properties of every node with this label, in all collections; of a Document with its ledger."""
    return f"MATCH (n:{label}) RETURN {columns('n', tuple(NODES[label].columns))}"


@cache
def ledger(of_tag: bool) -> str:
    """Id, tag, source_uri and ledger of all documents; of_tag: of the collection $tag."""
    names = ("id", "tag", "source_uri", *schema.LEDGER)
    where = " WHERE n.`tag` = $tag" if of_tag else ""
    return f"MATCH (n:Document){where} RETURN {columns('n', names)}"


@cache
def ledger_of_documents() -> str:
    """The same columns as `ledger`, of the documents $ids."""
    names = ("id", "tag", "source_uri", *schema.LEDGER)
    return f"UNWIND $ids AS i MATCH (n:Document {{`id`: i}}) RETURN {columns('n', names)}"


def document_facts() -> tuple[str, ...]:
    """Names of the properties of a Document node that make up its part of the graph: without the ledger."""
    return ("id", "tag", *schema.DOCUMENT_FACTS)


@cache
def create_edges(edge: EdgeType) -> str:
    """Creates the edges $rows. A row has `from_id`, `to_id` and all properties; both nodes must exist.

    CREATE instead of MERGE, which costs twice as much: callers pass only edges that do not exist yet.
    """
    values = ", ".join(f"`{name}`: r.`{name}`" for name in edge.properties)
    return f"UNWIND $rows AS r {_match_ends(edge)} CREATE (x)-[:{edge.type}{f' {{{values}}}' if values else ''}]->(y)"


@cache
def update_edges(edge: EdgeType) -> str:
    """Sets the properties `edge.values` of the edges $rows, with the same rows as `create_edges`."""
    assign = ", ".join(f"e.`{name}` = r.`{name}`" for name in edge.values)
    return f"UNWIND $rows AS r {_match_edge(edge)} SET {assign}"


@cache
def delete_edges(edge: EdgeType) -> str:
    """Deletes the edges $rows, which are found by their two ends and the properties `edge.identity`."""
    return f"UNWIND $rows AS r {_match_edge(edge)} DELETE e"


def _match_ends(edge: EdgeType) -> str:
    """Matches the nodes x and y at the ends of the edge that the row r describes."""
    return f"MATCH (x:{edge.from_label} {{`id`: r.`from_id`}}) MATCH (y:{edge.to_label} {{`id`: r.`to_id`}})"


def _match_edge(edge: EdgeType) -> str:
    """Matches the existing edge e from x to y that the row r describes."""
    where = " AND ".join(f"e.`{name}` = r.`{name}`" for name in edge.identity)
    ends = f"(x:{edge.from_label} {{`id`: r.`from_id`}})-[e:{edge.type}]->(y:{edge.to_label} {{`id`: r.`to_id`}})"
    return f"MATCH {ends}{' WHERE ' + where if where else ''}"


@cache
def edges_from(edge: EdgeType) -> str:
    """Edges that leave the nodes $ids, with the columns of `edge_columns`."""
    start = f"(x:{edge.from_label} {{`id`: i}})-[e:{edge.type}]->(y:{edge.to_label})"
    return f"UNWIND $ids AS i MATCH {start} RETURN {edge_columns(edge)}"


@cache
def edges_derived_from(edge: EdgeType) -> str:
    """Derived edges that the sections $ids state, with the columns of `edge_columns`."""
    return f"UNWIND $ids AS i MATCH {_match_derived(edge)} RETURN {edge_columns(edge)}"


@cache
def edges_from_placed(edge: EdgeType) -> str:
    """Edges that leave the placed entities of the sections $ids, with the columns of `edge_columns`."""
    pattern = f"(x:{edge.from_label})-[e:{edge.type}]->(y:{edge.to_label})"
    return f"UNWIND $ids AS i MATCH {pattern} WHERE x.`section_id` = i RETURN {edge_columns(edge)}"


@cache
def delete_edges_derived_from(edge: EdgeType) -> str:
    """Deletes the derived edges that the sections $ids state, in the collection $tag."""
    return f"UNWIND $ids AS i MATCH {_match_derived(edge)} AND {_tag_check('x')} DELETE e"


def _match_derived(edge: EdgeType) -> str:
    """Pattern and condition for the derived edges e from x to y that the section with id i states."""
    pattern = f"(x:{edge.from_label})-[e:{edge.type}]->(y:{edge.to_label})"
    return f"{pattern} WHERE e.`derived_from_section_id` = i"


@cache
def all_edges(edge: EdgeType) -> str:
    """Every edge of this type between these labels, in all collections, with the columns of `edge_columns`."""
    return f"MATCH (x:{edge.from_label})-[e:{edge.type}]->(y:{edge.to_label}) RETURN {edge_columns(edge)}"


def edge_columns(edge: EdgeType) -> str:
    """Columns of a returned edge e from x to y: `from_id`, `to_id` and all its properties."""
    ends = "x.`id` AS from_id, y.`id` AS to_id"
    return ", ".join((ends, *(f"e.`{name}` AS `{name}`" for name in edge.properties)))


@cache
def delete_nodes(label: str) -> str:
    """Deletes the nodes $ids of the collection $tag with all their edges."""
    return f"UNWIND $ids AS i MATCH (n:{label} {{`id`: i}}) WHERE {_tag_check('n')} DETACH DELETE n"


@cache
def delete_placed(label: str) -> str:
    """Deletes the placed entities of the sections $ids, in the collection $tag, with all their edges."""
    return f"UNWIND $ids AS i MATCH (n:{label}) WHERE n.`section_id` = i AND {_tag_check('n')} DETACH DELETE n"


@cache
def delete_unreached(label: str) -> str:
    """Deletes those of the shared entities $ids of the collection $tag that have no mention and no derived edge."""
    where = " AND ".join((_tag_check("n"), *without_edges(label)))
    return f"UNWIND $ids AS i MATCH (n:{label} {{`id`: i}}) WHERE {where} DETACH DELETE n"


def without_edges(label: str) -> list[str]:
    """Conditions that the node n has no edge: one for each edge type and direction that its label can have."""
    return [
        f"NOT EXISTS {{ MATCH (n)-[:{edge.type}]->(:{edge.to_label}) }}"
        if leaves
        else f"NOT EXISTS {{ MATCH (n)<-[:{edge.type}]-(:{edge.from_label}) }}"
        for edge, leaves in schema.edges_at(label)
    ]


@cache
def tags(label: str) -> str:
    """Those of the nodes $ids that exist, with their tag: a delete is one call for each tag."""
    return f"UNWIND $ids AS i MATCH (n:{label} {{`id`: i}}) RETURN n.`id` AS id, n.`tag` AS tag"


@cache
def count_nodes(label: str, of_tag: bool) -> str:
    """One row, n: the number of nodes, of documents only parsed ones. of_tag: of the collection $tag."""
    known = ["n.`source_type` <> ''"] if label == "Document" else []
    where = " AND ".join(["n.`tag` = $tag", *known] if of_tag else known)
    return f"MATCH (n:{label}){' WHERE ' + where if where else ''} RETURN count(n) AS n"


@cache
def count_edges(edge: EdgeType, of_tag: bool) -> str:
    """One row, n: the number of edges of this type between these labels. of_tag: of the collection $tag."""
    where = " WHERE x.`tag` = $tag" if of_tag else ""
    return f"MATCH (x:{edge.from_label})-[e:{edge.type}]->(:{edge.to_label}){where} RETURN count(e) AS n"


def _assign(variable: str, properties: Properties) -> str:
    return ", ".join(f"{variable}.`{name}` = r.`{name}`" for name in properties)


def _tag_check(variable: str) -> str:
    """The condition that a node, which is matched by its id, has the tag $tag.

    It is written so that an index on tags cannot answer it: Neo4j would read all nodes of the tag for each id.
    """
    return f"'' + {variable}.`tag` = $tag"


def columns(variable: str, names: tuple[str, ...]) -> str:
    """Columns of a returned node: these properties, each under its own name."""
    return ", ".join(f"{variable}.`{name}` AS `{name}`" for name in names)


def _literal(kind: PropertyType) -> str:
    """The value in Cypher of a property that is not known yet: '', 0, 0.0 or false."""
    return {"STRING": "''", "BOOL": "false"}.get(kind, str(ABSENT[kind]))
