"""Gathers the text of an HTML page into leaves and containers, in step with the walk over its elements."""

from __future__ import annotations

from collections.abc import Callable

from wekadocs_assets.core.models import Repair
from wekadocs_assets.core.parsers.html_inline import Flow
from wekadocs_assets.core.parsers.page import Block, Close, Heading, Inline, Leaf, Open

End = Callable[[], None] | None


class Leaves:
    """The blocks so far, and the leaf that is growing.

    `kinds` is the stack of what a plain run of text is here; `whole` says why text is not cut at blocks just now:
    '' (it is), 'heading', 'cell', 'leaf' or 'code'.
    """

    def __init__(self) -> None:
        self.out: list[Block] = []
        self.repairs: list[Repair] = []
        self.flow = Flow()
        self.kinds = ["paragraph"]
        self.whole = ""
        self.code_language = ""
        self.heading = Heading(0, Inline(""))

    def words(self, text: str) -> None:
        if self.whole == "code":
            self.flow.raw(text)
        else:
            self.flow.text(text)

    def break_out(self, tag: str, line: int) -> None:
        """Ends a heading or code block whose end tag is missing."""
        if self.flow.length:
            what = "heading" if self.whole == "heading" else "preformatted text"
            self.repairs.append(Repair(f"{what} never closed: ended before <{tag}>", line))
            self.finish_leaf()

    def cut(self) -> None:
        """A block begins or ends: the run of text before it is a leaf of its own, unless all here is one leaf."""
        if self.whole:
            self.gap()
        elif self.flow.length:
            self.leaf()
        else:
            self.flow.space = False

    def leaf(self) -> None:
        inline = self.flow.take()
        if not inline.text:
            return
        kind = self.kinds[-1]
        covering = {m.kind for m in inline.marks if m.start == 0 and m.end == len(inline.text)}
        if kind == "display":
            kind = "code" if "inline_code" in covering else "paragraph"
        elif kind == "paragraph" and "image" in covering:
            kind = "image"
        elif kind == "definition":  # what follows in the same description is ordinary text
            self.kinds[-1] = "paragraph"
        self.out.append(Leaf(kind, Inline(inline.text) if kind == "code" else inline))

    def gap(self) -> None:
        if self.whole != "code":
            self.flow.gap()
        elif self.flow.length and not self.flow.parts[-1].endswith("\n"):
            self.flow.raw("\n")

    def finish_leaf(self) -> None:
        """Ends whatever is being gathered."""
        whole, self.whole = self.whole, ""
        if whole == "code":
            lines = self.flow.take_raw().split("\n")
            while lines and not lines[0].strip():
                lines.pop(0)
            self.out.append(Leaf("code", Inline("\n".join(lines).rstrip()), self.code_language))
        elif whole == "heading":
            self.out.append(Heading(self.heading.level, self.flow.take(), self.heading.anchor, self.heading.line))
        else:
            self.leaf()

    def kind(self, kind: str) -> Callable[[], None]:
        """Plain text is of this kind until the returned end."""
        self.cut()
        self.kinds.append(kind)

        def end() -> None:
            self.cut()
            self.kinds.pop()

        return end

    def container(self, block: Open, kind: str = "paragraph") -> Callable[[], None]:
        end_kind = self.kind(kind)
        self.out.append(block)

        def end() -> None:
            end_kind()
            self.out.append(Close())

        return end
