"""The closed table: what the DDL of both engines must hold, and that no statement escapes it."""

from __future__ import annotations

import re

from wekadocs_assets.core.graph import schema
from wekadocs_assets.core.models import KINDS


def test_every_node_carries_id_and_tag():
    assert all({"id", "tag"} <= node.columns.keys() for node in schema.NODES.values())


def test_the_nine_kinds_are_labels_and_can_be_mentioned():
    assert all(kind in schema.NODES and ("MENTIONS", "Section", kind) in schema.EDGES for kind in KINDS)


def test_every_derived_edge_says_where_it_comes_from_and_how_sure_it_is():
    assert schema.DERIVED
    assert all({"derived_from_section_id", "confidence"} <= edge.properties.keys() for edge in schema.DERIVED)


def test_edges_join_known_labels_and_their_identity_is_a_property():
    for edge in schema.EDGES.values():
        assert {edge.from_label, edge.to_label} <= schema.NODES.keys()
        assert set(edge.identity) <= edge.properties.keys()


def test_neo4j_names_hold_label_and_property_and_none_is_given_twice():
    ddl = list(schema.ddl("neo4j"))
    names = [re.search(r"(?:CONSTRAINT|INDEX) (\w+)", statement)[1] for statement in ddl]
    assert len(set(names)) == len(names)
    for name, statement in zip(names, ddl, strict=True):
        place = re.search(r"(?:\(\w*:(\w+)\)|\[\w*:(\w+)\]).*`(\w+)`", statement)
        label, properties = place[1] or place[2], place[3]
        assert name == f"wekadocs_{label.lower()}_{properties}"


def test_neo4j_has_a_unique_id_for_every_label():
    ddl = "\n".join(schema.ddl("neo4j"))
    assert all(f"FOR (n:{label}) REQUIRE n.`id` IS UNIQUE" in ddl for label in schema.NODES)


def test_ladybug_has_one_table_per_label_and_type():
    ddl = list(schema.ddl("ladybug"))
    assert len(ddl) == len(schema.NODES) + len(schema.TYPES)
    assert all("IF NOT EXISTS" in statement for statement in ddl)
