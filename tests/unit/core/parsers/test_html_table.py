"""Tables of data and tables of layout; headers and spans of the cells."""

import pytest

from wekadocs_assets.core.parsers.html_table import Table, layout_tables
from wekadocs_assets.core.parsers.html_tree import element_text, find_elements, parse_tree
from wekadocs_assets.core.parsers.page import Inline


def rows(html: str) -> list[tuple[str, str, list[str]]]:
    """(info, text, header of each cell) of every row."""
    tree, _ = parse_tree(f"<table>{html}</table>")
    table, made = Table(), []
    for tr in find_elements(tree, "//tr"):
        for cell in find_elements(tr, "td | th"):
            table.cell(cell, Inline(element_text(cell)))
        leaf = table.row(tr.getparent().tag == "thead")
        if leaf:
            made.append((leaf.info, leaf.inline.text, [mark.info for mark in leaf.inline.marks]))
    return made


def test_cells_have_the_header_of_their_column():
    assert rows("<tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr>") == [
        ("header", "A | B", ["", ""]),
        ("", "1 | 2", ["A", "B"]),
    ]


def test_a_cell_over_several_columns_or_rows_moves_the_others():
    made = rows(
        "<thead><tr><td colspan='2'>Size</td><td>Z</td></tr><tr><td>a</td><td>b</td><td></td></tr></thead>"
        "<tr><td rowspan='2'>1</td><td>2</td><td>3</td></tr><tr><td>4</td><td>5</td></tr>"
    )
    assert made[2:] == [("", "1 | 2 | 3", ["Size / a", "Size / b", "Z"]), ("", "4 | 5", ["Size / b", "Z"])]


def test_a_row_of_th_below_the_body_is_no_header_and_an_empty_row_is_none():
    made = rows("<tr><td>1</td></tr><tr><th>x</th></tr><tr><td></td></tr>")
    assert [(info, text) for info, text, _ in made] == [("", "1"), ("", "x")]


def test_an_odd_span_is_one():
    assert rows("<tr><th colspan='x'>A</th><th colspan='0'>B</th></tr><tr><td>1</td><td>2</td></tr>")[1][2] == [
        "A",
        "B",
    ]


@pytest.mark.parametrize(
    ("html", "is_layout"),
    [
        ("<table role='presentation'><tr><td>x</td></tr></table>", True),
        ("<table><tr><td><h2>x</h2></td></tr></table>", True),
        ("<table><tr><td class='linenos gutter'>1</td><td><pre>x</pre></td></tr></table>", True),
        ("<table><tr><td><ul><li>x</li></ul></td></tr></table>", True),
        ("<table><tr><td><pre>x</pre></td><td>y</td></tr></table>", False),
        ("<table><tr><td>x</td></tr></table>", False),
    ],
)
def test_a_table_that_only_arranges_blocks_is_layout(html, is_layout):
    tree, _ = parse_tree(html)
    assert layout_tables(tree) == (set(find_elements(tree, "//table")) if is_layout else set())
