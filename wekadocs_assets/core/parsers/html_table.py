"""Tables of HTML: which are data and which only place blocks on the page; rows with the header of each cell."""

from __future__ import annotations

from lxml import etree

from wekadocs_assets.core.parsers.html_root import HEADINGS
from wekadocs_assets.core.parsers.page import Inline, Leaf, table_row

Element = etree._Element
MAX_SPAN = 1000


def layout_tables(root: Element) -> set[Element]:
    """Tables whose cells are read as blocks: they hold headings, tables, line-numbered code, or frame a single column."""
    layout: set[Element] = set(root.xpath(".//table[@role='presentation' or @role='none']"))
    for element in root.iter("table", *HEADINGS):
        around = next(element.iterancestors("table"), None)
        if around is not None:
            layout.add(around)
    for cell in root.xpath(".//td[contains(@class, 'lineno') or contains(@class, 'gutter')]"):
        layout.add(next(cell.iterancestors("table"), cell))
    layout.update(root.xpath(".//div[contains(@class, 'admonitionblock') or contains(@class, 'colist')]/table"))
    single: dict[Element, bool] = {}
    for block in root.iter("pre", "ul", "ol", "dl"):
        around = next(block.iterancestors("table"), None)
        if around is not None and around not in layout and single.setdefault(around, _one_column(around)):
            layout.add(around)
    return layout


def _one_column(table: Element) -> bool:
    return sum(1 for _ in table.iter("td", "th")) <= sum(1 for _ in table.iter("tr"))


class Table:
    """A data table being read row by row; columns are counted with col- and rowspans."""

    def __init__(self) -> None:
        self.headers: dict[int, list[str]] = {}
        self.cells: list[tuple[int, Inline]] = []
        self.busy: dict[int, int] = {}  # column -> rows below that a cell above still fills
        self.column = 0
        self.only_headers = True
        self.body = False

    def cell(self, element: Element, inline: Inline) -> None:
        """A cell ends: it takes the next free column."""
        while self.busy.get(self.column):
            self.column += 1
        width, height = _span(element, "colspan"), _span(element, "rowspan")
        head = element.tag == "th"
        self.only_headers = self.only_headers and (head or not inline.text)
        self.cells.append((self.column, inline))
        for column in range(self.column, self.column + width):
            if height > 1:
                self.busy[column] = height
        self.column += width

    def row(self, head: bool) -> Leaf | None:
        """The row that ends here, None when it has no text."""
        cells, header = self.cells, not self.body and (head or self.only_headers)
        if cells and not header:
            self.body = True
        leaf = None
        if any(inline.text for _, inline in cells):
            names = ["" if header else " / ".join(self.headers.get(column, ())) for column, _ in cells]
            leaf = table_row([inline for _, inline in cells], names, header=header)
        if cells and header:
            self._learn()
        self.busy = {column: rows - 1 for column, rows in self.busy.items() if rows > 1}
        self.cells, self.column, self.only_headers = [], 0, True
        return leaf

    def _learn(self) -> None:
        bounds = [column for column, _ in self.cells[1:]] + [self.column]
        for (start, inline), end in zip(self.cells, bounds, strict=True):
            name = " ".join(inline.text.split())
            for column in range(start, end):
                known = self.headers.setdefault(column, [])
                if name and name not in known:
                    known.append(name)


def _span(element: Element, name: str) -> int:
    value = (element.get(name) or "1").strip()
    return max(1, min(int(value), MAX_SPAN)) if value.isdecimal() else 1
