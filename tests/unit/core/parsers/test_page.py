"""Inlines are joined and stripped without a mark losing its text."""

from wekadocs_assets.core.parsers.page import Inline, Mark, join_inlines, strip_inline, table_row


def marked(inline: Inline) -> list[tuple[str, str]]:
    return [(mark.kind, inline.text[mark.start : mark.end]) for mark in inline.marks]


def test_joined_inlines_keep_their_marks_on_their_words():
    made = join_inlines([Inline("of a", (Mark("strong", 3, 4),)), Inline("b", (Mark("link", 0, 1, "b.md"),))], " ")
    assert made.text == "of a b" and marked(made) == [("strong", "a"), ("link", "b")]
    assert made.marks[1].info == "b.md" and join_inlines([]) == Inline("")


def test_a_row_marks_each_cell_with_the_header_of_its_column():
    row = table_row([Inline("1"), Inline(""), Inline("x", (Mark("strong", 0, 1),))], ["A", "B"])
    assert (row.inline.text, row.info) == ("1 |  | x", "")
    cells = [mark for mark in row.inline.marks if mark.kind == "table_cell"]
    assert [(cell.info, row.inline.text[cell.start : cell.end]) for cell in cells] == [("A", "1"), ("B", ""), ("", "x")]
    assert marked(row.inline)[-1] == ("strong", "x") and table_row([Inline("A")], header=True).info == "header"


def test_stripping_clips_marks_and_drops_those_of_white_space_only():
    made = strip_inline(Inline(" \nab  ", (Mark("strong", 0, 6), Mark("emphasis", 0, 2), Mark("table_cell", 4, 6))))
    assert made.text == "ab"
    assert made.marks == (Mark("strong", 0, 2), Mark("table_cell", 2, 2))
