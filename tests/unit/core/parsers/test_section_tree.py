"""Blocks become sections: text once, in order, with places that hold when the page is edited."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wekadocs_assets.core.models import Document
from wekadocs_assets.core.parsers.page import Block, Close, Heading, Inline, Leaf, Mark, Open, Page
from wekadocs_assets.core.parsers.section_tree import MAX_DEPTH, build, slug


def document(*blocks: Block, **page: str) -> Document:
    return build(Page(blocks=list(blocks), visible=page.pop("visible", ""), **page), "t", "guide/a-page.md", "markdown")


def heading(level: int, text: str, anchor: str = "") -> Heading:
    return Heading(level, Inline(text), anchor)


def text(words: str, kind: str = "paragraph") -> Leaf:
    return Leaf(kind, Inline(words))


def test_a_title_is_the_first_heading_then_front_matter_then_html_title_then_the_file_name():
    page = {"front_title": "Front", "html_title": "Html"}
    assert document(heading(2, "Head"), **page).title == "Head"
    assert document(text("x"), **page).title == "Front"
    assert document(text("x"), html_title="Html").title == "Html"
    assert document(text("x"), front_title="---").title == "a-page"


def test_sections_know_their_path_and_parent_and_level_jumps_stay():
    a, b, c, d = document(heading(1, "A"), heading(4, "B"), heading(2, "C"), heading(3, "D")).sections
    assert [s.level for s in (a, b, c, d)] == [1, 4, 2, 3]
    assert (b.parent_id, c.parent_id, d.parent_id) == (a.id, a.id, c.id)
    assert d.heading_path == ("A", "C", "D")


def test_retitling_the_page_changes_no_section_id():
    before = document(heading(1, "Old"), text("x"), heading(2, "B"), heading(3, "C"))
    after = document(heading(1, "New"), text("x"), heading(2, "B"), heading(3, "C"))
    assert [s.id for s in before.sections] == [s.id for s in after.sections]


def test_equal_headings_have_different_ids_and_numbered_anchors():
    sections = document(
        heading(1, "A"), heading(2, "Example"), heading(2, "Example"), heading(2, "B"), heading(3, "Example")
    ).sections
    assert len({s.id for s in sections}) == 5
    assert [s.anchor for s in sections] == ["a", "example", "example-1", "b", "example-2"]


@pytest.mark.parametrize(
    ("titles", "anchors"),
    [
        ("Dup, Dup, Dup-1", "dup, dup-1, dup-1-1"),
        ("Dup-1, Dup, Dup, Dup", "dup-1, dup, dup-2, dup-3"),
        ("Dup, Dup-1, Dup, Dup-1", "dup, dup-1, dup-2, dup-1-1"),
        ("A, !?, A, !?, ??", "a, , a-1, -1, -2"),
    ],
)
def test_no_anchor_is_made_twice(titles: str, anchors: str):
    sections = document(*[heading(2, title) for title in titles.split(", ")]).sections
    assert [s.anchor for s in sections] == anchors.split(", ")


@pytest.mark.parametrize(
    ("title", "anchor"), [("Set the `limit`!", "set-the-limit"), ("A  B", "a--b"), ("Größe_1-x", "größe_1-x")]
)
def test_anchors_are_made_as_github_makes_them(title: str, anchor: str):
    assert slug(title) == anchor


def test_an_own_anchor_wins_over_the_slug():
    assert document(heading(1, "A", "own")).sections[0].anchor == "own"


def test_spans_and_links_point_at_their_text():
    marks = (Mark("strong", 0, 4), Mark("link", 5, 9, "to.md"))
    section = document(
        Open("bullet_list"), Open("list_item"), Leaf("paragraph", Inline("bold link", marks)), Close(), Close()
    ).sections[0]
    assert section.text == "- bold link"
    assert [section.quote(s) for s in section.spans_of("list_item", "paragraph", "strong", "link")] == [
        "bold link",
        "bold link",
        "bold",
        "link",
    ]
    assert [(link.target, section.quote(link)) for link in section.links] == [("to.md", "link")]


def test_code_stands_apart_from_the_text_around_it():
    item = (Open("ordered_list", "1"), Open("list_item", "1"), text("Run:"), Close(), Close())
    again = (Open("ordered_list", "2"), Open("list_item", "2"), text("Go on."), Close(), Close())
    assert document(*item, text("ls", "code"), *again).sections[0].text == "1. Run:\n\nls\n\n2. Go on."


def test_a_container_around_a_heading_goes_on_in_the_next_section():
    first, second = document(Open("details", "S"), text("a"), heading(2, "H"), text("b"), Close(), text("c")).sections
    assert [(s.continued, first.quote(s)) for s in first.spans_of("details")] == [(False, "a")]
    assert [(s.continued, second.quote(s)) for s in second.spans_of("details")] == [(True, "b")]


def test_an_empty_page_is_a_document_with_a_warning():
    empty = document()
    assert empty.sections == ()
    assert empty.warnings == ("the document is empty",)
    assert empty.title == "a-page"


def test_words_that_stand_in_no_section_are_a_warning():
    warned = document(heading(1, "Title"), text("kept words"), visible="Title kept words lost lost")
    assert warned.warnings == ("2 words of the page are in none of its sections: lost",)
    assert document(heading(1, "Title"), text("kept"), visible="kept Title").warnings == ()


def test_containers_beyond_the_deepest_keep_their_text():
    depth = MAX_DEPTH * 3
    section = document(*[Open("quote")] * depth, text("deep"), *[Close()] * depth, text("out")).sections[0]
    assert section.text == "deep\n\nout"
    assert max(span.depth for span in section.spans) == MAX_DEPTH


LEAVES = st.builds(
    text,
    st.text(alphabet="ab \n", min_size=1, max_size=6),
    st.sampled_from(["paragraph", "code", "table_row", "summary", "term"]),
)
HEADINGS = st.builds(heading, st.integers(1, 6), st.sampled_from(["A", "B", "A B", "A-1", " "]))
OPENS = st.builds(
    Open,
    st.sampled_from(["ordered_list", "bullet_list", "list_item", "quote", "details", "tab"]),
    st.sampled_from(["", "1"]),
)


@st.composite
def streams(draw: st.DrawFn) -> list[Block]:
    blocks: list[Block] = []
    opened = 0
    for block in draw(st.lists(st.one_of(LEAVES, HEADINGS, OPENS, st.just(Close())), max_size=25)):
        if isinstance(block, Close) and not opened:
            continue
        opened += isinstance(block, Open) - isinstance(block, Close)
        blocks.append(block)
    return [*blocks, *[Close()] * opened]


@given(streams())
def test_any_stream_gives_each_leaf_once_with_spans_that_nest(blocks: list[Block]):
    made = document(*blocks)
    assert made == document(*blocks)
    assert len({section.id for section in made.sections}) == len(made.sections)
    leaves = [b.inline.text for b in blocks if isinstance(b, Leaf) and b.inline.text.strip()]
    kinds = ("paragraph", "code", "table_row", "summary", "term")
    assert [section.quote(span) for section in made.sections for span in section.spans_of(*kinds)] == leaves
    for section in made.sections:
        around: list[int] = []
        for span in section.spans:
            assert 0 <= span.start < span.end <= len(section.text)
            while around and around[-1] <= span.start:
                around.pop()
            assert not around or span.end <= around[-1]
            around.append(span.end)
