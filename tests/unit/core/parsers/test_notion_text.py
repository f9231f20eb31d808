"""Rich text of Notion: as an inline with marks, and as plain text of a whole value."""

from wekadocs_assets.core.parsers.notion_text import all_text, block_text, is_rich_text, rich_inline
from wekadocs_assets.core.parsers.page import Inline, Mark


def text(content: str, href: str | None = None, **annotations: bool) -> dict:
    return {
        "type": "text",
        "text": {"content": content},
        "plain_text": content,
        "href": href,
        "annotations": annotations,
    }


def test_annotations_and_links_are_marks_and_pieces_of_one_mark_are_joined():
    made = rich_inline([text("a ", "x", bold=True), text("b", "x"), text("c", code=True, italic=True)])
    assert made == Inline(
        "a bc",
        (Mark("link", 0, 3, "x"), Mark("strong", 0, 2), Mark("inline_code", 3, 4), Mark("emphasis", 3, 4)),
    )


def test_other_shapes_of_rich_text_are_read():
    older = {"type": "text", "text": {"content": "a", "link": {"url": "x"}}}
    assert rich_inline([older]) == Inline("a", (Mark("link", 0, 1, "x"),))
    assert rich_inline([{"type": "equation", "equation": {"expression": "e=mc"}}]) == Inline("e=mc")
    assert rich_inline("plain") == Inline("plain") and rich_inline(None) == rich_inline(["x"]) == Inline("")


def test_the_text_of_a_block_is_under_the_first_of_its_keys_that_has_some():
    assert block_text({"rich_text": [], "title": "T"}) == Inline("T")
    assert block_text({"rich_text": [text("a")], "title": "T"}) == Inline("a") and block_text({}) == Inline("")


def test_all_text_is_found_in_reading_order_without_names_of_people_and_pages():
    value = {
        "type": "callout",
        "callout": {"rich_text": [text("a"), text("b")], "icon": {"title": "no"}},
        "created_by": {"title": "no"},
        "children": [{"child_page": {"title": "c"}}, {"equation": {"expression": "d"}}],
    }
    assert all_text(value) == "ab c d"


def test_a_rich_text_object_is_known_by_its_text():
    assert is_rich_text(text("a")) and is_rich_text({"text": {}})
    assert not is_rich_text({"object": "block", "plain_text": "a"}) and not is_rich_text({"text": "a"})
    assert not is_rich_text("a")
