"""Notion JSON: every shape of export, every block type, and what is refused by name."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wekadocs_assets.core.artifacts import codec
from wekadocs_assets.core.errors import BadDocument
from wekadocs_assets.core.models import Document
from wekadocs_assets.core.parsers import registry, section_tree
from wekadocs_assets.core.parsers.notion import parse


def text(content: str, href: str | None = None, **annotations: bool) -> dict[str, Any]:
    return {
        "type": "text",
        "text": {"content": content},
        "plain_text": content,
        "href": href,
        "annotations": annotations,
    }


def block(kind: str, content: str = "", children: list | None = None, **body: Any) -> dict[str, Any]:
    made = {
        "object": "block",
        "id": "aa-bb",
        "type": kind,
        kind: {"rich_text": [text(content)] if content else [], **body},
    }
    return {**made, "children": children} if children else made


def page(*blocks: dict, title: str = "Handbook") -> dict[str, Any]:
    properties = {"Name": {"type": "title", "title": [text(title)] if title else []}}
    return {
        "object": "page",
        "id": "12-34",
        "last_edited_time": "2024-05-01T10:00:00.000Z",
        "properties": properties,
        "blocks": list(blocks),
    }


def read(value: Any) -> Document:
    return section_tree.build(parse(json.dumps(value)), "t", "page.json", "notion")


def whole(document: Document) -> str:
    return "\n".join(part for s in document.sections for part in ((s.title, s.text) if s.level else (s.text,)))


def test_a_page_object_gives_title_time_and_headings_under_the_title():
    document = read(
        page(
            block("paragraph", "Before."),
            block("heading_1", "Install"),
            block("heading_2", "Linux"),
            block("paragraph", "Run it."),
        )
    )
    assert (document.title, document.last_edited, document.warnings) == ("Handbook", "2024-05-01T10:00:00.000Z", ())
    assert [s.heading_path for s in document.sections] == [
        ("Handbook",),
        ("Handbook", "Install"),
        ("Handbook", "Install", "Linux"),
    ]
    assert [s.text for s in document.sections] == ["Before.", "", "Run it."]
    assert [s.anchor for s in document.sections] == ["1234", "aabb", "aabb"]


def test_a_list_response_a_bare_list_and_a_single_block_read_alike():
    one = block("paragraph", "Alone.")
    for shape in (
        {"object": "list", "results": [one]},
        [one],
        one,
        {"page": {"object": "page", "properties": {}}, "blocks": [one]},
    ):
        assert whole(read(shape)) == "Alone."


def test_the_older_text_arrays_are_read_like_rich_text():
    old = {"object": "block", "type": "paragraph", "paragraph": {"text": [text("Old style.")]}}
    assert whole(read([old])) == "Old style."


@pytest.mark.parametrize("key", ["children", "blocks", "results"])
@pytest.mark.parametrize("inside", [True, False])
def test_nested_blocks_are_found_in_the_block_and_under_its_type(key, inside):
    outer = block("bulleted_list_item", "outer")
    (outer["bulleted_list_item"] if inside else outer)[key] = [block("bulleted_list_item", "inner")]
    assert whole(read([outer])) == "- outer\n  - inner"


def test_numbered_items_count_and_start_anew_after_a_paragraph():
    item = [block("numbered_list_item", name) for name in ("one", "two", "three")]
    document = read([item[0], item[1], block("paragraph", "between"), item[2]])
    assert whole(document).split("\n") == ["1. one", "2. two", "", "between", "1. three"]


def test_each_container_type_is_recorded_with_its_span():
    document = read(
        [
            block("quote", "wise"),
            block("callout", "careful", icon={"type": "emoji", "emoji": "⚠️"}),
            block("toggle", "more", [block("paragraph", "inside")]),
            block("code", "ls -l", language="bash", caption=[text("listing")]),
            block("to_do", "buy milk", checked=True),
        ]
    )
    section = document.sections[0]
    found = {(s.kind, s.info): section.quote(s) for s in section.spans}
    assert found["quote", ""] == "wise"
    assert found["admonition", "warning"] == "careful"
    assert found["details", "more"] == "more\ninside"
    assert found["summary", ""] == "more"
    assert found["code", "bash"] == "ls -l"
    assert found["caption", ""] == "listing"
    assert found["list_item", ""] == "buy milk"


def test_table_rows_name_the_header_of_each_cell():
    rows = [
        {"type": "table_row", "table_row": {"cells": [[text(a)], [text(b)]]}}
        for a, b in (("Option", "Default"), ("size", "4 KiB"))
    ]
    section = read([block("table", children=rows, has_column_header=True)]).sections[0]
    assert section.text == "Option | Default\nsize | 4 KiB"
    assert [s.info for s in section.spans_of("table_cell")] == ["", "", "Option", "Default"]
    assert [s.info for s in section.spans_of("table_row")] == ["header", ""]


def test_annotations_and_links_become_marks():
    body = [
        text("Use "),
        text("wekafs", href="https://x.example", code=True),
        text(" with", bold=True),
        text(" care", italic=True),
    ]
    section = read([{"type": "paragraph", "paragraph": {"rich_text": body}}]).sections[0]
    assert {(s.kind, section.quote(s)) for s in section.spans if s.kind != "paragraph"} == {
        ("link", "wekafs"), ("inline_code", "wekafs"), ("strong", " with"), ("emphasis", " care"),
    }  # fmt: skip
    assert [(link.target, section.quote(link)) for link in section.links] == [("https://x.example", "wekafs")]


def test_columns_synced_blocks_and_unknown_types_give_their_text():
    columns = block(
        "column_list",
        children=[
            block("column", children=[block("paragraph", "left")]),
            block("column", children=[block("paragraph", "right")]),
        ],
    )
    synced = block("synced_block", children=[block("paragraph", "shared")])
    unknown = block("brand_new_type", "novel", [block("paragraph", "below")])
    assert whole(read([columns, synced, unknown])).split() == ["left", "right", "shared", "novel", "below"]


def test_media_show_caption_or_name_or_address_and_equations_their_expression():
    blocks = [
        block("bookmark", url="https://a.example/doc"),
        block(
            "image", caption=[text("Layout of the rack")], type="external", external={"url": "https://i.example/x.png"}
        ),
        block("file", name="manual.pdf", type="file", file={"url": "https://signed.example"}),
        {"type": "equation", "equation": {"expression": "a+b"}},
        {"type": "child_page", "child_page": {"title": "Deeper"}},
        block("divider"),
        block("table_of_contents"),
    ]
    document = read(blocks)
    assert whole(document).split("\n\n") == [
        "https://a.example/doc",
        "Layout of the rack",
        "manual.pdf",
        "a+b",
        "Deeper",
    ]
    assert [link.target for link in document.sections[0].links] == ["https://a.example/doc", "https://i.example/x.png"]


def test_a_toggleable_heading_keeps_its_children():
    assert read([block("heading_2", "Fold", [block("paragraph", "hidden")])]).sections[0].text == "hidden"


def test_written_properties_stand_below_the_title():
    value = page(block("paragraph", "body"))
    value["properties"]["Summary"] = {"type": "rich_text", "rich_text": [text("In short.")]}
    assert read(value).sections[0].text == "Summary\nIn short.\n\nbody"


def test_a_page_without_blocks_is_empty_with_a_warning():
    document = read({key: value for key, value in page().items() if key != "blocks"})
    assert document.sections == () and document.title == "Handbook"
    assert any("holds no blocks" in warning for warning in document.warnings)


@pytest.mark.parametrize("value", [{"a": 1}, [1, 2], 3, "words", None, [{"name": "x"}], {"object": "user"}])
def test_json_that_is_no_notion_page_is_refused_with_a_hint(value):
    with pytest.raises(BadDocument, match="not a Notion page") as refused:
        parse(json.dumps(value))
    assert "export" in refused.value.hint


def test_broken_json_and_error_responses_are_refused_by_name():
    with pytest.raises(BadDocument, match="not valid JSON"):
        parse('{"object": "page", ')
    with pytest.raises(BadDocument, match="Could not find page"):
        parse(json.dumps({"object": "error", "status": 404, "message": "Could not find page"}))


def test_json_nested_beyond_reading_is_refused_and_deep_pages_are_read():
    with pytest.raises(BadDocument, match="nested too deeply"):
        parse("[" * 100_000)
    deep = block("paragraph", "bottom")
    for _ in range(150):
        deep = block("bulleted_list_item", "level", [deep])
    document = read([deep])
    assert whole(document).count("level") == 150 and "bottom" in whole(document)


def test_empty_text_is_an_empty_page_and_a_mark_of_byte_order_is_no_error():
    assert parse("  \n").blocks == []
    assert (
        whole(section_tree.build(parse("\ufeff" + json.dumps([block("paragraph", "ok")])), "t", "p", "notion")) == "ok"
    )


KINDS = st.sampled_from(
    [
        "paragraph",
        "bulleted_list_item",
        "numbered_list_item",
        "to_do",
        "toggle",
        "quote",
        "callout",
        "code",
        "heading_1",
        "heading_3",
        "odd",
    ]
)
TREES = st.recursive(
    st.tuples(KINDS, st.just(())),
    lambda inner: st.tuples(KINDS, st.lists(inner, max_size=4)),
    max_leaves=25,
)


@given(st.lists(TREES, max_size=5))
def test_every_word_of_every_block_is_kept_once(trees):
    words: list[str] = []

    def made(tree: tuple) -> dict[str, Any]:
        words.append(f"word{len(words)}x")
        return block(tree[0], words[-1], [made(child) for child in tree[1]])

    document = read([made(tree) for tree in trees])
    found = whole(document).replace("- ", " ").split()
    assert [w for w in found if w.startswith("word")] == words
    assert not any("none of its sections" in warning for warning in document.warnings)


@pytest.mark.parametrize(
    ("escaped", "text"),
    [
        (r"a\ud800b", "a\ufffdb"),
        (r"a\uDC00b\udfff", "a\ufffdb\ufffd"),
        (r"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (r"\ud83dx\ude00", "\ufffdx\ufffd"),
        (r"a\\ud800 \\\ud800", "a\\ud800 \\\ufffd"),
    ],
)
def test_half_characters_become_the_sign_for_an_unreadable_one(escaped, text):
    source = json.dumps(page(block("paragraph", "MARK"), title="Title"), indent=1).replace("MARK", escaped)
    document = registry.parse(source.encode(), "t", "page.json")
    assert document.sections[-1].text == text
    lines = [number for number, line in enumerate(source.split("\n"), 1) if escaped in line]
    assert [(r.what, r.line) for r in document.repairs] == [
        ("half characters were replaced by U+FFFD", line) for line in lines
    ]
    assert codec(Document).dump_json(document)


def test_whole_characters_and_written_backslashes_are_no_damage():
    document = read(page(block("paragraph", "\U0001f600 \\ud800"), title="T \U0001f600"))
    assert (document.title, document.sections[-1].text, document.repairs) == ("T \U0001f600", "\U0001f600 \\ud800", ())
