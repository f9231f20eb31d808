"""The content of an index as tables: the active version only, and nothing that depends on time or place."""

import pytest
from memory_indexes import switching
from memory_pipeline import MemoryIndex

from wekadocs_assets.core.reports.export import COLUMNS, tables

PAGES = {
    "b.md": b"# Pumps\n\nOf pumps, see [gates](a.md).\n",
    "a.md": b"# Gates\n\nOf gates.\n\n## Open\n\nRun `gatectl open --force`.\n",
}


@pytest.fixture
def index() -> MemoryIndex:
    made = MemoryIndex(dict(PAGES))
    made.run(made.planned())
    return made


def test_every_table_has_its_columns_and_is_sorted(index):
    found = dict(tables(index.pipeline))
    assert list(found) == list(COLUMNS)
    for name, rows in found.items():
        assert all(tuple(row) == COLUMNS[name] for row in rows), name
        assert rows == sorted(rows, key=lambda row: tuple(str(row[c]) for c in COLUMNS[name] if c != "vector")), name
    assert {name: len(rows) for name, rows in found.items()} | {"relationships": 0} == {
        "documents": 2, "sections": 3, "chunks": 3, "entities": 2, "mentions": 2, "relationships": 0, "points": 3,
    }  # fmt: skip


def test_lists_are_lists_and_a_mention_names_its_entity(index):
    found = dict(tables(index.pipeline))
    assert ["Gates", "Open"] in [row["heading_path"] for row in found["sections"]]
    assert [row["links"] for row in found["sections"] if row["links"]] == [["a.md"]]
    (command,) = (row for row in found["entities"] if row["kind"] == "Command")
    assert command["id"] in {row["entity_id"] for row in found["mentions"] if row["kind"] == "Command"}
    assert found["points"][0]["vector"].shape == (index.embedder.dimensions,)


def test_two_indexes_of_the_same_pages_export_the_same(index):
    other = MemoryIndex(dict(reversed(PAGES.items())))
    other.run(other.planned())
    for (name, rows), (_, others) in zip(tables(index.pipeline), tables(other.pipeline), strict=True):
        plain = [[{k: v for k, v in row.items() if k != "vector"} for row in table] for table in (rows, others)]
        assert plain[0] == plain[1], name


def test_a_document_that_only_failed_is_left_out(index):
    index.pages["bad.md"] = b"\xe4 is not UTF-8"
    index.run(index.planned())
    assert [row["source_uri"] for row in dict(tables(index.pipeline))["documents"]].count("bad.md") == 0
    assert {entry.source_uri for entry in index.graph.ledger()} == {"a.md", "b.md", "bad.md"}


def test_chunks_and_points_of_a_version_that_is_being_filled_are_left_out(index):
    filling = switching(index)
    filling.run(filling.planned())
    assert len(list(filling.vectors.scan(filling.target))) == 3
    found = dict(tables(filling.pipeline))
    assert {row["embedding_version"] for row in (*found["chunks"], *found["points"])} == {index.version}
    ends = [row["to"] for row in found["relationships"] if row["type"] == "HAS_CHUNK"]
    assert sorted(ends) == sorted(row["id"] for row in found["chunks"])
