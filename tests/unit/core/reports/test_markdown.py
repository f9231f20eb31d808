"""Reports as Markdown: the verdict, and tables of what is not empty."""

from dataclasses import replace

import pytest
from memory_pipeline import MemoryIndex

from wekadocs_assets.core import ids
from wekadocs_assets.core.checks.query_results import DerivedQueries, DerivedQuery, Evidence, SampleQuery
from wekadocs_assets.core.reports.files import read_document_report, read_ingest_report
from wekadocs_assets.core.reports.markdown import MAX_ROWS, document_markdown, ingest_markdown
from wekadocs_assets.core.reports.model import (
    DocumentError,
    DocumentReport,
    IngestReport,
    ReplicaState,
    ReportWarning,
    SwitchState,
)

PAGE = b"# Gates\n\nOf gates.\n"


@pytest.fixture(scope="module")
def index() -> MemoryIndex:
    made = MemoryIndex({"gates.md": PAGE})
    made.ingest()
    return made


@pytest.fixture
def report(index) -> IngestReport:
    return read_ingest_report(index.reports, "ingest-1")


@pytest.fixture
def document(index) -> DocumentReport:
    return read_document_report(index.reports, ids.job_id("docs", "gates.md", ids.checksum(PAGE)))


def error(uri: str, text: str = "broken | cell\nof two lines") -> DocumentError:
    return DocumentError(tag="docs", source_uri=uri, stage="parsed_documents", error=text, hint="repair it")


def test_a_report_without_errors_says_so_and_has_no_empty_table(report):
    text = ingest_markdown(report)
    assert text.startswith("# Ingest of docs\n\nAll documents are up to date. Drift between graph and vectors: 0.0 %.")
    assert "| documents parsed | 1 |" in text and "points deleted" not in text
    assert "## Errors" not in text and "## Replica stores" not in text and text.endswith("|\n")


def test_errors_warnings_and_what_waits_are_named(report):
    text = ingest_markdown(
        replace(
            report,
            errors=(error("bad.md"),),
            warnings=(ReportWarning("docs", "odd.md", "no text"),),
            waiting=("slow.md",),
            ready_for_queries=False,
            ready_reason="1 documents are missing",
        )
    )
    assert "**1 documents failed**" in text and "Ready for queries: **no** (1 documents are missing)." in text
    assert "| bad.md | parsed_documents | broken \\| cell of two lines | repair it |" in text
    assert "| odd.md | no text |" in text and text.rstrip().endswith("up to date: slow.md")


def test_a_long_table_is_cut_and_says_how_much_is_left(report):
    text = ingest_markdown(replace(report, errors=tuple(error(f"{n}.md") for n in range(MAX_ROWS + 2))))
    assert f"| {MAX_ROWS - 1}.md |" in text and f"| {MAX_ROWS}.md |" not in text and "… and 2 more" in text


def test_queries_show_their_evidence_and_those_that_failed(report):
    samples = (
        SampleQuery(tag="docs", q="how", confidence=0.9, evidence=(Evidence("s", "gates.md › Gates", "Of gates."),)),
        SampleQuery(tag="docs", q="why", confidence=0.1, evidence=()),
    )
    missed = DerivedQuery(q="what", section_id="s", confidence=0.2, found=False)
    derived = DerivedQueries(tag="docs", asked=2, found=1, confidence=0.5, questions=(missed,))
    text = ingest_markdown(replace(report, sample_queries=samples, derived_queries=(derived,)))
    assert (
        "| docs | how | 0.9 | gates.md › Gates | Of gates. |" in text and "| docs | why | 0.1 | **nothing** |" in text
    )
    assert "| docs | 2 | 1 | 0 | 0.5 |" in text and "| docs | what | 0.2 |" in text


def test_a_switch_and_a_replica_store_are_shown(report):
    replica = ReplicaState(store="neo4j", points=1, missing=2, stale=3, foreign=4, problem="away")
    vector = replace(report.vector, switch=SwitchState("model.c64", 2, ("docs: a.md",)), mirrors=(replica,))
    text = ingest_markdown(replace(report, vector=vector))
    assert "Version `model.c64` is being filled" in text and "until 2 more documents are embedded: docs: a.md" in text
    assert "| neo4j | 1 | 2 | 3 | 4 | away |" in text


def test_a_document_is_shown_with_its_sections_work_and_errors(document):
    text = document_markdown(document)
    assert text.startswith("# Gates\n\n`gates.md` in collection `docs`, job `")
    assert "| added | 1 |" in text and "| points | 1 |" in text and "| chunks embedded | 1 |" in text
    assert "| parsed_documents | broken \\| cell" in document_markdown(replace(document, errors=(error("gates.md"),)))
    untitled = replace(document, doc=replace(document.doc, title=""))
    assert document_markdown(untitled).startswith("# gates.md\n")
