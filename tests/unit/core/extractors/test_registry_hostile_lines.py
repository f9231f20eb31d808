"""Lines of 300 kB: what stands around them is found, and a mechanism that is quadratic would take minutes (no clock is read)."""

from __future__ import annotations

import pytest
from handmade_pages import bullets, code, document, heading, names, numbered, paragraph, table

from wekadocs_assets.core.extractors.registry import extract
from wekadocs_assets.core.models import Vocabulary
from wekadocs_assets.core.parsers import page as blocks

SIZE = 300_000


def long(unit: str, size: int = SIZE) -> str:
    return (unit * (size // len(unit) + 1))[:size]


@pytest.mark.parametrize(
    "unit", [" ", "\t", " \t", "}" + " " * 9, "word ", "--a <b> ", "(a) ", "${", "$((", "| a ", "if ", "'", '"']
)
def test_commands_around_a_long_line_of_code_are_found(unit):
    page = code(f"$ acme node list --all\nx{long(unit)}y\n$ acme node show --one")
    assert names("Command", page) >= {"acme node list", "acme node show"}


@pytest.mark.parametrize(
    "line", [long(" ") + "y", long("\t") + "y", "}" + long(" ") + "y"], ids=["blanks", "tabs", "bracket"]
)
def test_settings_around_a_long_line_are_found(line):
    assert names("Configuration", code(f"size = 1\nzone = 2\nroot = 3\n{line}\nend = 4")) >= {"size", "zone", "root"}


@pytest.mark.parametrize("unit", [" ", "\t", "--a <b> ", "<a> ", "(a) ", "word ", "a / b ", "${"])
def test_a_long_stretch_of_inline_code_is_read_as_no_command_and_its_neighbours_are(unit):
    page = paragraph(f"Run `acme node list --all`, not `acme{long(unit)}x`.")
    assert "acme node list" in names("Command", page)


def test_options_of_a_long_line_are_found_though_the_line_is_no_command():
    assert names("Configuration", code("weka " + long("--alpha <b> --beta "))) >= {"alpha", "beta"}


def test_a_command_continued_over_many_lines_keeps_all_its_parameters():
    lines = "".join(f"  --option-{number} <value> \\\n" for number in range(20_000))
    found = extract(document(code(f"$ acme node set <name> \\\n{lines}  -v")), Vocabulary())
    assert sum(edge.type == "HAS_PARAMETER" for edge in found.edges) > 20_000


@pytest.mark.parametrize("unit", ["sudo ", "if ", "A=1 "])
def test_leading_words_continued_over_many_lines_are_dropped(unit):
    assert names("Command", code("$ " + f"{unit}\\\n" * 100_000 + "mktemp -d")) == {"mktemp"}


def test_many_heredocs_that_are_never_closed_hide_nothing():
    text = "\n".join(f"cat <<END{number}" for number in range(30_000))
    assert names("Command", code(f"{text}\nreboot --now", "bash")) == {"cat", "reboot"}


@pytest.mark.slow
def test_many_marks_in_one_run_of_blanks_are_passed_over():
    marks = tuple(blocks.Mark("inline_code", at, at + 1) for at in range(10, 300_000, 6))
    page = [blocks.Leaf("paragraph", blocks.Inline("x" + " " * 300_000 + "--size", marks))]
    assert names("Configuration", page) == {"size"}


@pytest.mark.parametrize("unit", ["how ", "follow these steps ", "word ", "A", " "])
def test_a_long_heading_and_a_long_lead_in_leave_the_procedure_below_them(unit):
    page = [*heading(f"How{long(unit)}x"), *paragraph(f"Do{long(unit)}this: now"), *numbered("Stop it.", "Start it.")]
    assert len(extract(document(page), Vocabulary()).entities) >= 3


def test_the_text_before_many_blocks_and_bullets_is_read_once():
    blocks_of_code = [block for _ in range(5_000) for block in code("x: 1", "yaml")]
    page = [*paragraph(f"{long('word ')} for example:"), *blocks_of_code]
    assert len(names("Example", page)) == 1
    page = [*paragraph(f"{long('word ')} options:"), *bullets(*["`size`: how much"] * 5_000)]
    assert names("Configuration", page) == {"size"}


@pytest.mark.parametrize("filling", [" ", "a,", "word "])
def test_a_long_cell_of_a_parameter_table_leaves_the_other_rows(filling):
    page = table(["Option", "Description"], [f"a,{long(filling, 200_000)}b", long("word ")], ["`--size`", "x"])
    assert "size" in names("Configuration", page)
