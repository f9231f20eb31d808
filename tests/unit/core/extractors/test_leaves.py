"""Leaves of a section: their marks, the containers around them, and runs of inline code."""

from handmade_pages import bullets, code, details, document, numbered, paragraph, table

from wekadocs_assets.core.extractors.leaves import Leaf, code_runs, leaves_of
from wekadocs_assets.core.models import Section, Span


def leaves(*parts) -> list[Leaf]:
    return [leaf for section in document(*parts).sections for leaf in leaves_of(section)]


def section_of(text: str, *spans: Span) -> Section:
    return Section(
        id="s", tag="docs", document_id="d", parent_id="", level=1, title="T", heading_path=("T",), anchor="t", order=0,
        text=text, checksum="c", tokens=1, spans=spans,
    )  # fmt: skip


def test_leaves_come_in_reading_order_with_their_text():
    found = leaves(paragraph("Of gates."), code("x = 1"), table(["A", "B"], ["1", "2"]))
    assert [(leaf.kind, leaf.text) for leaf in found] == [
        ("paragraph", "Of gates."),
        ("code", "x = 1"),
        ("table_row", "A | B"),
        ("table_row", "1 | 2"),
    ]


def test_a_leaf_knows_the_containers_around_it_and_none_that_ended():
    inner, after = leaves(details("More", numbered(bullets("deep"))), paragraph("after"))[1:]
    assert [c.kind for c in inner.containers] == ["details", "ordered_list", "list_item", "bullet_list", "list_item"]
    assert inner.inside("details") and inner.inside("bullet_list", "quote") and not inner.inside("quote")
    assert after.containers == ()


def test_a_leaf_has_its_own_marks_only():
    first, second = leaves(paragraph("Run `a` **now**."), paragraph("Then `b`."))
    assert [first.section.quote(mark) for mark in first.marks_of("inline_code", "strong")] == ["a", "now"]
    assert [second.section.quote(mark) for mark in second.marks] == ["b"]


def test_an_image_inside_a_paragraph_is_a_mark_of_it():
    text = "See chart here."
    spans = (Span(kind="paragraph", start=0, end=15), Span(kind="image", start=4, end=9))
    (leaf,) = leaves_of(section_of(text, *spans))
    assert leaf.kind == "paragraph" and [mark.kind for mark in leaf.marks] == ["image"]


def test_a_tail_is_at_most_as_long_as_the_text():
    (leaf,) = leaves(paragraph("Of gates."))
    assert (leaf.tail(6), leaf.tail(100)) == ("gates.", "Of gates.")


def test_code_marks_with_only_white_space_between_them_are_one_run():
    (leaf,) = leaves(paragraph("Run `acme` `list`, not `acme`x`y`."))
    assert [leaf.section.text[start:end] for start, end in code_runs(leaf)] == ["acme list", "acme", "y"]
