"""Nested Notion blocks become the flat stream."""

import pytest

from wekadocs_assets.core.parsers.notion_blocks import children_of, read_blocks
from wekadocs_assets.core.parsers.page import Close, Heading, Inline, Leaf, Open


def text(content: str) -> list[dict]:
    return [{"type": "text", "text": {"content": content}, "plain_text": content}]


def block(kind: str, content: str = "", **body) -> dict:
    return {"object": "block", "id": "aa-bb", "type": kind, kind: {"rich_text": text(content), **body}}


def shape(*blocks: dict) -> list[str]:
    made = []
    for one in read_blocks(list(blocks), 0):
        if isinstance(one, Open):
            made.append(f"+{one.kind} {one.info}".strip())
        elif isinstance(one, Close):
            made.append("-")
        elif isinstance(one, Leaf):
            made.append(f"{one.kind} {one.inline.text} {one.info}".strip())
    return made


@pytest.mark.parametrize(
    ("made", "blocks"),
    [
        (block("paragraph", "a"), ["paragraph a"]),
        (block("mystery", "a"), ["paragraph a"]),
        (block("quote", "a"), ["+quote", "paragraph a", "-"]),
        (block("callout", "a", icon={"emoji": "⚠️"}), ["+admonition warning", "paragraph a", "-"]),
        (block("callout", "a"), ["+admonition note", "paragraph a", "-"]),
        (block("toggle", "S"), ["+details S", "summary S", "-"]),
        (block("divider"), []),
        (block("equation", expression="e=mc"), ["paragraph e=mc"]),
        (block("to_do", "a"), ["+bullet_list", "+list_item", "paragraph a", "-", "-"]),
    ],
)
def test_each_type_is_a_block_of_its_kind(made, blocks):
    assert shape(made) == blocks


def test_a_heading_is_shifted_and_has_the_id_of_its_block():
    assert read_blocks([block("heading_2", "A\nb")], 1) == [Heading(3, Inline("A b"), "aabb")]


def test_code_has_its_language_and_plain_text_has_none():
    assert shape(block("code", "ls", language="Shell"))[0] == "code ls shell"
    assert shape(block("code", "ls", language="plain text"))[0] == "code ls"


def test_neighbouring_items_are_one_list_and_numbers_count():
    first, second = block("numbered_list_item", "a", list_start_index=3), block("numbered_list_item", "b")
    opened = [one for one in shape(first, second, block("paragraph", "x"), second) if one.startswith("+")]
    assert opened == ["+ordered_list 3", "+list_item 3", "+list_item 4", "+ordered_list 1", "+list_item 1"]


def test_children_are_found_in_the_block_and_under_its_type():
    child = block("paragraph", "a")
    for parent in (
        {**block("toggle"), "children": [child]},
        block("toggle", children=[child]),
        {**block("toggle"), "blocks": {"results": [child]}},
    ):
        assert children_of(parent) == [child] and "paragraph a" in shape(parent)


def test_the_rows_of_a_table_name_their_headers():
    rows = [{"type": "table_row", "table_row": {"cells": [text(a), text(b)]}} for a, b in (("A", "B"), ("1", "2\n3"))]
    made = read_blocks([block("table", has_column_header=True, children=rows)], 0)
    assert [(leaf.info, leaf.inline.text) for leaf in made[1:-1]] == [("header", "A | B"), ("", "1 | 2 3")]
    assert [mark.info for mark in made[2].inline.marks] == ["A", "B"]


def test_a_file_is_a_link_with_its_caption_and_a_signed_address_is_left_out():
    outside = block("bookmark", url="https://host/x")
    (leaf,) = read_blocks([outside], 0)
    assert leaf.inline.text == "https://host/x" and leaf.inline.marks[0].info == "https://host/x"
    hosted = block("file", type="file", file={"url": "https://signed"}, name="a.pdf")
    assert shape(hosted) == ["paragraph a.pdf"] and read_blocks([hosted], 0)[0].inline.marks == ()
