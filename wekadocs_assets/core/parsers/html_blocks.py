"""Walks the content of an HTML page once, without recursion, and turns it into the flat stream of blocks."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from wekadocs_assets.core.models import Repair
from wekadocs_assets.core.parsers import html_roles as roles
from wekadocs_assets.core.parsers.html_inline import mark_of, picture_text
from wekadocs_assets.core.parsers.html_leaves import End, Leaves
from wekadocs_assets.core.parsers.html_root import INLINE, skipped
from wekadocs_assets.core.parsers.html_table import Table, layout_tables
from wekadocs_assets.core.parsers.page import Block, Heading, Inline, Leaf, Open

Element = etree._Element

BREAKS_LEAF = frozenset("h1 h2 h3 h4 h5 h6 p ul ol dl table pre section article blockquote details hr".split())
"""Blocks that cannot stand in a heading or in preformatted text: there an end tag was forgotten."""
CAPTIONS = frozenset(
    ("caption", "code-block-caption", "admonition-title", "admonition-heading", "markdown-alert-title")
)


def blocks_of(root: Element, frame: bool) -> tuple[list[Block], list[Repair]]:
    """The blocks of the content element in reading order, and the damage mended on the way."""
    reader = _Reader(root, frame)
    reader.read()
    return reader.out, reader.repairs


class _Reader(Leaves):
    """One method an element; each returns what is to be done at the element's end."""

    def __init__(self, root: Element, frame: bool) -> None:
        super().__init__()
        self.root, self.frame = root, frame
        self.table: Table | None = None
        self.numbers: list[int] = []
        self.layout = layout_tables(root)
        self.tab_labels, self.spoken = roles.tabs_of(root)

    def read(self) -> None:
        ends: list[End] = []
        walk = etree.iterwalk(self.root, events=("start", "end"))
        for event, element in walk:
            if event == "start":
                if element is not self.root and (element in self.spoken or skipped(element, self.frame)):
                    walk.skip_subtree()
                    ends.append(
                        self.cut if element.tag not in INLINE and element.tag not in ("script", "style") else None
                    )
                    continue
                ends.append(self.begin(element))
                if element.text:
                    self.words(element.text)
            else:
                end = ends.pop()
                if end:
                    end()
                if element.tail and element is not self.root:
                    self.words(element.tail)
        self.finish_leaf()

    def begin(self, element: Element) -> End:
        """Enters an element; returns what is to be done at its end."""
        tag = element.tag
        if self.whole in ("heading", "code") and tag in BREAKS_LEAF:
            self.break_out(tag, element.sourceline or 0)
        if tag in INLINE and element.get("role") != "heading":
            return self.inline(element)
        handler = HANDLERS.get(tag)
        if handler is not None and not (self.whole and tag not in ("td", "th", "tr", "br", "img", "pre")):
            return handler(self, element)
        if self.whole:
            self.gap()
            return self.gap
        return self.box(element)

    def inline(self, element: Element) -> End:
        if element.tag == "img":
            return self.image(element)
        mark = mark_of(element)
        if mark is None:
            return None
        self.flow.start(mark)
        return self.flow.stop

    def image(self, element: Element) -> None:
        alt = picture_text(element)
        if alt and self.whole != "code":
            self.flow.picture(alt, element.get("src") or "")

    def box(self, element: Element) -> End:
        """div, p, section and every unknown block: its attributes may say that it is more."""
        level = roles.level_of(element)
        if level:
            return self.title(element, level)
        if element in self.tab_labels:
            end = self.container(Open("tab", self.tab_labels[element]))
            self.out.append(Leaf("caption", Inline(self.tab_labels[element])))
            return end
        admonition = roles.admonition_of(element)
        if admonition:
            return self.container(Open("admonition", admonition))
        names = (element.get("class") or "").split()
        if "Bd" in names:  # a display of a manual page: a line of code, or text
            return self.kind("display")
        if not CAPTIONS.isdisjoint(names) or (names == ["title"] and element.tag == "div"):
            return self.kind("caption")
        self.cut()
        return self.cut

    def title(self, element: Element, level: int = 0) -> End:
        self.cut()
        level = level or roles.level_of(element)
        self.heading = Heading(level, Inline(""), roles.anchor_of(element, self.root), element.sourceline or 0)
        self.whole = "heading"
        return lambda: self.finish_leaf() if self.whole == "heading" else self.cut()

    def pre(self, element: Element) -> End:
        if self.whole:
            return self.cut
        self.cut()
        self.code_language, self.whole = roles.language_of(element), "code"
        return lambda: self.finish_leaf() if self.whole == "code" else self.cut()

    def drawing(self, element: Element) -> End:
        return self.one_leaf("image")

    def one_leaf(self, kind: str) -> End:
        """All text of the element is one leaf of this kind, whatever blocks it holds."""
        if self.whole:
            return self.cut
        end_kind = self.kind(kind)
        self.whole = "leaf"

        def end() -> None:
            self.whole = ""
            end_kind()

        return end

    def line_break(self, element: Element) -> None:
        if self.whole == "code":
            self.flow.raw("\n")
        elif self.whole:
            self.flow.gap()
        else:
            self.flow.newline()

    def bullets(self, element: Element) -> End:
        return self.container(Open("bullet_list"))

    def numbered(self, element: Element) -> End:
        start = element.get("start", "1").strip()
        number = int(start) if start.isascii() and start.lstrip("-").isdigit() and len(start) < 10 else 1
        end = self.container(Open("ordered_list", str(number)))
        self.numbers.append(number)

        def done() -> None:
            self.numbers.pop()
            end()

        return done

    def item(self, element: Element) -> End:
        parent = element.getparent()
        if parent is None or parent.tag not in ("ul", "ol", "menu", "dir"):
            return self.kind("paragraph")
        number = ""
        if parent.tag == "ol" and self.numbers:
            value = element.get("value", "").strip()
            if value.isascii() and value.isdigit() and len(value) < 10:
                self.numbers[-1] = int(value)
            number = str(self.numbers[-1])
            self.numbers[-1] += 1
        return self.container(Open("list_item", number))

    def details(self, element: Element) -> End:
        summary = element.find("summary")
        label = " ".join("".join(summary.itertext()).split()) if summary is not None else ""
        return self.container(Open("details", label))

    def data_table(self, element: Element) -> End:
        if element.get("class") == "Nm":  # mandoc sets a synopsis as a table: name, arguments
            return self.one_leaf("code")
        if element in self.layout:
            self.cut()
            return self.cut
        end = self.container(Open("table"))
        self.table = Table()

        def done() -> None:
            self.cut()
            self.end_row(False)
            self.table = None
            end()

        return done

    def end_row(self, head: bool) -> None:
        row = self.table.row(head) if self.table else None
        if row:
            self.out.append(row)

    def row(self, element: Element) -> End:
        if self.table is None or self.whole:
            self.cut()
            return self.cut
        self.cut()
        parent = element.getparent()
        head = parent is not None and parent.tag == "thead"

        def end() -> None:
            self.cut()
            self.end_row(head)

        return end

    def cell(self, element: Element) -> End:
        if self.table is None or self.whole:
            return self.box(element) if not self.whole else self.cut
        self.cut()
        self.whole = "cell"
        table = self.table

        def end() -> None:
            self.whole = ""
            table.cell(element, self.flow.take())

        return end


HANDLERS: dict[str, Callable[[_Reader, Element], End]] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _Reader.title),
    **dict.fromkeys(("pre", "listing", "xmp", "plaintext"), _Reader.pre),
    **dict.fromkeys(("ul", "menu", "dir"), _Reader.bullets),
    **dict.fromkeys(("td", "th"), _Reader.cell),
    "br": _Reader.line_break,
    "img": _Reader.image,
    "ol": _Reader.numbered,
    "li": _Reader.item,
    "dl": lambda reader, _: reader.container(Open("definition_list")),
    "dt": lambda reader, _: reader.kind("term"),
    "dd": lambda reader, _: reader.kind("definition"),
    "blockquote": lambda reader, e: reader.box(e) if roles.admonition_of(e) else reader.container(Open("quote")),
    "details": _Reader.details,
    "summary": lambda reader, _: reader.kind("summary"),
    "figcaption": lambda reader, _: reader.kind("caption"),
    "caption": lambda reader, _: reader.kind("caption"),
    "svg": _Reader.drawing,
    "table": _Reader.data_table,
    "tr": _Reader.row,
}
