"""Walks the elements of an HTML page's content in one pass, without recursion, and produces the stream of blocks."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from wekadocs_assets.core.models import Repair
from wekadocs_assets.core.parsers import html_roles as roles
from wekadocs_assets.core.parsers.html_inline import alternative_text, element_mark
from wekadocs_assets.core.parsers.html_leaves import LeafCollector, OnEnd
from wekadocs_assets.core.parsers.html_root import INLINE, is_skipped
from wekadocs_assets.core.parsers.html_table import Table, layout_tables
from wekadocs_assets.core.parsers.html_tree import Element, element_text, source_line
from wekadocs_assets.core.parsers.page import Block, Heading, Inline, Leaf, Open

BREAKS_LEAF = frozenset("h1 h2 h3 h4 h5 h6 p ul ol dl table pre section article blockquote details hr".split())
"""Blocks that a heading or `pre` cannot contain (HTML spec): inside one, they show that its end tag is missing."""
CAPTIONS = frozenset(
    ("caption", "code-block-caption", "admonition-title", "admonition-heading", "markdown-alert-title")
)


def read_blocks(root: Element, includes_frame: bool) -> tuple[list[Block], list[Repair]]:
    """(the blocks of the content root in reading order, the repairs made); includes_frame: see html_root."""
    reader = _Reader(root, includes_frame)
    reader.read()
    return reader.out, reader.repairs


class _Reader(LeafCollector):
    """Has one handler per kind of element (HANDLERS): called at the start tag, it returns what to do at the end tag."""

    def __init__(self, root: Element, includes_frame: bool) -> None:
        super().__init__()
        self.root, self.includes_frame = root, includes_frame
        self.table: Table | None = None
        self.numbers: list[int] = []
        self.layout = layout_tables(root)
        self.tab_labels, self.used_labels = roles.tab_labels(root)

    def read(self) -> None:
        ends: list[OnEnd] = []
        walk = etree.iterwalk(self.root, events=("start", "end"))
        for event, element in walk:
            if event == "start":
                if element is not self.root and (
                    element in self.used_labels or is_skipped(element, self.includes_frame)
                ):
                    walk.skip_subtree()
                    is_block = element.tag not in INLINE and element.tag not in ("script", "style")
                    ends.append(self.block_boundary if is_block else None)
                    continue
                ends.append(self.enter(element))
                if element.text:
                    self.add_text(element.text)
            else:
                end = ends.pop()
                if end:
                    end()
                if element.tail and element is not self.root:
                    self.add_text(element.tail)
        self.finish_leaf()

    def enter(self, element: Element) -> OnEnd:
        """Handles a start tag; returns what to do at the end tag."""
        tag = element.tag
        if self.mode in ("heading", "code") and tag in BREAKS_LEAF:
            self.end_unclosed(tag, source_line(element))
        if tag in INLINE and element.get("role") != "heading":
            return self.inline(element)
        handler = HANDLERS.get(tag)
        if handler is not None and not (self.mode and tag not in ("td", "th", "tr", "br", "img", "pre")):
            return handler(self, element)
        if self.mode:
            self.separate()
            return self.separate
        return self.block(element)

    def inline(self, element: Element) -> OnEnd:
        if element.tag == "img":
            self.image(element)
            return None
        mark = element_mark(element)
        if mark is None:
            return None
        self.builder.start(mark)
        return self.builder.stop

    def image(self, element: Element) -> None:
        alt = alternative_text(element)
        if alt and self.mode != "code":
            self.builder.image(alt, element.get("src") or "")

    def block(self, element: Element) -> OnEnd:
        """div, p, section and unknown blocks: a heading, tab, admonition or caption if attributes say so."""
        level = roles.heading_level(element)
        if level:
            return self.title(element, level)
        if element in self.tab_labels:
            end = self.open_container(Open("tab", self.tab_labels[element]))
            self.out.append(Leaf("caption", Inline(self.tab_labels[element])))
            return end
        admonition = roles.admonition_type(element)
        if admonition:
            return self.open_container(Open("admonition", admonition))
        names = (element.get("class") or "").split()
        if "Bd" in names:  # a display block of a manual page (mdoc): a line of code, or text
            return self.open_kind("display")
        if not CAPTIONS.isdisjoint(names) or (names == ["title"] and element.tag == "div"):
            return self.open_kind("caption")
        self.block_boundary()
        return self.block_boundary

    def title(self, element: Element, level: int = 0) -> OnEnd:
        self.block_boundary()
        level = level or roles.heading_level(element)
        self.heading = Heading(level, Inline(""), roles.heading_anchor(element, self.root), source_line(element))
        self.mode = "heading"
        return lambda: self._end_element("heading")

    def _end_element(self, mode: str) -> None:
        """Ends the heading or code block, unless end_unclosed already did."""
        if self.mode == mode:
            self.finish_leaf()
        else:
            self.block_boundary()

    def pre(self, element: Element) -> OnEnd:
        if self.mode:
            return self.block_boundary
        self.block_boundary()
        self.code_language, self.mode = roles.code_language(element), "code"
        return lambda: self._end_element("code")

    def svg(self, element: Element) -> OnEnd:
        return self.single_leaf("image")

    def single_leaf(self, kind: str) -> OnEnd:
        """All text of the element becomes one leaf of this kind, whatever blocks the element contains."""
        if self.mode:
            return self.block_boundary
        end_kind = self.open_kind(kind)
        self.mode = "leaf"

        def end() -> None:
            self.mode = ""
            end_kind()

        return end

    def line_break(self, element: Element) -> None:
        if self.mode == "code":
            self.builder.raw("\n")
        elif self.mode:
            self.builder.separate()
        else:
            self.builder.newline()

    def bullet_list(self, element: Element) -> OnEnd:
        return self.open_container(Open("bullet_list"))

    def ordered_list(self, element: Element) -> OnEnd:
        start = element.get("start", "1").strip()
        number = int(start) if start.isascii() and start.lstrip("-").isdigit() and len(start) < 10 else 1
        end = self.open_container(Open("ordered_list", str(number)))
        self.numbers.append(number)

        def done() -> None:
            self.numbers.pop()
            end()

        return done

    def blockquote(self, element: Element) -> OnEnd:
        return self.block(element) if roles.admonition_type(element) else self.open_container(Open("quote"))

    def list_item(self, element: Element) -> OnEnd:
        parent = element.getparent()
        if parent is None or parent.tag not in ("ul", "ol", "menu", "dir"):
            return self.open_kind("paragraph")
        number = ""
        if parent.tag == "ol" and self.numbers:
            value = element.get("value", "").strip()
            if value.isascii() and value.isdigit() and len(value) < 10:
                self.numbers[-1] = int(value)
            number = str(self.numbers[-1])
            self.numbers[-1] += 1
        return self.open_container(Open("list_item", number))

    def details(self, element: Element) -> OnEnd:
        summary = element.find("summary")
        label = " ".join(element_text(summary).split()) if summary is not None else ""
        return self.open_container(Open("details", label))

    def data_table(self, element: Element) -> OnEnd:
        if element.get("class") == "Nm":  # mandoc writes a synopsis as a table: name, arguments
            return self.single_leaf("code")
        if element in self.layout:
            self.block_boundary()
            return self.block_boundary
        end = self.open_container(Open("table"))
        self.table = Table()

        def done() -> None:
            self.block_boundary()
            self.emit_row(False)
            self.table = None
            end()

        return done

    def emit_row(self, head: bool) -> None:
        row = self.table.row(head) if self.table else None
        if row:
            self.out.append(row)

    def row(self, element: Element) -> OnEnd:
        if self.table is None or self.mode:
            self.block_boundary()
            return self.block_boundary
        self.block_boundary()
        parent = element.getparent()
        head = parent is not None and parent.tag == "thead"

        def end() -> None:
            self.block_boundary()
            self.emit_row(head)

        return end

    def cell(self, element: Element) -> OnEnd:
        if self.table is None or self.mode:
            return self.block(element) if not self.mode else self.block_boundary
        self.block_boundary()
        self.mode = "cell"
        table = self.table

        def end() -> None:
            self.mode = ""
            table.cell(element, self.builder.take())

        return end


HANDLERS: dict[str, Callable[[_Reader, Element], OnEnd]] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _Reader.title),
    **dict.fromkeys(("pre", "listing", "xmp", "plaintext"), _Reader.pre),
    **dict.fromkeys(("ul", "menu", "dir"), _Reader.bullet_list),
    **dict.fromkeys(("td", "th"), _Reader.cell),
    "br": _Reader.line_break,
    "img": _Reader.image,
    "ol": _Reader.ordered_list,
    "li": _Reader.list_item,
    "dl": lambda reader, _: reader.open_container(Open("definition_list")),
    "dt": lambda reader, _: reader.open_kind("term"),
    "dd": lambda reader, _: reader.open_kind("definition"),
    "blockquote": _Reader.blockquote,
    "details": _Reader.details,
    "summary": lambda reader, _: reader.open_kind("summary"),
    "figcaption": lambda reader, _: reader.open_kind("caption"),
    "caption": lambda reader, _: reader.open_kind("caption"),
    "svg": _Reader.svg,
    "table": _Reader.data_table,
    "tr": _Reader.row,
}
