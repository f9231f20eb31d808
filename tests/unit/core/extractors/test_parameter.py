"""Parameter: placeholders, positional arguments and short options of commands."""

from __future__ import annotations

from handmade_pages import code, names, table


def test_placeholders_and_short_options_of_a_synopsis_are_parameters():
    assert names("Parameter", code("$ acme fs add <fs-name> [group] -f [--size <bytes>]")) == {"fs-name", "group", "f"}


def test_a_positional_row_of_a_parameter_table_is_a_parameter():
    page = code("$ acme fs add <fs-name>") + table(
        ["Parameter", "Description"], ["fs-name*", "Its name."], ["`-v`", "More words."]
    )
    assert names("Parameter", page) == {"fs-name", "v"}
