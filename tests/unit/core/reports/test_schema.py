"""The JSON Schemas that ship are those of the report classes."""

import pytest

from wekadocs_assets.core.reports.schema import FILES, FOLDER, as_text


@pytest.mark.parametrize("kind", FILES, ids=lambda kind: kind.__name__)
def test_the_shipped_schema_is_generated_from_the_class(kind):
    shipped = (FOLDER / FILES[kind]).read_text("utf-8")
    assert shipped == as_text(kind), "run: python -m wekadocs_assets.core.reports.schema"
