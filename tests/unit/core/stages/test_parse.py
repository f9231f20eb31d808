"""A file becomes the artifact of its parse result, once, and only from the bytes that were planned."""

from memory_pipeline import MemoryIndex

from wekadocs_assets.core import artifacts
from wekadocs_assets.core.planning.outcome import Outcome
from wekadocs_assets.core.recipe import PARSED, PLAN
from wekadocs_assets.core.stages.parse import PREVIEW_CHARACTERS

PAGE = b"# Gates\n\nOf gates.\n\n## Open\n\nRun `gatectl open`.\n"


def parsed(index: MemoryIndex) -> Outcome:
    (outcome,) = index.run(index.planned(), PARSED)[PARSED]
    return outcome


def test_a_page_is_parsed_and_its_facts_and_beginning_are_shown():
    index = MemoryIndex({"gates.md": PAGE})
    outcome = parsed(index)
    assert (outcome.status, outcome.facts["title"], outcome.facts["sections"], outcome.facts["bytes"]) == (
        "done", "Gates", 2, len(PAGE),
    )  # fmt: skip
    assert outcome.preview == "# Gates\n\nOf gates.\n\n## Open\n\nRun gatectl open." and outcome.inputs.keys() == {PLAN}
    document = artifacts.load_document(index.artifacts.read(PARSED, "docs/gates.md"))
    assert [section.title for section in document.sections] == ["Gates", "Open"]


def test_a_long_page_is_previewed_by_its_beginning():
    outcome = parsed(MemoryIndex({"gates.md": b"# Gates\n\n" + b"word " * 1_000}))
    assert len(outcome.preview) == PREVIEW_CHARACTERS


def test_a_page_that_was_parsed_is_fresh_and_its_file_is_not_read():
    index = MemoryIndex({"gates.md": PAGE})
    planned = index.planned()
    (first,) = index.run(planned, PARSED)[PARSED]
    del index.pages["gates.md"]
    (again,) = index.run(planned, PARSED)[PARSED]
    assert (again.status, again.output) == ("fresh", first.output)


def test_a_page_that_changes_while_the_ingest_runs_fails_and_is_tried_again():
    index = MemoryIndex({"gates.md": PAGE})
    planned = index.planned()
    index.pages["gates.md"] = PAGE + b"\nMore.\n"
    (outcome,) = index.run(planned, PARSED)[PARSED]
    assert (outcome.status, outcome.permanent) == ("failed", False) and "changed" in outcome.error
    assert parsed(index).status == "done"


def test_a_page_that_cannot_be_read_fails_permanently_and_the_ledger_keeps_the_reason():
    index = MemoryIndex({"bad.md": b"\xe4 is not UTF-8", "gates.md": PAGE})
    outcomes = {one.document.source_uri: one for one in index.run(index.planned(), PARSED)[PARSED]}
    assert outcomes["gates.md"].status == "done"
    assert outcomes["bad.md"].status == "failed" and outcomes["bad.md"].permanent and outcomes["bad.md"].hint
    (entry,) = index.graph.ledger()
    assert (entry.source_uri, entry.failure.stage, entry.failure.error) == ("bad.md", PARSED, outcomes["bad.md"].error)


def test_repairs_and_warnings_are_facts():
    index = MemoryIndex({"a.md": b"# A\n\n| lone |\n", "empty.md": b""})
    outcomes = {one.document.source_uri: one for one in index.run(index.planned(), PARSED)[PARSED]}
    assert outcomes["a.md"].facts["repairs"] == 1
    assert outcomes["a.md"].facts["repaired: pipe signs around a single line were dropped"] == 1
    assert outcomes["empty.md"].facts["warning"] and not outcomes["a.md"].facts["warning"]


def test_a_page_that_cannot_be_parsed_blocks_what_comes_after_it_and_no_other_page():
    index = MemoryIndex({"bad.md": b"\xe4 is not UTF-8", "gates.md": PAGE})
    found = {asset: sorted(one.status for one in outcomes) for asset, outcomes in index.run(index.planned()).items()}
    assert found.pop(PARSED) == ["done", "failed"]
    assert len(found) == 4 and all(statuses == ["blocked", "done"] for statuses in found.values())
