"""Lines are repaired, and code is joined to the text in a way that the parser keeps in its list item."""

import pytest

from wekadocs_assets.core.parsers.markdown_fences import Line, Segment
from wekadocs_assets.core.parsers.markdown_lines import Source, assemble


def lines(*texts: str) -> list[Line]:
    return [Line(text, number) for number, text in enumerate(texts, 1)]


def text_of(*texts: str) -> Source:
    return assemble([Segment(lines=lines(*texts))])


@pytest.mark.parametrize(
    ("texts", "expected", "repair"),
    [
        (["| lone |"], ["lone"], "pipe signs"),
        (["1. | lone |"], ["1. lone"], "pipe signs"),
        (["a &#x26;lt; b"], ["a &lt; b"], "were decoded"),
        (["a &#xNAN; b"], ["a  b"], "broken character reference"),
        (["> " * 40 + "deep"], ["deep"], "nesting deeper"),
        (["<!-- never closed", "text"], [" never closed", "text"], "never ends"),
    ],
)
def test_damage_is_repaired_and_recorded_with_its_line(texts, expected, repair):
    source = text_of(*texts)
    assert source.lines == expected
    assert [line for what, line in ((r.what, r.line) for r in source.repairs) if repair in what] == [1]


def test_two_rows_of_a_table_keep_their_pipes():
    assert text_of("| a |", "| b |").lines == ["| a |", "| b |"]


def test_comments_and_scripts_are_blank_lines_so_that_numbers_stay():
    source = text_of("<!-- a", "b --> c", "<script>", "x", "</script>", "d")
    assert source.lines == ["", " c", "", "", "", "d"] and source.numbers == [1, 2, 3, 4, 5, 6]


def test_a_block_tag_is_set_apart_by_blank_lines():
    assert text_of("text", "</details>", "more").lines == ["text", "", "</details>", "", "more"]


def test_code_is_fenced_longer_than_any_fence_in_it():
    source = assemble([Segment(lines=lines("```", "x"), code=True, info="sh", number=7)])
    assert source.lines == ["````sh", "```", "x", "````"] and source.numbers == [7, 1, 2, 2]


def test_code_in_a_list_item_is_indented_to_its_content():
    item = Segment(lines=lines("1. Run:"))
    code = Segment(lines=lines("      ls"), code=True, lead="      ", number=2)
    assert assemble([item, code]).lines == ["1. Run:", "      ```", "      ls", "      ```"]
    far = Segment(lines=lines("        ls"), code=True, lead="        ", number=2)
    assert assemble([item, far]).lines == ["1. Run:", "   ```", "   ls", "   ```"]
