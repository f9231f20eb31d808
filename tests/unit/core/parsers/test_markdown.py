"""Markdown pages of our own: what a reader sees stands in the sections, once, with its kind."""

from __future__ import annotations

import pytest
from markdown_pages import all_text, quotes, read, repairs, titles


def test_front_matter_gives_title_description_and_date_and_no_text():
    document = read(
        "---\ntitle: 'Quotas'\ndescription: >-\n  How to set\n  limits\nlast_edited: 2024-05-01\n---\n\nText.\n"
    )
    assert (document.title, document.description, document.last_edited) == ("Quotas", "How to set limits", "2024-05-01")
    assert [s.text for s in document.sections] == ["Text."]


def test_a_rule_at_the_top_is_no_front_matter_and_never_the_title():
    document = read("---\n\nA plain page.\n\n---\n\nMore.\n")
    assert document.title == "page"
    assert document.sections[0].text == "A plain page.\n\nMore."


def test_front_matter_without_values_is_still_not_text():
    document = read("---\ndescription:\n---\n\n# Title\n")
    assert titles(document) == ["Title"]
    assert len(document.sections) == 1


def test_headings_are_clean_text_with_their_anchor_and_path():
    document = read(
        '# Guide\n\n## **Set** the `limit` <a href="#a" id="a"></a>\n\n#### Deeper {#own}\n\nSetext\n======\n\nLast\n----\n\n## Set the limit\n'
    )
    assert titles(document) == ["Guide", "Set the limit", "Deeper", "Setext", "Last", "Set the limit"]
    assert [s.anchor for s in document.sections] == ["guide", "a", "own", "setext", "last", "set-the-limit"]
    assert document.sections[2].heading_path == ("Guide", "Set the limit", "Deeper")
    assert [s.level for s in document.sections] == [1, 2, 4, 1, 2, 2]


def test_repeated_headings_get_numbered_anchors_and_their_own_ids():
    document = read("# A\n\n## Example\n\none\n\n## Example\n\ntwo\n")
    assert [s.anchor for s in document.sections] == ["a", "example", "example-1"]
    assert len({s.id for s in document.sections}) == 3


def test_text_before_the_first_heading_is_a_section_of_its_own():
    document = read("Before.\n\n# Title\n\nAfter.\n")
    assert [(s.title, s.heading_path, s.text) for s in document.sections] == [
        ("Title", (), "Before."),
        ("Title", ("Title",), "After."),
    ]


def test_code_lists_quotes_and_inline_marks_are_known_by_kind():
    section = read(
        'A `code` **bold** *soft* [link](to.md) ![alt](i.png)\n\n```bash title="x"\nls -l\n```\n\n> quoted\n'
    ).sections[0]
    assert quotes(section, "inline_code", "strong", "emphasis", "link", "image") == [
        "code",
        "bold",
        "soft",
        "link",
        "alt",
    ]
    assert [(span.info, section.quote(span)) for span in section.spans_of("code")] == [("bash", "ls -l")]
    assert quotes(section, "quote") == ["quoted"]
    assert [(link.target, section.quote(link)) for link in section.links] == [("to.md", "link"), ("i.png", "alt")]


def test_nested_lists_keep_their_depth_and_their_numbers():
    section = read("3. three\n   * a\n     * b\n4. four\n").sections[0]
    assert section.text == "3. three\n  - a\n    - b\n4. four"
    items = section.spans_of("list_item")
    assert [(span.info, span.depth) for span in items] == [("3", 1), ("", 2), ("", 3), ("4", 1)]
    assert [span.info for span in section.spans_of("ordered_list")] == ["3"]


def test_a_table_reads_as_rows_with_the_header_of_each_cell():
    section = read("| Name | What |\n| --- | :-: |\n| `soft` | a \\| b |\n").sections[0]
    assert section.text == "Name | What\nsoft | a | b"
    assert [span.info for span in section.spans_of("table_row")] == ["header", ""]
    assert [span.info for span in section.spans_of("table_cell")] == ["Name", "What", "Name", "What"]


def test_a_damaged_table_keeps_every_cell():
    section = read("| A | B |\n| --- | --- |\n| 1 | 2 | 3 | 4 |\n| broken\nrow | 5 |\n| 6 |\n").sections[0]
    assert section.text == "A | B\n1 | 2 | 3 | 4\nbroken row | 5\n6"


def test_rows_without_a_divider_are_rows_and_one_piped_line_is_none():
    section = read("| a | b |\n| c | d |\n\nRun:\n\n| ls | wc |\n").sections[0]
    assert quotes(section, "table_row") == ["a | b", "c | d"]
    assert quotes(section, "paragraph") == ["Run:", "ls | wc"]


