"""The dialect: tables, tags, autolinks, templates, definitions and indented containers beside CommonMark."""

import pytest
from markdown_it.token import Token

from wekadocs_assets.core.parsers.markdown_rules import markdown_parser


def tokens(text: str) -> list[Token]:
    found: list[Token] = []
    markdown_parser().block.parse(text, markdown_parser(), {}, found)
    return found


def inline(text: str) -> list[str]:
    found: list[Token] = []
    markdown_parser().inline.parse(text, markdown_parser(), {}, found)
    return [token.type for token in found]


def table(text: str) -> tuple[list[list[str]], bool]:
    (token,) = (token for token in tokens(text) if token.type == "pipe_table")
    return token.meta["rows"], token.meta["header"]


def test_a_table_keeps_every_cell_and_needs_no_row_of_dashes():
    assert table("a | b\n--|--\n1 | 2 | 3\n") == ([["a", "b"], ["1", "2", "3"]], True)
    assert table("| a | b |\n| 1 | 2 |\n") == ([["a", "b"], ["1", "2"]], False)


def test_a_pipe_in_code_or_escaped_is_no_edge_of_a_cell():
    assert table("| a | b |\n|--|--|\n| `x|y` | c\\|d |\n")[0][1] == ["`x|y`", "c|d"]
    assert table("| a | b | c |\n|--|--|--|\n| `x | y` | z |\n")[0][1] == ["`x", "y`", "z"]


def test_one_line_with_a_pipe_is_no_table_and_a_broken_row_is_joined():
    assert not any(token.type == "pipe_table" for token in tokens("a | b\n\ntext"))
    assert table("| a | b |\n| 1 | 2\nmore |\n")[0][1] == ["1", "2 more"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<b>", "tag"),
        ("<name>", "text"),
        ("<https://x>", "link_open"),
        ("<host:80>", "text"),
        ("{% hint %}", "template"),
        ("{{< tab >}}", "template"),
        ("{braces}", "text"),
    ],
)
def test_tags_links_and_templates_are_told_from_text(text, kind):
    assert inline(text)[0] == kind


def test_a_comment_is_nothing_and_one_that_never_ends_is_text():
    assert inline("<!-- x -->") == [] and inline("<!-- x") == ["text"]


def test_a_definition_needs_a_plausible_target():
    assert tokens("[ref]: https://host\n") == []
    assert tokens("[INFO]: Starting\n")[0].type == "paragraph_open"


@pytest.mark.parametrize(
    ("text", "meta"),
    [
        ('!!! note "Mind"\n    text', {"kind": "admonition", "type": "note", "title": "Mind"}),
        ("??? tip\n    text", {"kind": "details", "type": "tip", "title": ""}),
        ('=== "Linux"\n    text', {"kind": "tab", "type": "", "title": "Linux"}),
    ],
)
def test_an_indented_container_holds_its_indented_lines(text, meta):
    made = tokens(f"{text}\n\nafter\n")
    assert made[0].meta == meta
    types = [token.type for token in made]
    assert types.index("container_close") == 4 and made[-2].content == "after"


def test_a_row_of_signs_is_no_container():
    assert tokens("=== title\n    x")[0].type == "paragraph_open"
