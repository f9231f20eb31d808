"""The text of a Markdown block: words, marks, and the tags between them."""

import pytest

from wekadocs_assets.core.parsers.embedded_html import Tag
from wekadocs_assets.core.parsers.markdown_inline import InlineReader, Template
from wekadocs_assets.core.parsers.markdown_rules import markdown_parser
from wekadocs_assets.core.parsers.page import Inline


def read(text: str):
    return InlineReader(markdown_parser(), {}).read(text)


def marked(text: str) -> tuple[str, list[tuple[str, str, str]]]:
    inline = read(text).inline()
    return inline.text, [(mark.kind, inline.text[mark.start : mark.end], mark.info) for mark in inline.marks]


@pytest.mark.parametrize(
    ("text", "visible", "marks"),
    [
        ("a **b** *c*", "a b c", [("strong", "b", ""), ("emphasis", "c", "")]),
        ("[**b** x](c.md#d)", "b x", [("link", "b x", "c.md#d"), ("strong", "b", "")]),
        ("![alt](x.png)", "alt", [("image", "alt", "x.png")]),
        ("<b>x</b> <kbd>y</kbd>", "x y", [("strong", "x", ""), ("inline_code", "y", "")]),
        ("`&#60;a` &lt;", "<a <", [("inline_code", "<a", "")]),
        ("to`code`more", "to code more", [("inline_code", "code", "")]),
        ("<name> stays", "<name> stays", []),
        ("<https://host/x>", "https://host/x", [("link", "https://host/x", "https://host/x")]),
    ],
)
def test_marks_are_on_their_words(text, visible, marks):
    assert marked(text) == (visible, marks)


def test_a_short_line_keeps_its_break_and_wrapped_prose_is_joined():
    assert read("*short*\nline").inline().text == "short\nline"
    assert read("*" + "word " * 12 + "end*\nline").inline().text.endswith("end line")


def test_block_tags_and_templates_are_pieces_and_open_marks_go_on_behind_them():
    pieces = read('**a<td>b** {% hint style="x" %} c').pieces
    assert [type(piece) for piece in pieces] == [Inline, Tag, Inline, Template, Inline]
    assert [piece.marks[0].kind for piece in (pieces[0], pieces[2])] == ["strong", "strong"]
    assert pieces[3] == Template('hint style="x"')


def test_the_anchor_is_the_first_id_of_a_link():
    assert read("<a id='x'></a><a name='y'></a> text").anchor == "x" and read("<a href='b'>c</a>").anchor == ""


def test_many_open_brackets_are_text():
    assert read("[" * 400 + "*x*").inline().text == "[" * 400 + "x"
