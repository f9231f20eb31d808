"""A document by its name, and what the stores contain of it."""

import pytest
from handmade_plans import entry
from memory_pipeline import TAG, MemoryIndex

from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.reports.stored_document import find, inspect

PAGE = b"# Gates\n\n[Pumps](b.md).\n\n## Open\n\n1. Run `gatectl open --force`.\n2. Wait for it.\n"


@pytest.fixture(scope="module")
def index() -> MemoryIndex:
    made = MemoryIndex({"guide/gates.md": PAGE})
    made.run(made.planned())
    made.graph.write_ledger([entry("faq/gates.md"), entry("guide/gates.md", tag="old"), entry("Zoo/Pumps.md")])
    return made


def found(index: MemoryIndex, name: str, tag: str = "") -> tuple[str, str]:
    one = find(index.pipeline, name, tag)
    return one.tag, one.source_uri


def test_a_document_is_found_by_path_end_of_path_id_and_partition(index):
    assert found(index, "faq/gates.md") == ("docs", "faq/gates.md")
    assert found(index, "Pumps.md") == ("docs", "Zoo/Pumps.md")
    assert found(index, "guide/gates.md", TAG) == ("docs", "guide/gates.md")
    assert found(index, ids.document_id("old", "guide/gates.md")) == ("old", "guide/gates.md")
    assert found(index, "docs/guide/gates.md") == ("docs", "guide/gates.md")


def test_several_documents_and_none_are_refused_with_their_names(index):
    with pytest.raises(ConfigurationError, match="'guide/gates.md' is 2 documents: docs: .*, old: "):
        find(index.pipeline, "guide/gates.md", "")
    with pytest.raises(ConfigurationError, match="no document 'pumps.md'") as refused:
        find(index.pipeline, "pumps.md", "")
    assert refused.value.hint == "perhaps Zoo/Pumps.md"
    with pytest.raises(ConfigurationError) as refused:
        find(index.pipeline, "absent", "")
    assert "export" in refused.value.hint


def test_sections_come_in_reading_order_with_lists_and_chunks(index):
    shown = inspect(index.pipeline, find(index.pipeline, "guide/gates.md", TAG))
    assert shown["document"]["title"] == "Gates" and shown["ledger"]["source_uri"] == "guide/gates.md"
    assert [(row["title"], row["heading_path"], row["links"]) for row in shown["sections"]] == [
        ("Gates", ["Gates"], ["b.md"]),
        ("Open", ["Gates", "Open"], []),
    ]
    assert [chunk["section_id"] for chunk in shown["chunks"]] == [row["id"] for row in shown["sections"]]


def test_steps_name_their_procedure_and_mentions_are_no_edges(index):
    shown = inspect(index.pipeline, find(index.pipeline, "guide/gates.md", TAG))
    (procedure,) = (row for row in shown["entities"] if row["kind"] == "Procedure")
    steps = [row for row in shown["entities"] if row["kind"] == "Step"]
    assert len(steps) == 2 and {row["procedure_id"] for row in steps} == {procedure["id"]}
    assert procedure["id"] in {row["entity_id"] for row in shown["mentions"]}
    assert "MENTIONS" not in {row["type"] for row in shown["edges"]} and "EXECUTES" in {
        e["type"] for e in shown["edges"]
    }


def test_a_document_that_only_failed_has_a_ledger_and_nothing_else(index):
    shown = inspect(index.pipeline, find(index.pipeline, "Zoo/Pumps.md", ""))
    assert shown["document"] is None and not any(shown[part] for part in ("sections", "chunks", "entities", "edges"))
    assert shown["ledger"]["document_id"] == ids.document_id(TAG, "Zoo/Pumps.md")
