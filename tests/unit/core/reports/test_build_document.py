"""The report of one document: its version, how its sections changed, its share of the work, its errors."""

from dataclasses import replace

from memory_pipeline import TAG, MemoryIndex

from wekadocs_assets.core import ids
from wekadocs_assets.core.models import Collection
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.recipe import EMBEDDED, GRAPH, POINTS
from wekadocs_assets.core.reports.files import read_document_report
from wekadocs_assets.core.reports.model import DocumentReport

PAGE = b"# Gates\n\nOf gates.\n\n## Open\n\nRun `gatectl open --force`.\n"
EDITED = PAGE.replace(b"Of gates", b"Of many gates") + b"\n## Close\n\nShut it.\n"


def report_of(index: MemoryIndex, uri: str) -> DocumentReport | None:
    return read_document_report(index.reports, ids.job_id(TAG, uri, ids.checksum(index.pages[uri])))


class Asking(MemoryIndex):
    @property
    def pipeline(self) -> Pipeline:
        return replace(super().pipeline, sample_queries={TAG: ("how to open with gatectl", "zeppelin")})


def test_a_new_document_has_its_title_its_sections_and_its_work():
    index = MemoryIndex({"gates.md": PAGE})
    index.ingest()
    report = report_of(index, "gates.md")
    assert (report.doc.title, report.doc.sections, report.tag, report.ingest_id) == ("Gates", 2, TAG, "ingest-1")
    assert (report.diff.added, report.diff.modified, report.diff.removed, report.diff.unchanged) == (2, 0, 0, 0)
    assert (report.work.documents_parsed, report.work.chunks_embedded, report.vector.points) == (1, 2, 2)
    assert report.ready_for_queries and report.errors == () and report.memoized == ()
    assert list(report.timings_ms) == ["PARSING", "EXTRACTING", "GRAPHING", "EMBEDDING", "VECTORS"]


def test_an_edit_tells_which_sections_changed_and_what_was_reused():
    index = MemoryIndex({"gates.md": PAGE})
    index.ingest()
    index.pages["gates.md"] = EDITED
    index.ingest()
    report = report_of(index, "gates.md")
    assert (report.diff.added, report.diff.modified, report.diff.removed, report.diff.unchanged) == (1, 1, 0, 1)
    assert (report.work.chunks_embedded, report.work.chunks_reused, report.graph.sections_total) == (2, 1, 3)


def test_a_document_that_fails_has_each_error_with_its_stage_and_is_not_found():
    index = MemoryIndex({"bad.md": b"\xe4 is not UTF-8"})
    index.ingest()
    report = report_of(index, "bad.md")
    assert report.errors[0].stage == "parsed_documents" and report.errors[0].hint
    assert {error.error for error in report.errors[1:]} == {"waits for parsed_documents"}
    assert not report.ready_for_queries and report.doc.sections == 0


def test_stages_that_skipped_a_document_are_memoized():
    index = MemoryIndex({"gates.md": PAGE})
    index.run(index.planned())
    index.pages["gates.md"] = PAGE.replace(b"\n", b"\r\n")
    index.ingest()
    assert {GRAPH, EMBEDDED, POINTS} <= set(report_of(index, "gates.md").memoized)


def test_a_sample_query_is_in_the_report_of_the_document_that_answers_it():
    index = Asking({"gates.md": PAGE, "pumps.md": b"# Pumps\n\nOf pumps.\n"})
    index.graph.save_collection(Collection(tag=TAG, root="/docs"))
    index.ingest()
    assert [sample.q for sample in report_of(index, "gates.md").sample_queries] == ["how to open with gatectl"]
    assert report_of(index, "pumps.md").sample_queries == ()
