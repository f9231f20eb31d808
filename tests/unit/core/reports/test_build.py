"""The report of an ingest on in-memory stores: counts from the stores, errors by name, one report for each document."""

import json

from memory_pipeline import MemoryIndex

from wekadocs_assets.core import ids
from wekadocs_assets.core.recipe import GRAPH
from wekadocs_assets.core.reports.files import markdown_name, report_name
from wekadocs_assets.core.reports.model import as_data
from wekadocs_assets.core.stages.conclude import conclude

PAGE = b"# Gates\n\nOf gates.\n\n## Open\n\nRun `gatectl open --force`.\n"


def test_a_first_ingest_is_counted_from_the_stores():
    index = MemoryIndex({"gates.md": PAGE})
    report = index.ingest()
    assert report["documents"]["ingested"] == 1 and report["errors"] == []
    assert report["graph"]["documents"] == 1 and report["graph"]["nodes"]["Section"] == 2
    assert (report["vector"]["points"], report["vector"]["chunks"], report["drift_pct"]) == (2, 2, 0)
    assert report["chunks"] == {"embedded": 2, "reused": 0}
    assert (report["started_utc"], report["timestamp_utc"]) == ("1970-01-01T00:16:40Z", "1970-01-01T00:17:40Z")


def test_a_page_that_fails_is_named_with_stage_and_hint():
    report = MemoryIndex({"bad.md": b"\xe4 is not UTF-8", "gates.md": PAGE}).ingest()
    (error,) = report["errors"]
    assert (error["source_uri"], error["stage"], bool(error["hint"])) == ("bad.md", "parsed_documents", True)
    assert report["documents"]["failed"] == 1 and report["ready_for_queries"] is False


def test_a_page_that_a_stage_did_not_reach_is_blocked():
    index = MemoryIndex({"gates.md": PAGE})
    planned = index.planned()
    index.run(planned, GRAPH)
    report = as_data(conclude(index.pipeline, index.reports, planned, 1_060))
    (error,) = report["errors"]
    assert (error["stage"], error["error"]) == (GRAPH, "waits for parsed_documents")
    assert (report["documents"]["blocked"], report["documents"]["failed"]) == (1, 0)


def test_every_document_has_a_report_and_people_get_markdown():
    index = MemoryIndex({"gates.md": PAGE})
    index.ingest()
    job = ids.job_id("docs", "gates.md", ids.checksum(PAGE))
    document = json.loads(index.reports.read(report_name(job)))
    assert document["doc"]["source_uri"] == "gates.md" and document["doc"]["sections"] == 2
    assert index.reports.read(markdown_name("ingest-1")).decode().startswith("# Ingest of docs")
