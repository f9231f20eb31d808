"""The subgraph of a document is written with its ledger entry; what did not change is not written."""

from memory_pipeline import TAG, MemoryIndex

from wekadocs_assets.core import ids
from wekadocs_assets.core.planning.outcome import Outcome
from wekadocs_assets.core.recipe import EXTRACTED, GRAPH, PARSED, has_points

PAGE = b"# Gates\n\nOf gates.\n\n## Open\n\nRun `gatectl open --force`.\n"
UP_TO_GRAPH = (PARSED, EXTRACTED, GRAPH)


def written(index: MemoryIndex) -> Outcome:
    (outcome,) = index.run(index.planned(), *UP_TO_GRAPH)[GRAPH]
    return outcome


def sections(index: MemoryIndex) -> int:
    return index.graph.counts(TAG)["nodes"]["Section"]


def test_a_new_document_is_written_whole_and_current_in_the_ledger():
    index = MemoryIndex({"gates.md": PAGE})
    outcome = written(index)
    assert (outcome.status, outcome.facts["sections_added"], outcome.facts["nodes_added"]) == ("done", 2, 5)
    assert {row["name"] for row in index.graph.export("Command")} == {"gatectl open"} and sections(index) == 2
    (entry,) = index.graph.ledger()
    assert entry.graph_fingerprint == outcome.output and entry.checksum == ids.checksum(PAGE)


def test_of_an_edit_only_the_difference_is_written_and_a_lost_section_stays_for_now():
    index = MemoryIndex({"gates.md": PAGE})
    written(index)
    index.pages["gates.md"] = b"# Gates\n\nOf many gates.\n"
    facts = written(index).facts
    assert (facts["sections_modified"], facts["sections_removed"], facts["sections_added"]) == (1, 1, 0)
    assert facts["nodes_written"] == 1
    assert len(list(index.graph.export("Section"))) == 2


def test_other_bytes_that_give_the_same_graph_change_the_ledger_only():
    index = MemoryIndex({"gates.md": PAGE})
    written(index)
    index.pages["gates.md"] = PAGE.replace(b"\n", b"\r\n")
    assert written(index).status == "fresh"
    assert index.graph.ledger()[0].checksum == ids.checksum(index.pages["gates.md"])


def test_without_the_artifacts_before_it_a_document_is_blocked_by_the_first_that_is_missing():
    index = MemoryIndex({"gates.md": PAGE})
    planned = index.planned()
    assert index.run(planned, GRAPH)[GRAPH][0].error == f"waits for {PARSED}"
    assert index.run(planned, PARSED, GRAPH)[GRAPH][0].error == f"waits for {EXTRACTED}"
    assert index.graph.ledger() == []


def test_points_of_a_document_whose_text_changed_are_stale_from_now_on():
    index = MemoryIndex({"gates.md": PAGE})
    index.run(index.planned())
    index.pages["gates.md"] += b"More.\n"
    written(index)
    (entry,) = index.graph.ledger()
    (wanted,) = index.pipeline.recipe.indexes
    assert has_points(wanted, entry) and not index.pipeline.recipe.holds(wanted, entry)
    index.pages["gates.md"] = PAGE
    written(index)
    assert not index.pipeline.recipe.holds(wanted, index.graph.ledger()[0]), "its points may be half of the edit's"


def test_a_failure_of_an_earlier_stage_is_cleared():
    index = MemoryIndex({"gates.md": b"\xe4 is not UTF-8"})
    index.run(index.planned(), PARSED)
    assert index.graph.ledger()[0].failure
    index.pages["gates.md"] = PAGE
    written(index)
    assert index.graph.ledger()[0].failure is None


def test_sections_whose_document_node_was_deleted_by_hand_are_taken_over():
    index = MemoryIndex({"gates.md": PAGE})
    written(index)
    document = ids.document_id(TAG, "gates.md")
    index.graph._drop_nodes({("Document", document)})
    del index.graph._ledger[document]
    index.pages["gates.md"] = b"# Gates\n\nOf gates.\n"
    assert written(index).facts["sections_removed"] == 1
    assert index.graph.orphans(TAG) == {} and sections(index) == 2
