"""Statements of both engines: they use what both read alike, and delete within one collection."""

from __future__ import annotations

import re

from wekadocs_assets.adapters.cypher import statements
from wekadocs_assets.core.graph import schema


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
