"""Reports keep to the schemas that ship, and say in Markdown what they say in JSON."""

import json
from importlib.resources import files

import jsonschema
import pytest

from wekadocs_assets.core.artifacts import codec
from wekadocs_assets.core.reports.markdown import document_markdown, ingest_markdown
from wekadocs_assets.core.reports.model import DocumentReport, IngestReport, as_data

SCHEMAS = {
    name: json.loads(files("wekadocs_assets.core").joinpath(f"schemas/{name}.schema.json").read_text())
    for name in ("ingest_report", "document_report")
}


@pytest.fixture
def reports(place) -> list[dict]:
    """Of an ingest with a good, a damaged, an empty and a bad document, and of one that has an edit and a deletion."""
    place.write("good.md")
    place.write("gone.md")
    (place.docs / "damaged.md").write_text("# T\n\n```\nnever closed\n\n## Next | part\n\nWords.\n")
    (place.docs / "empty.md").write_bytes(b"")
    (place.docs / "bad.md").write_bytes(b"\x00\x00")
    place.run()
    place.write("good.md", body="Edited.")
    (place.docs / "gone.md").unlink()
    place.run()
    folder = place.docs.parent / "reports" / "ingest"
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*/ingest_report.json"))]


def test_every_report_is_valid(reports):
    kinds = {"ingest_report": [], "document_report": []}
    for report in reports:
        kinds["document_report" if "job_id" in report else "ingest_report"].append(report)
    assert len(kinds["ingest_report"]) == 2 and len(kinds["document_report"]) >= 6
    for kind, found in kinds.items():
        jsonschema.Draft202012Validator.check_schema(SCHEMAS[kind])
        for report in found:
            jsonschema.validate(report, SCHEMAS[kind])


def test_a_report_that_is_read_and_written_again_is_the_same(reports):
    for report in reports:
        kind = DocumentReport if "job_id" in report else IngestReport
        again = as_data(codec(kind).validate_python(report))
        assert json.dumps(again) == json.dumps(report), "the order of the keys counts too"


def test_a_report_says_what_was_repaired_what_warns_and_what_failed(reports):
    first = next(r for r in reports if r.get("documents", {}).get("ingested", 0) >= 3)
    assert sum(first["repairs"].values()) >= 1
    assert [w["source_uri"] for w in first["warnings"]] == ["empty.md"]
    assert [e["source_uri"] for e in first["errors"]] == ["bad.md"]
    assert first["ready_for_queries"] is False and "bad.md" in first["ready_reason"]


def test_the_markdown_names_every_error_and_shows_the_totals(reports):
    for report in reports:
        if "job_id" in report:
            assert report["doc"]["source_uri"] in document_markdown(codec(DocumentReport).validate_python(report))
            continue
        text = ingest_markdown(codec(IngestReport).validate_python(report))
        assert all(error["source_uri"] in text for error in report["errors"])
        assert str(report["vector"]["points"]) in text and report["ingest_id"] in text


def test_a_document_report_tells_how_its_sections_changed(reports):
    edited = [r for r in reports if r.get("job_id") and r["doc"]["source_uri"] == "good.md" and r["diff"]["modified"]]
    assert [r["diff"] for r in edited] == [{"added": 0, "modified": 1, "removed": 0, "unchanged": 2}]
