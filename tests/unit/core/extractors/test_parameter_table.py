"""Rows of parameter tables: which tables count, and what a row says of a name."""

import pytest
from handmade_pages import document, heading, paragraph, table

from wekadocs_assets.core.extractors.leaves import leaves_of
from wekadocs_assets.core.extractors.parameter_table import ParameterRow, parameter_rows


def rows(*parts) -> list[ParameterRow]:
    return list(parameter_rows([leaf for section in document(*parts).sections for leaf in leaves_of(section)]))


def names(*parts) -> list[str]:
    return [row.name for row in rows(*parts)]


@pytest.mark.parametrize(
    ("headers", "counts"),
    [
        (["Option", "Description"], True),
        (["Mount option", "Meaning"], True),
        (["Name", "Default"], True),
        (["Name", "Description"], False),
        (["Server", "Default"], False),
        (["Option"], False),
    ],
)
def test_a_table_counts_by_its_headers(headers, counts):
    assert names(table(headers, ["size", "how much"][: len(headers)])) == (["size"] if counts else [])


def test_a_table_of_names_counts_below_a_heading_or_sentence_about_parameters():
    plain = table(["Name", "Description"], ["size", "how much"])
    assert names(heading("Options of acme"), plain) == ["size"]
    assert names(heading("Acme"), paragraph("It has these parameters:"), plain) == ["size"]
    assert names(heading("Acme"), paragraph("It has these parts:"), plain) == []


def test_a_row_says_required_default_and_type():
    made = table(
        ["Parameter", "Type", "Required", "Default"], ["--size", "int", "Yes", "10"], ["zone *", "str", "", ""]
    )
    size, zone = rows(made)
    assert (size.name, size.dashes, size.required, size.default, size.type) == ("size", 2, True, "10", "int")
    assert (zone.name, zone.dashes, zone.required, zone.default, zone.type) == ("zone", 0, True, "", "str")
    assert size.leaf.section.text[size.start : size.end] == "size"


def test_a_default_is_also_read_from_the_description():
    (row,) = rows(table(["Option", "Description"], ["size", "How much. The default is 10."]))
    assert row.default == "10" and not row.required


def test_a_cell_may_hold_several_names_and_a_description_holds_none():
    made = table(
        ["Option", "Description"], ["-h, --help", "x"], ["a, b", "x"], ["any of these words", "x"], ["n/a", "x"]
    )
    assert names(made) == ["h", "help", "a", "b"]


def test_each_of_two_tables_one_after_the_other_counts_by_itself():
    assert names(table(["Option", "Use"], ["size", "x"]), table(["Server", "Default"], ["node", "x"])) == ["size"]
