"""The text of one HTML leaf: white space as a browser shows it, marks on their words."""

import pytest

from wekadocs_assets.core.parsers.html_inline import InlineBuilder, alternative_text, element_mark
from wekadocs_assets.core.parsers.html_tree import Element, parse_tree
from wekadocs_assets.core.parsers.page import Inline, Mark


def element(html: str) -> Element:
    tree, _ = parse_tree(f"<body>{html}</body>")
    return tree.find("body")[0]


@pytest.mark.parametrize(
    ("html", "mark"),
    [
        ("<code>x</code>", ("inline_code", "")),
        ("<b>x</b>", ("strong", "")),
        ("<a href=' b.html '>x</a>", ("link", "b.html")),
        ("<a href='#'>x</a>", None),
        ("<a href='javascript:x()'>x</a>", None),
        ("<a href='#x' class='headerlink'>x</a>", None),
        ("<a href='#x'>x</a>", ("link", "#x")),
        ("<span>x</span>", None),
    ],
)
def test_an_element_puts_its_mark(html, mark):
    assert element_mark(element(html)) == mark


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<img alt='Nodes of a  cluster' src='a.png'>", "Nodes of a cluster"),
        ("<img alt='Screenshot 3' src='a.png'>", ""),
        ("<img alt='nodes.png' src='a.png'>", ""),
        ("<img alt='cluster nodes' src='img/cluster-nodes.png'>", ""),
        ("<img src='a.png'>", ""),
    ],
)
def test_an_image_tells_only_what_its_name_does_not(html, text):
    assert alternative_text(element(html)) == text


def test_white_space_is_one_blank_and_none_at_the_edges():
    builder = InlineBuilder()
    for text in ("  a\n ", "b", " ", "c  "):
        builder.text(text)
    assert builder.take() == Inline("a b c") and builder.take() == Inline("")


def test_marks_nest_and_one_inside_another_of_its_kind_is_not_doubled():
    builder = InlineBuilder()
    builder.start(("link", "x"))
    builder.start(("strong", ""))
    builder.start(("strong", ""))
    builder.text("a")
    for _ in range(2):
        builder.stop()
    builder.text(" b")
    builder.stop()
    assert builder.take() == Inline("a b", (Mark("link", 0, 3, "x"), Mark("strong", 0, 1)))


def test_a_mark_that_is_open_at_the_end_goes_on_in_the_next_leaf():
    builder = InlineBuilder()
    builder.start(("strong", ""))
    builder.text("a")
    assert builder.take() == Inline("a", (Mark("strong", 0, 1),))
    builder.text("b")
    builder.stop()
    assert builder.take() == Inline("b", (Mark("strong", 0, 1),))


def test_line_breaks_are_kept_once_and_raw_text_as_it_is():
    builder = InlineBuilder()
    builder.text("a")
    builder.newline()
    builder.newline()
    builder.text("b")
    assert builder.take().text == "a\nb"
    builder.raw("  x\n")
    assert builder.take_raw() == "  x\n"
