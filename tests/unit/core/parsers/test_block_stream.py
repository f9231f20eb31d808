"""Containers stay nested whatever end tags come, and text goes where it belongs."""

from wekadocs_assets.core.parsers.block_stream import BlockStream
from wekadocs_assets.core.parsers.page import Block, Close, Heading, Inline, Leaf, Open


def shape(blocks: list[Block]) -> list[str]:
    """`+kind` opens, `-` closes, `kind:text` is a leaf, `#level:text` a heading."""
    made = []
    for block in blocks:
        if isinstance(block, Open):
            made.append(f"+{block.kind}")
        elif isinstance(block, Close):
            made.append("-")
        elif isinstance(block, Heading):
            made.append(f"#{block.level}:{block.inline.text}")
        else:
            made.append(f"{block.kind}:{block.inline.text}")
    return made


def test_closing_a_container_closes_what_is_open_inside_it_and_finish_the_rest():
    stream = BlockStream()
    for kind in ("details", "bullet_list", "list_item"):
        stream.open(kind)
    stream.text(Inline(" a "))
    stream.close("bullet_list")
    stream.close("quote")
    assert shape(stream.finish()) == ["+details", "+bullet_list", "+list_item", "paragraph:a", "-", "-", "-"]


def test_an_end_tag_does_not_close_what_markdown_opened():
    stream, owner = BlockStream(), object()
    stream.open("details")
    stream.open("list_item", owner=owner)
    stream.close("details")
    assert stream.inside("list_item") and stream.innermost("details", "list_item") == "list_item"
    stream.close(owner=owner)
    stream.close("details")
    assert not stream.inside("details", "list_item")


def test_blank_text_is_no_leaf_and_code_keeps_its_blanks():
    stream = BlockStream()
    stream.text(Inline("  "))
    stream.text(Inline("  x\n"), "code", "sh")
    assert stream.finish() == [Leaf("code", Inline("  x\n"), "sh")]


def test_a_summary_is_gathered_from_pieces_and_names_its_details():
    stream = BlockStream()
    stream.open("details")
    stream.gather("summary")
    stream.text(Inline("On"))
    stream.text(Inline("Linux"))
    stream.finish_gathering()
    assert stream.finish()[:2] == [Open("details", "On Linux"), Leaf("summary", Inline("On Linux"))]


def test_a_heading_ends_the_row_and_the_piece_that_are_open():
    stream = BlockStream()
    stream.begin_cell(header=False)
    stream.text(Inline("a"))
    stream.heading(2, Inline("Next"), "next", 7)
    assert shape(stream.finish()) == ["+table", "table_row:a", "#2:Next", "-"]


def test_the_cells_below_a_header_row_name_their_column():
    stream = BlockStream()
    for header, cells in ((True, ("A", "B")), (False, ("1", "2")), (False, ("", ""))):
        stream.begin_row()
        for text in cells:
            stream.begin_cell(header)
            stream.text(Inline(text))
    blocks = [block for block in stream.finish() if isinstance(block, Leaf)]
    assert [(block.info, block.inline.text) for block in blocks] == [("header", "A | B"), ("", "1 | 2")]
    assert [mark.info for mark in blocks[1].inline.marks] == ["A", "B"]
