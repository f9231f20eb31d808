"""HTML source is repaired before a parser could drop text, and elements are read."""

import pytest

from wekadocs_assets.core.parsers.html_tree import element_text, find_elements, parse_tree, repair_source, source_line


@pytest.mark.parametrize(
    ("text", "repaired", "what"),
    [
        ("a<!-- b", "a b", "comment never closed"),
        ("<title>T\n<p>b", "<title>T</title>\n<p>b", "<title> never closed"),
        ("<p>a <b", "<p>a ", ""),
        ("<p>a <b c=d", "<p>a &lt;b c=d", "tag never finished"),
        ("a&shy;b&#8203;c", "abc", ""),
        ("<!-- a -->b <p>", "<!-- a -->b <p>", ""),
        ("<titles>x", "<titles>x", ""),
    ],
)
def test_what_would_swallow_the_rest_of_the_page_is_repaired(text, repaired, what):
    source, repairs = repair_source(text)
    assert source == repaired and ([what in repair.what for repair in repairs] == [True] if what else repairs == [])


def test_a_repair_names_its_line():
    assert [repair.line for repair in repair_source("a\nb\n<!-- c")[1]] == [3]


def test_elements_are_found_in_document_order_with_their_text_and_line():
    tree, complete = parse_tree("<div>\n<p>a <b>b</b></p><p>c</p></div>")
    assert complete and [element_text(p) for p in find_elements(tree, "//p")] == ["a b", "c"]
    assert source_line(find_elements(tree, "//p")[0]) == 2 and find_elements(tree, "count(//p)") == []


def test_text_without_an_element_and_nesting_beyond_the_limit_are_reported():
    assert parse_tree("<!-- only -->") == (None, True)
    assert parse_tree("<div>" * 3_000 + "deep")[1] is False
