"""The closed table: what the DDL of both engines must hold, and that no statement escapes it."""

from __future__ import annotations

import re

import pytest

from wekadocs_assets.adapters.cypher import statements
from wekadocs_assets.core.graph import rows, schema
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


def _all_statements() -> list[str]:
    found = [value for name, value in vars(statements).items() if name.isupper() and isinstance(value, str)]
    for label in schema.NODES:
        found += [statements.merge_nodes(label), statements.nodes_by_id(label), statements.all_nodes(label)]
        found += [
            statements.delete_nodes(label),
            statements.delete_unreached(label),
            statements.count_nodes(label, True),
        ]
    for edge in schema.EDGES.values():
        found += [statements.create_edges(edge), statements.delete_edges(edge), statements.edges_from(edge)]
        found += [statements.all_edges(edge), statements.count_edges(edge, False)]
    return [*found, statements.merge_ledger(), statements.ledger(True)]


def test_statements_use_nothing_that_the_two_engines_read_differently():
    for statement in _all_statements():
        assert not re.search(r"\+=|FOREACH|CALL \{|datetime\(|type\(|elementId|labels\(", statement), statement


def test_every_node_that_is_deleted_is_matched_by_its_tag():
    for statement in _all_statements():
        if "DETACH DELETE" in statement:
            assert "`tag` = $tag" in statement, statement


def test_a_row_has_every_property_in_the_order_of_the_table_whatever_order_it_is_given_in():
    properties = {"a": "STRING", "b": "INT64", "c": "BOOL", "d": "DOUBLE"}
    row = rows.typed(properties, {"d": 1, "b": 2})
    assert list(row.items()) == [("a", ""), ("b", 2), ("c", False), ("d", 1.0)]
    assert type(row["d"]) is float


@pytest.mark.parametrize("values", [{"z": 1}, {"a": None}, {"b": True}, {"b": "2"}, {"b": 1.5}])
def test_a_row_with_a_value_that_the_table_does_not_know_is_refused(values):
    with pytest.raises(ValueError, match="schema"):
        rows.typed({"a": "STRING", "b": "INT64"}, values)
