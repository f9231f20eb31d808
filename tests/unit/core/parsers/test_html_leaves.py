"""Text is collected into leaves, headings, code and containers."""

from wekadocs_assets.core.parsers.html_leaves import LeafCollector
from wekadocs_assets.core.parsers.page import Close, Heading, Inline, Leaf, Mark, Open


def test_a_block_boundary_ends_a_leaf_and_blank_text_is_none():
    collector = LeafCollector()
    for text in ("a", " ", "b"):
        collector.block_boundary()
        collector.add_text(text)
    collector.finish_leaf()
    assert collector.out == [Leaf("paragraph", Inline("a")), Leaf("paragraph", Inline("b"))]


def test_inside_a_mode_a_block_boundary_only_separates():
    collector = LeafCollector()
    collector.mode, collector.heading = "heading", Heading(2, Inline(""), "x", 7)
    collector.add_text("a")
    collector.block_boundary()
    collector.add_text("b")
    collector.finish_leaf()
    assert collector.out == [Heading(2, Inline("a b"), "x", 7)] and collector.mode == ""


def test_code_keeps_its_lines_and_loses_blank_ones_at_its_ends():
    collector = LeafCollector()
    collector.mode, collector.code_language = "code", "sh"
    collector.add_text("\n  ls")
    collector.separate()
    collector.add_text("pwd\n\n")
    collector.finish_leaf()
    assert collector.out == [Leaf("code", Inline("  ls\npwd"), "sh")]


def test_a_code_block_that_never_ends_is_ended_with_a_repair():
    collector = LeafCollector()
    collector.mode = "code"
    collector.add_text("ls")
    collector.end_unclosed("h2", 9)
    assert [type(block) for block in collector.out] == [Leaf] and collector.mode == ""
    assert [(repair.what, repair.line) for repair in collector.repairs] == [
        ("preformatted text never closed: ended before <h2>", 9)
    ]


def test_text_in_a_container_has_its_kind_and_only_the_first_of_a_definition_is_one():
    collector = LeafCollector()
    end = collector.open_container(Open("definition_list"), "definition")
    for text in ("a", "b"):
        collector.add_text(text)
        collector.block_boundary()
    end()
    collector.add_text("after")
    collector.finish_leaf()
    assert collector.out == [
        Open("definition_list"),
        Leaf("definition", Inline("a")),
        Leaf("paragraph", Inline("b")),
        Close(),
        Leaf("paragraph", Inline("after")),
    ]


def test_an_image_alone_and_code_alone_in_a_display_are_leaves_of_their_kind():
    collector = LeafCollector()
    collector.builder.image("Nodes", "n.png")
    collector.block_boundary()
    end = collector.open_kind("display")
    collector.builder.start(("inline_code", ""))
    collector.add_text("ls")
    collector.builder.stop()
    end()
    assert collector.out == [
        Leaf("image", Inline("Nodes", (Mark("image", 0, 5, "n.png"),))),
        Leaf("code", Inline("ls")),
    ]
