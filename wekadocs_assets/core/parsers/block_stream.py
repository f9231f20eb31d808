"""Collects the blocks of a Markdown page and keeps containers properly nested, even when start and end tags do not match."""

from __future__ import annotations

from wekadocs_assets.core.parsers.page import (
    Block,
    Close,
    Heading,
    Inline,
    Leaf,
    Open,
    join_inlines,
    strip_inline,
    table_row,
)

LISTS = ("ordered_list", "bullet_list")
SEARCH_DEPTH = 200
"""How many open containers an end tag searches for its start; bounds the time for pages with many tags."""


class BlockStream:
    """Receives containers by open() and close(), text by text(), headings by heading(); finish() returns the blocks.

    While a table cell or a gathered piece (summary, caption, term, heading) is open, text() adds to it; otherwise each
    text is a leaf of its own.
    """

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.stack: list[tuple[str, int, object]] = []  # kind, index of its Open in `blocks`, owner
        self.gathered: list[Inline] | None = None
        self.gathering = ""
        self.level = 0
        self.anchor = ""
        self.cells: list[Inline] | None = None
        self.cell: list[Inline] | None = None
        self.headers: list[str] = []
        self.header_row = False

    def open(self, kind: str, info: str = "", owner: object = None) -> None:
        """Opens a container; owner: the Markdown token that opens it, None for an HTML tag or a template tag."""
        self.finish_gathering()
        if self.cell is not None:
            return
        self.stack.append((kind, len(self.blocks), owner))
        self.blocks.append(Open(kind, info))

    def close(self, *kinds: str, owner: object = None) -> None:
        """Closes the innermost container of this owner and of one of these kinds (of any kind if none is given).

        All containers inside it are closed with it. Does nothing if there is no such container.
        """
        self.finish_gathering()
        for depth in range(len(self.stack) - 1, max(len(self.stack) - SEARCH_DEPTH, 0) - 1, -1):
            kind, _, container_owner = self.stack[depth]
            if (kind in kinds or not kinds) and container_owner is owner:
                if kind == "table":
                    self.finish_row()
                while len(self.stack) > depth:
                    self.stack.pop()
                    self.blocks.append(Close())
                return
            if container_owner is not None and owner is None:
                return  # a tag does not close the Markdown list item or quote that contains it

    def inside(self, *kinds: str) -> bool:
        return any(kind in kinds for kind, _, _ in self.stack[-SEARCH_DEPTH:])

    def innermost(self, *kinds: str) -> str:
        return next((kind for kind, _, _ in reversed(self.stack[-SEARCH_DEPTH:]) if kind in kinds), "")

    def text(self, inline: Inline, kind: str = "paragraph", info: str = "") -> None:
        inline = inline if kind == "code" else strip_inline(inline)
        if not inline.text.strip():
            return
        if self.cell is not None:
            self.cell.append(inline)
        elif self.gathered is not None:
            self.gathered.append(inline)
        else:
            self.blocks.append(Leaf(kind, inline, info))

    def heading(self, level: int, inline: Inline, anchor: str, line: int) -> None:
        self.finish_gathering()
        if self.cells is not None or self.cell is not None:
            self.finish_row()
        self.blocks.append(Heading(level, inline, anchor, line))

    def gather(self, what: str, level: int = 0, anchor: str = "") -> None:
        """Starts a summary, caption, term or heading (`what`): text() adds to it until finish_gathering()."""
        self.finish_gathering()
        if self.cell is None:
            self.gathered, self.gathering, self.level, self.anchor = [], what, level, anchor

    def finish_gathering(self) -> None:
        if self.gathered is None:
            return
        inline = strip_inline(join_inlines(self.gathered, " "))
        self.gathered = None
        if not inline.text:
            return
        if self.gathering == "heading":
            self.blocks.append(Heading(self.level, inline, self.anchor))
            return
        self.blocks.append(Leaf(self.gathering, inline))
        if self.gathering == "summary":
            self._set_details_info(inline.text)

    def _set_details_info(self, summary: str) -> None:
        for kind, index, _ in reversed(self.stack[-SEARCH_DEPTH:]):
            if kind == "details":
                if self.blocks[index] == Open("details"):
                    self.blocks[index] = Open("details", " ".join(summary.split()))
                return

    def begin_row(self) -> None:
        self.finish_row()
        if not self.inside("table"):
            self.open("table")
            self.headers = []
        self.cells, self.header_row = [], False

    def begin_cell(self, header: bool) -> None:
        if self.cells is None:
            self.begin_row()
        self.finish_cell()
        self.cell = []
        self.header_row = self.header_row or (header and not self.cells)

    def finish_cell(self) -> None:
        if self.cell is not None and self.cells is not None:
            self.cells.append(join_inlines(self.cell, " "))
        self.cell = None

    def finish_row(self) -> None:
        self.finish_cell()
        cells, self.cells = self.cells, None
        if cells and any(cell.text.strip() for cell in cells):
            self.row(cells, header=self.header_row and not self.headers)

    def row(self, cells: list[Inline], *, header: bool) -> None:
        """Adds a table row; a header row gives the column headers of the rows after it."""
        if header:
            self.headers = [" ".join(cell.text.split()) for cell in cells]
        if self.cell is not None:
            self.cell.append(table_row(cells).inline)
        else:
            self.blocks.append(table_row(cells, self.headers, header=header))

    def finish(self) -> list[Block]:
        self.finish_gathering()
        self.finish_row()
        self.blocks.extend(Close() for _ in self.stack)
        self.stack.clear()
        return self.blocks
