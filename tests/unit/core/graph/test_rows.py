"""Rows of the graph: a typed value for every property, and back to the record."""

from dataclasses import replace

import pytest
from graph_documents import Part, entry, page

from wekadocs_assets.core.graph import rows, schema
from wekadocs_assets.core.models import Chunk, Collection, Entity, Failure, LedgerEntry

DOCUMENT, _ = page("a.md", [Part("One", links=("b.md", "c.md", "b.md"))])
FAILURE = Failure(stage="s", error="it's broken", hint="", permanent=True, checksum="c", recipe="r")


def test_a_row_has_every_property_in_the_order_of_the_table_whatever_order_it_is_given_in():
    properties = {"a": "STRING", "b": "INT64", "c": "BOOL", "d": "DOUBLE"}
    row = rows.typed(properties, {"d": 1, "b": 2})
    assert list(row.items()) == [("a", ""), ("b", 2), ("c", False), ("d", 1.0)]
    assert type(row["d"]) is float


@pytest.mark.parametrize("values", [{"z": 1}, {"a": None}, {"b": True}, {"b": "2"}, {"b": 1.5}])
def test_a_row_with_a_value_that_the_table_does_not_know_is_refused(values):
    with pytest.raises(ValueError, match="schema"):
        rows.typed({"a": "STRING", "b": "INT64"}, values)


def test_every_entry_field_has_a_place_in_the_ledger():
    fields = set(LedgerEntry.__dataclass_fields__) - {"document_id", "tag", "source_uri"}
    assert fields == set(schema.LEDGER)


def test_a_ledger_entry_comes_back_from_its_row():
    whole = entry(DOCUMENT, checksum="c", size=7, vector_fingerprints={"edge/v": "f"}, failure=FAILURE)
    assert rows.ledger_entry(rows.ledger_row(whole)) == whole
    bare = entry(DOCUMENT)
    row = rows.ledger_row(bare)
    assert (row["vector_fingerprints"], row["failure"]) == ("", "") and rows.ledger_entry(row) == bare


def test_a_chunk_and_a_collection_come_back_from_their_rows():
    chunk = Chunk(id="c", section_id="s", order=1, start=2, end=3, checksum="x", tokens=4, embedding_version="v")
    row = rows.chunk_row(chunk, {"tag": "docs", "document_id": "d"})
    assert (row["tag"], row["document_id"]) == ("docs", "d") and rows.chunk(row) == chunk
    collection = Collection(tag="docs", root="/docs", started_ingest_id="1")
    assert rows.collection_row(collection)["id"] == "docs"
    assert rows.collection(rows.collection_row(collection)) == collection


def test_a_shared_entity_has_its_canonical_name_and_no_place_and_a_step_has_its_own():
    command = Entity(id="1", tag="docs", kind="Command", name=" fs  add ", section_id="s", order=3)
    assert rows.entity_row(command) == {"id": "1", "tag": "docs", "kind": "Command", "name": "fs add"}
    step = rows.entity_row(replace(command, kind="Step", instruction="Run it."))
    assert (step["section_id"], step["order"], step["instruction"]) == ("s", 3, "Run it.")


def test_exported_edges_are_sorted_by_their_key_and_name_both_ends():
    made = [rows.link_row("s2", "d", ""), rows.link_row("s1", "d", "b"), rows.link_row("s1", "d", "a")]
    exported = rows.export_edges(rows.LINKS_TO, made)
    assert [(row["from"], row["anchor"]) for row in exported] == [("s1", "a"), ("s1", "b"), ("s2", "")]
    assert {(row["from_label"], row["to_label"], row["confidence"]) for row in exported} == {
        ("Section", "Document", 1.0)
    }


def test_lists_are_canonical_json_and_a_section_names_each_link_target_once():
    assert rows.as_json({"b": 1, "a": "ü"}) == rows.as_json({"a": "ü", "b": 1}) == '{"a":"ü","b":1}'
    assert rows.section_row(DOCUMENT.sections[0])["links"] == '["b.md","c.md"]'
