"""The five stages on in-memory stores: what each makes of a page, what blocks it, and that nothing is done twice."""

from memory_pipeline import STAGES, MemoryIndex

from wekadocs_assets.core.recipe import EMBEDDED, EXTRACTED, GRAPH, PARSED, POINTS

PAGE = b"# Gates\n\nOf gates.\n\n## Open\n\nRun `gatectl open --force`.\n"
BROKEN = b"\xe4 is not UTF-8"


def statuses(index: MemoryIndex) -> dict[str, list[str]]:
    return {asset: [one.status for one in outcomes] for asset, outcomes in index.run(index.planned()).items()}


def test_a_page_comes_through_every_stage_once():
    index = MemoryIndex({"gates.md": PAGE})
    assert statuses(index) == {asset: ["done"] for asset in STAGES}
    assert index.graph.counts("docs")["nodes"]["Section"] == 2
    assert index.vectors.count(index.version, "docs") == 2
    assert {row["name"] for row in index.graph.export("Command")} == {"gatectl open"}
    assert not index.planned().work


def test_a_stage_whose_artifact_is_there_is_fresh():
    index = MemoryIndex({"gates.md": PAGE})
    planned = index.planned()
    index.run(planned)
    again = index.run(planned)
    assert {one.status for outcomes in again.values() for one in outcomes} == {"fresh"}


def test_a_page_that_cannot_be_parsed_blocks_what_comes_after_it_and_no_other_page():
    index = MemoryIndex({"bad.md": BROKEN, "gates.md": PAGE})
    found = statuses(index)
    assert sorted(found[PARSED]) == ["done", "failed"]
    for asset in (EXTRACTED, GRAPH, EMBEDDED, POINTS):
        assert sorted(found[asset]) == ["blocked", "done"], asset


def test_a_page_that_changes_while_the_ingest_runs_fails_and_is_tried_again():
    index = MemoryIndex({"gates.md": PAGE})
    planned = index.planned()
    index.pages["gates.md"] = PAGE + b"\nMore.\n"
    (outcome,) = index.run(planned, PARSED)[PARSED]
    assert (outcome.status, outcome.permanent) == ("failed", False) and "changed" in outcome.error
    assert statuses(index)[POINTS] == ["done"]


def test_an_edit_encodes_only_the_new_text():
    index = MemoryIndex({"gates.md": PAGE})
    index.run(index.planned())
    index.pages["gates.md"] = PAGE.replace(b"Of gates.", b"Of many gates.")
    (outcome,) = index.run(index.planned())[EMBEDDED]
    assert outcome.facts["encoded"] == 1 and outcome.facts["reused"] == 1
