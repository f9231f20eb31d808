"""Error: messages and codes that a page shows as failures."""

from __future__ import annotations

from handmade_pages import code, heading, names, paragraph, table


def test_failing_lines_of_output_are_errors():
    found = names("Error", code("$ mount /x\nmount: /x: permission denied on it\nerror: the pool is busy\nall well"))
    assert found == {"error: the pool is busy"} or "error: the pool is busy" in found


def test_inline_code_that_a_sentence_calls_an_error_is_one():
    text = "If it fails with the error `no space left`, free some. The `status is fine` text is no failure."
    assert names("Error", paragraph(text)) == {"no space left"}


def test_the_error_column_of_a_table_holds_errors():
    assert names("Error", table(["Error", "Action"], ["Disk missing", "Add it."])) == {"Disk missing"}


def test_codes_in_a_section_about_errors_are_errors():
    assert names("Error", heading("Known errors"), paragraph("The page of ACM-8000-2Q says more.")) == {"ACM-8000-2Q"}
