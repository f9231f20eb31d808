"""Generates the JSON Schemas of the reports: `python -m wekadocs_assets.core.reports.schema` writes core/schemas.

Run it after a change of model.py. A test fails while the files differ from the classes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from wekadocs_assets.core.artifacts import codec
from wekadocs_assets.core.reports.model import DocumentReport, IngestReport

FOLDER = Path(__file__).parents[1] / "schemas"
TITLES = {IngestReport: "Report of an ingest", DocumentReport: "Report of one document of an ingest"}
FILES = {IngestReport: "ingest_report.schema.json", DocumentReport: "document_report.schema.json"}


def schema(kind: type[IngestReport] | type[DocumentReport]) -> dict[str, Any]:
    """JSON Schema 2020-12: every field is required, and no other field is allowed."""
    made: dict[str, Any] = _strict(codec(kind).json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": TITLES[kind]}


def as_text(kind: type[IngestReport] | type[DocumentReport]) -> str:
    """The content of the schema's file."""
    return json.dumps(schema(kind), ensure_ascii=False, indent=1) + "\n"


def _strict(node: Any) -> Any:
    """Fields have no default in a report, and their titles would only repeat their names."""
    if isinstance(node, list):
        return [_strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "properties" not in node:
        return {name: _strict(value) for name, value in node.items()}
    fields = {name: _field(value) for name, value in node["properties"].items()}
    rest = {name: _strict(value) for name, value in node.items() if name not in ("properties", "required")}
    return {**rest, "properties": fields, "required": list(fields), "additionalProperties": False}


def _field(node: dict[str, Any]) -> Any:
    return _strict({name: value for name, value in node.items() if name not in ("title", "default")})


if __name__ == "__main__":
    for report, name in FILES.items():
        (FOLDER / name).write_text(as_text(report), "utf-8")
