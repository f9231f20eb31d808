"""HTML tables: tells data tables from layout tables, and reads the rows of a data table with the header of each cell."""

from __future__ import annotations

from wekadocs_assets.core.parsers.html_root import HEADINGS
from wekadocs_assets.core.parsers.html_tree import Element, find_elements
from wekadocs_assets.core.parsers.page import Inline, Leaf, table_row

MAX_SPAN = 1000
"""Upper limit of colspan (HTML spec, 4.9.11), used for rowspan too."""


def layout_tables(root: Element) -> set[Element]:
    """Tables that only arrange blocks on the page; their cells are read as blocks.

    They have the role presentation, or contain headings, tables or line-numbered code, or are a single column of blocks.
    """
    layout = set(find_elements(root, ".//table[@role='presentation' or @role='none']"))
    for element in root.iter("table", *HEADINGS):
        around = next(element.iterancestors("table"), None)
        if around is not None:
            layout.add(around)
    for cell in find_elements(root, ".//td[contains(@class, 'lineno') or contains(@class, 'gutter')]"):
        layout.add(next(cell.iterancestors("table"), cell))
    layout.update(
        find_elements(root, ".//div[contains(@class, 'admonitionblock') or contains(@class, 'colist')]/table")
    )
    single: dict[Element, bool] = {}
    for block in root.iter("pre", "ul", "ol", "dl"):
        around = next(block.iterancestors("table"), None)
        if around is not None and around not in layout and single.setdefault(around, _one_column(around)):
            layout.add(around)
    return layout


def _one_column(table: Element) -> bool:
    return sum(1 for _ in table.iter("td", "th")) <= sum(1 for _ in table.iter("tr"))


class Table:
    """Reads a data table cell by cell; counts columns with colspan and rowspan."""

    def __init__(self) -> None:
        self.headers: dict[int, list[str]] = {}
        self.cells: list[tuple[int, Inline]] = []
        self.row_spans: dict[int, int] = {}  # column -> rows that a cell with rowspan still covers
        self.column = 0
        self.only_headers = True
        self.has_body = False

    def cell(self, element: Element, inline: Inline) -> None:
        """Adds a cell at the next free column."""
        while self.row_spans.get(self.column):
            self.column += 1
        width, height = _span_size(element, "colspan"), _span_size(element, "rowspan")
        head = element.tag == "th"
        self.only_headers = self.only_headers and (head or not inline.text)
        self.cells.append((self.column, inline))
        for column in range(self.column, self.column + width):
            if height > 1:
                self.row_spans[column] = height
        self.column += width

    def row(self, head: bool) -> Leaf | None:
        """Ends the row and returns it, None if it has no text; head: the row is inside `thead`."""
        cells, header = self.cells, not self.has_body and (head or self.only_headers)
        if cells and not header:
            self.has_body = True
        leaf = None
        if any(inline.text for _, inline in cells):
            names = ["" if header else " / ".join(self.headers.get(column, ())) for column, _ in cells]
            leaf = table_row([inline for _, inline in cells], names, header=header)
        if cells and header:
            self._add_headers()
        self.row_spans = {column: rows - 1 for column, rows in self.row_spans.items() if rows > 1}
        self.cells, self.column, self.only_headers = [], 0, True
        return leaf

    def _add_headers(self) -> None:
        """Adds the texts of a header row to the headers of the columns that its cells cover."""
        bounds = [column for column, _ in self.cells[1:]] + [self.column]
        for (start, inline), end in zip(self.cells, bounds, strict=True):
            name = " ".join(inline.text.split())
            for column in range(start, end):
                known = self.headers.setdefault(column, [])
                if name and name not in known:
                    known.append(name)


def _span_size(element: Element, name: str) -> int:
    value = (element.get(name) or "1").strip()
    return max(1, min(int(value), MAX_SPAN)) if value.isdecimal() else 1
