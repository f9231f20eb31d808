"""The JSON Schemas that ship are those of the report classes."""

import pytest

from wekadocs_assets.core.reports.schema import FILES, FOLDER, as_text, schema


@pytest.mark.parametrize("kind", FILES, ids=lambda kind: kind.__name__)
def test_the_shipped_schema_is_generated_from_the_class(kind):
    shipped = (FOLDER / FILES[kind]).read_text("utf-8")
    assert shipped == as_text(kind), "run: python -m wekadocs_assets.core.reports.schema"


@pytest.mark.parametrize("kind", FILES, ids=lambda kind: kind.__name__)
def test_every_field_is_required_and_no_other_one_is_allowed(kind):
    made = schema(kind)
    for node in (made, *made["$defs"].values()):
        assert node["additionalProperties"] is False and node["required"] == list(node["properties"])
        assert not any({"title", "default"} & field.keys() for field in node["properties"].values())
