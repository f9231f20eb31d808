"""Tokens, tags and templates of a page become blocks."""

import pytest

from wekadocs_assets.core.parsers.markdown import parse
from wekadocs_assets.core.parsers.page import Close, Heading, Leaf, Open


def shape(text: str) -> list[str]:
    made = []
    for block in parse(text).blocks:
        if isinstance(block, Open):
            made.append(f"+{block.kind} {block.info}".strip())
        elif isinstance(block, Close):
            made.append("-")
        elif isinstance(block, Heading):
            made.append(f"#{block.level} {block.inline.text} {block.anchor}".strip())
        elif isinstance(block, Leaf):
            made.append(f"{block.kind} {block.inline.text}")
    return made


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("# A **b** {#own}\n", ["#1 A b own"]),
        ("### A <a id='x'></a>\n", ["#3 A x"]),
        ("> [!WARNING]\n> Mind it.\n", ["+admonition warning", "paragraph Mind it.", "-"]),
        ("> Said.\n", ["+quote", "paragraph Said.", "-"]),
        (":::note Title\n\ntext\n\n:::\n", ["+admonition note", "caption Title", "paragraph text", "-"]),
        ('{% tab title="Linux" %}\n\ntext\n\n{% endtab %}\n', ["+tab Linux", "caption Linux", "paragraph text", "-"]),
        (
            "<details><summary>More</summary>\n\ntext\n\n</details>\n",
            ["+details More", "summary More", "paragraph text", "-"],
        ),
        (
            "3. a\n4. b\n",
            ["+ordered_list 3", "+list_item 3", "paragraph a", "-", "+list_item 4", "paragraph b", "-", "-"],
        ),
        (
            "<ol start='2'><li>a<li>b</ol>\n",
            ["+ordered_list 2", "+list_item 2", "paragraph a", "-", "+list_item 3", "paragraph b", "-", "-"],
        ),
        ("<dl><dt>Term</dt><dd>Meaning</dd></dl>\n", ["+definition_list", "term Term", "paragraph Meaning", "-"]),
        ("```sh {.x}\nls\n```\n", ["code ls"]),
        ("text\n\n    $ ls --all\n", ["paragraph text", "code $ ls --all"]),
    ],
)
def test_each_form_of_a_block_is_known(text, blocks):
    assert shape(text) == blocks


def test_a_table_in_html_and_one_of_pipes_give_the_same_rows():
    rows = ["+table", "table_row A | B", "table_row 1 | 2", "-"]
    assert shape("| A | B |\n|---|---|\n| 1 | 2 |\n") == rows
    assert shape("<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>\n") == rows


def test_dashes_under_a_long_paragraph_are_a_rule_and_no_heading():
    page = parse("word " * 40 + "\n---\n")
    assert [type(block) for block in page.blocks] == [Leaf]
    assert [(repair.what, repair.line) for repair in page.repairs] == [
        ("a rule under a paragraph was not taken for a heading", 1)
    ]


def test_indented_prose_outside_of_a_list_is_text():
    page = parse("text\n\n    This sentence is one that a reader would read.\n    - **Bold** item of it\n")
    assert "code" not in [block.kind for block in page.blocks if isinstance(block, Leaf)]
    assert "indented text" in page.repairs[0].what


def test_a_row_with_more_cells_than_the_header_is_kept_with_a_repair():
    page = parse("| A |\n|---|\n| 1 | 2 |\n")
    assert shape("| A |\n|---|\n| 1 | 2 |\n")[2] == "table_row 1 | 2" and "more cells" in page.repairs[0].what


def test_stray_asterisks_leave_a_heading():
    assert shape("## A **b\n") == ["#2 A b"]
