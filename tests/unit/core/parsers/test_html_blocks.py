"""Elements of the content become blocks."""

import pytest

from wekadocs_assets.core.parsers.html_blocks import read_blocks
from wekadocs_assets.core.parsers.html_tree import parse_tree
from wekadocs_assets.core.parsers.page import Close, Heading, Open


def shape(html: str) -> list[str]:
    tree, _ = parse_tree(f"<body>{html}</body>")
    made = []
    for block in read_blocks(tree.find("body"), False)[0]:
        if isinstance(block, Open):
            made.append(f"+{block.kind} {block.info}".strip())
        elif isinstance(block, Close):
            made.append("-")
        elif isinstance(block, Heading):
            made.append(f"#{block.level} {block.inline.text} {block.anchor}".strip())
        else:
            made.append(f"{block.kind} {block.inline.text} {block.info}".strip())
    return made


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("a<p>b</p>c", ["paragraph a", "paragraph b", "paragraph c"]),
        ("<h2 id='x'>A <b>b</b></h2>", ["#2 A b x"]),
        ("<pre class='language-sh'>ls\npwd</pre>", ["code ls\npwd sh"]),
        ("<blockquote>a</blockquote>", ["+quote", "paragraph a", "-"]),
        ("<div class='note'>a</div>", ["+admonition note", "paragraph a", "-"]),
        ("<details><summary>S</summary>a</details>", ["+details S", "summary S", "paragraph a", "-"]),
        (
            "<dl><dt>T</dt><dd>D<p>more</p></dd></dl>",
            ["+definition_list", "term T", "definition D", "paragraph more", "-"],
        ),
        ("<table><caption>C</caption><tr><td>1</td></tr></table>", ["+table", "caption C", "table_row 1", "-"]),
        (
            "<figure><img alt='All nodes' src='x.png'><figcaption>F</figcaption></figure>",
            ["image All nodes", "caption F"],
        ),
        ("<p>a<br>b</p><script>x</script>", ["paragraph a\nb"]),
    ],
)
def test_each_element_is_a_block_of_its_kind(html, blocks):
    assert shape(html) == blocks


def test_numbers_of_a_list_follow_start_and_value():
    opened = [block for block in shape("<ol start='3'><li>a<li value='7'>b<li>c</ol>") if block.startswith("+")]
    assert opened == ["+ordered_list 3", "+list_item 3", "+list_item 7", "+list_item 8"]


def test_a_heading_that_never_ends_is_ended_before_the_next_block():
    tree, _ = parse_tree("<body><h2>A<section>text</section></h2></body>")
    blocks, repairs = read_blocks(tree.find("body"), False)
    assert [type(block).__name__ for block in blocks] == ["Heading", "Leaf"]
    assert [repair.what for repair in repairs] == ["heading never closed: ended before <section>"]


def test_skipped_elements_leave_the_text_behind_them():
    assert shape("a <nav>x</nav> b") == ["paragraph a", "paragraph b"]
    assert shape("a <span class='sr-only'>x</span>b") == ["paragraph a b"]


def test_tabs_have_their_label_as_caption():
    html = "<div class='tab-set'><label class='tab-label'>L</label><div role='tabpanel'>a</div></div>"
    assert shape(html) == ["+tab L", "caption L", "paragraph a", "-"]
