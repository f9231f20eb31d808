"""Collects the text of an HTML page into leaves and containers while html_blocks walks its elements."""

from __future__ import annotations

from collections.abc import Callable

from wekadocs_assets.core.models import Repair
from wekadocs_assets.core.parsers.html_inline import InlineBuilder
from wekadocs_assets.core.parsers.page import Block, Close, Heading, Inline, Leaf, Open

OnEnd = Callable[[], None] | None
"""What to do at the end tag of an element; None: nothing."""


class LeafCollector:
    """The blocks so far and the leaf under construction.

    `kinds` is a stack: its top is the kind of leaf that text becomes. `mode` is '' if every block boundary ends the leaf;
    'heading', 'cell', 'leaf' or 'code' while all text up to the end of that element becomes one leaf.
    """

    def __init__(self) -> None:
        self.out: list[Block] = []
        self.repairs: list[Repair] = []
        self.builder = InlineBuilder()
        self.kinds = ["paragraph"]
        self.mode = ""
        self.code_language = ""
        self.heading = Heading(0, Inline(""))

    def add_text(self, text: str) -> None:
        if self.mode == "code":
            self.builder.raw(text)
        else:
            self.builder.text(text)

    def end_unclosed(self, tag: str, line: int) -> None:
        """Ends a heading or code block whose end tag is missing, before the element `tag` at source line `line`."""
        if self.builder.length:
            what = "heading" if self.mode == "heading" else "preformatted text"
            self.repairs.append(Repair(f"{what} never closed: ended before <{tag}>", line))
            self.finish_leaf()

    def block_boundary(self) -> None:
        """Start or end of a block element: the text before it becomes a leaf, or is only separated while `mode` is set."""
        if self.mode:
            self.separate()
        elif self.builder.length:
            self.end_leaf()
        else:
            self.builder.space = False

    def end_leaf(self) -> None:
        """Ends the leaf: its kind is the top of `kinds`, refined by the marks that cover all of its text."""
        inline = self.builder.take()
        if not inline.text:
            return
        kind = self.kinds[-1]
        covering = {m.kind for m in inline.marks if m.start == 0 and m.end == len(inline.text)}
        if kind == "display":
            kind = "code" if "inline_code" in covering else "paragraph"
        elif kind == "paragraph" and "image" in covering:
            kind = "image"
        elif kind == "definition":  # the following text of the same `dd` is ordinary paragraphs
            self.kinds[-1] = "paragraph"
        self.out.append(Leaf(kind, Inline(inline.text) if kind == "code" else inline))

    def separate(self) -> None:
        """Separates the text of two blocks inside one leaf: by a line break in code, else by a blank."""
        if self.mode != "code":
            self.builder.separate()
        elif self.builder.length and not self.builder.parts[-1].endswith("\n"):
            self.builder.raw("\n")

    def finish_leaf(self) -> None:
        """Ends the leaf, heading or code block under construction."""
        mode, self.mode = self.mode, ""
        if mode == "code":
            lines = self.builder.take_raw().split("\n")
            while lines and not lines[0].strip():
                lines.pop(0)
            self.out.append(Leaf("code", Inline("\n".join(lines).rstrip()), self.code_language))
        elif mode == "heading":
            self.out.append(Heading(self.heading.level, self.builder.take(), self.heading.anchor, self.heading.line))
        else:
            self.end_leaf()

    def open_kind(self, kind: str) -> Callable[[], None]:
        """Text becomes leaves of this kind until the returned function is called."""
        self.block_boundary()
        self.kinds.append(kind)

        def end() -> None:
            self.block_boundary()
            self.kinds.pop()

        return end

    def open_container(self, block: Open, kind: str = "paragraph") -> Callable[[], None]:
        """Opens a container whose text becomes leaves of this kind; the returned function closes it."""
        end_kind = self.open_kind(kind)
        self.out.append(block)

        def end() -> None:
            end_kind()
            self.out.append(Close())

        return end