def test_a_piped_line_in_code_is_a_command_again_and_a_drawn_table_stays():
    document = read("```\n| ls | wc |\n```\n\n```\n+---+\n| a |\n| b |\n+---+\n```\n")
    assert quotes(document.sections[0], "code") == ["ls | wc", "+---+\n| a |\n| b |\n+---+"]
    assert repairs(document) == [("pipe signs around a single line were dropped", 2)]


def test_details_hold_their_summary_first():
    section = read("<details>\n\n<summary>An <b>example</b></summary>\n\nInside.\n\n</details>\n\nOutside.\n").sections[
        0
    ]
    assert [(span.info, section.quote(span)) for span in section.spans_of("details")] == [
        ("An example", "An example\nInside.")
    ]
    assert quotes(section, "summary") == ["An example"]
    assert quotes(section, "paragraph") == ["Inside.", "Outside."]


def test_a_heading_inside_details_continues_them():
    document = read("<details>\n<summary>More</summary>\n\none\n\n## Inner\n\ntwo\n\n</details>\n\nthree\n")
    assert [(span.info, span.continued) for span in document.sections[1].spans_of("details")] == [("More", True)]
    assert quotes(document.sections[1], "details") == ["two"]


@pytest.mark.parametrize(
    ("source", "info"),
    [
        ("> [!NOTE]\n> Mind this.\n", "note"),
        ("!!! note\n    Mind this.\n", "note"),
        (":::note\nMind this.\n:::\n", "note"),
        ('{% hint style="note" %}\nMind this.\n{% endhint %}\n', "note"),
    ],
)
def test_every_dialect_of_admonition_is_one_kind_without_its_marks(source: str, info: str):
    section = read(f"Before.\n\n{source}\nAfter.\n").sections[0]
    assert [(span.info, section.quote(span)) for span in section.spans_of("admonition")] == [(info, "Mind this.")]
    assert section.text == "Before.\n\nMind this.\n\nAfter."


@pytest.mark.parametrize(
    "source",
    [
        '{% tabs %}\n{% tab title="One" %}\nfirst\n{% endtab %}\n{% tab title="Two" %}\n* second\n{% endtab %}\n{% endtabs %}\n',
        '=== "One"\n\n    first\n\n=== "Two"\n\n    * second\n',
        '<Tabs>\n<TabItem value="1" label="One">\n\nfirst\n\n</TabItem>\n<TabItem label="Two">\n\n* second\n\n</TabItem>\n</Tabs>\n',
    ],
)
def test_tabs_come_in_reading_order_with_their_labels(source: str):
    section = read(source + "\nAfter.\n").sections[0]
    assert [(span.info, section.quote(span)) for span in section.spans_of("tab")] == [
        ("One", "One\n\nfirst"),
        ("Two", "Two\n- second"),
    ]
    assert quotes(section, "paragraph")[-1] == "After."


def test_placeholders_stay_visible_and_tags_do_not():
    section = read(
        "Give <name> and <container-id>, <source> or <host:port>.<br>Press <kbd>Ctrl</kbd>.<!-- hidden -->\n"
    ).sections[0]
    assert section.text == "Give <name> and <container-id>, <source> or <host:port>.\nPress Ctrl."
    assert quotes(section, "inline_code") == ["Ctrl"]


def test_html_tables_and_lists_become_rows_and_items():
    section = read(
        "<table>\n<tr><th>Key</th><th>Value</th></tr>\n\n<tr><td>a<br>b</td><td>**c**</td></tr>\n</table>\n\n<ol><li>x</li><li>y</li></ol>\n"
    ).sections[0]
    assert quotes(section, "table_row") == ["Key | Value", "a\nb | c"]
    assert [span.info for span in section.spans_of("table_cell")] == ["Key", "Value", "Key", "Value"]
    assert [span.info for span in section.spans_of("list_item")] == ["1", "2"]


def test_comments_scripts_and_reference_definitions_are_not_visible():
    document = read(
        "<!--\n# Hidden\n\nnothing\n-->\nSee [here][x].\n\n<script>\nvar a\n</script>\n\n[x]: https://example.org 'T'\n"
    )
    assert all_text(document).strip() == "See here."
    assert document.sections[0].links[0].target == "https://example.org"
    assert document.warnings == ()


def test_text_that_only_looks_like_a_definition_is_kept():
    assert "Starting" in all_text(read("[INFO]: Starting\n\n[^1]: footnote\n"))
    assert "footnote" in all_text(read("[INFO]: Starting\n\n[^1]: footnote\n"))


def test_a_bold_line_stays_a_paragraph():
    document = read("# A\n\n**Procedure**\n\n1. Go\n")
    assert titles(document) == ["A"]
    assert quotes(document.sections[0], "strong") == ["Procedure"]
