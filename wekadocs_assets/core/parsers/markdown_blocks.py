"""Reads the tokens of markdown-it, and the HTML tags and template tags in their text, into a BlockStream."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from markdown_it.token import Token

from wekadocs_assets.core.models import Repair
from wekadocs_assets.core.parsers.block_stream import LISTS, BlockStream
from wekadocs_assets.core.parsers.embedded_html import Tag
from wekadocs_assets.core.parsers.markdown_costs import looks_like_prose
from wekadocs_assets.core.parsers.markdown_inline import InlineReader, Reading, Template
from wekadocs_assets.core.parsers.markdown_rules import markdown_parser
from wekadocs_assets.core.parsers.page import Inline, Mark, strip_inline

ALERT = re.compile(r"\[!(?P<type>\w+)\][+-]?[ \t]*\n?")
DIRECTIVE = re.compile(r"^:{3,}\s*(?:\{?(?P<name>[\w-]+)\}?)?(?P<title>[^\n]*)$")
HEADING_ID = re.compile(r"\{\s*:?\s*#(?P<id>[^\s{}]+)[^{}]*\}\s*$")
ARGUMENT = re.compile(r"""(\w[\w-]*)\s*=\s*["']([^"']*)["']""")
LONGEST_UNDERLINED = 120
"""A longer line above dashes is a paragraph before a thematic break, not a setext heading."""
ADMONITIONS = (
    "hint",
    "callout",
    "note",
    "warning",
    "tip",
    "info",
    "alert",
    "admonition",
    "danger",
    "caution",
    "important",
)
KINDS = {
    **dict.fromkeys(ADMONITIONS, "admonition"),
    **dict.fromkeys(("details", "expand", "collapse", "dropdown"), "details"),
    **dict.fromkeys(("tab", "tab-item", "tabitem"), "tab"),
}
"""The container that each name of a template tag or directive opens."""


class BlockReader:
    """Reads one page. numbers: the page's line number of each parsed line; env: markdown-it's environment."""

    def __init__(self, numbers: list[int], env: dict[str, Any]) -> None:
        self.numbers = numbers
        self.env = env
        self.inline = InlineReader(markdown_parser(), env)
        self.stream = BlockStream()
        self.repairs: list[Repair] = []
        self.owners: list[Token] = []
        self.offset = 0
        self.next_number = 1

    def read(self, tokens: list[Token]) -> None:
        i = 0
        while i < len(tokens):
            i += self._read_token(tokens, i)

    def _read_token(self, tokens: list[Token], i: int) -> int:
        """Reads the token at index i; returns how many tokens were consumed."""
        token = tokens[i]
        kind = token.type
        if kind == "paragraph_open":
            self._paragraph(tokens[i + 1].content)
            return 3
        if kind == "heading_open":
            self._heading(token, tokens[i + 1].content)
            return 3
        if kind == "pipe_table":
            self._table(token)
        elif kind == "fence":
            self.stream.text(Inline(token.content.strip("\n")), "code", re.split(r"[\s{,]", token.info.strip(" {."))[0])
        elif kind == "code_block":
            self._indented(token)
        elif token.nesting == 1:
            self._open(tokens, i)
        elif token.nesting == -1 and self.owners:
            self.stream.close(owner=self.owners.pop())
        return 1

    def _open(self, tokens: list[Token], i: int) -> None:
        token = tokens[i]
        self.owners.append(token)
        title = ""
        if token.type == "blockquote_open":
            kind, info, title = _block_quote(tokens, i)
        elif token.type == "container_open":
            kind, title = token.meta["kind"], token.meta["title"]
            info = token.meta["type"] if kind == "admonition" else title
        elif token.type == "ordered_list_open":
            kind, info = "ordered_list", tokens[i + 1].info if i + 1 < len(tokens) else ""
        elif token.type == "list_item_open":
            kind, info = "list_item", token.info
        else:
            kind, info = token.type.removesuffix("_open"), ""
        self.stream.open(kind, info, owner=token)
        if title:
            self.stream.text(self.inline.read(title).inline(), "summary" if kind == "details" else "caption")

    def _paragraph(self, content: str) -> None:
        if content.startswith(":::") and (m := DIRECTIVE.match(content)):
            self._directive(m["name"] or "", m["title"].strip(" []{}"))
            return
        self._add_pieces(self.inline.read(content))

    def _add_pieces(self, reading: Reading) -> None:
        for piece in reading.pieces:
            if isinstance(piece, Inline):
                self.stream.text(piece)
            elif isinstance(piece, Tag):
                self._tag(piece)
            else:
                self._template(piece)
        if self.stream.gathering != "term":
            self.stream.finish_gathering()

    def _heading(self, token: Token, content: str) -> None:
        anchor = ""
        if m := HEADING_ID.search(content):
            content, anchor = content[: m.start()].rstrip(), m["id"]
        underlined = token.markup[:1] in ("-", "=")
        line = self._line(token)
        if underlined and ("\n" in content or len(content) > LONGEST_UNDERLINED):
            self.repairs.append(Repair("a rule under a paragraph was not taken for a heading", line))
            self._paragraph(content)
            return
        reading = self.inline.read(content)
        for piece in reading.pieces:
            if isinstance(piece, Tag):
                self._tag(piece)
        inline = _remove_stray_asterisks(strip_inline(reading.inline()))
        if inline.text:
            self.stream.heading(int(token.tag[1]), inline, anchor or reading.anchor, line)

    def _table(self, token: Token) -> None:
        rows, header = token.meta["rows"], token.meta["header"]
        self.stream.open("table")
        self.stream.headers = []
        width = len(rows[0]) if rows else 0
        for number, row in enumerate(rows):
            cells = [strip_inline(self.inline.read(cell).inline()) for cell in row]
            if len(row) > width:
                self.repairs.append(
                    Repair("a table row with more cells than its header was kept whole", self._line(token))
                )
            if any(cell.text for cell in cells):
                self.stream.row(cells, header=header and not number)
        self.stream.close("table")

    def _indented(self, token: Token) -> None:
        """An indented block: code, unless it is the content of an HTML table or looks like prose outside of a list."""
        content = token.content.strip("\n")
        if self.stream.cells is not None or self.stream.gathered is not None or self.stream.inside("table"):
            self._add_pieces(self.inline.read(content))
            return
        lines = content.split("\n")
        if self.offset or not looks_like_prose(lines):
            self.stream.text(Inline(content), "code")
            return
        self.repairs.append(Repair("indented text outside of a list was read as text", self._line(token)))
        inner: list[Token] = []
        markdown_parser().block.parse("\n".join(line.strip() for line in lines), markdown_parser(), self.env, inner)
        self.offset = token.map[0] if token.map else 0
        self.read(inner)
        self.offset = 0

    def _line(self, token: Token) -> int:
        at = self.offset + (token.map[0] if token.map else 0)
        return self.numbers[at] if at < len(self.numbers) else 0

    def _directive(self, name: str, title: str) -> None:
        """A directive: `:::note Title` opens a container, `:::` closes it."""
        if not name:
            self.stream.close("admonition", "details", "tab")
        elif name not in ("tabs", "tab-set", "code-group"):
            self._container(KINDS.get(name.lower(), "admonition"), name.lower(), title)

    def _template(self, tag: Template) -> None:
        """A template tag: `hint style="info"` and `tab title="X"` open a container; `endtab` and `/tab` close it."""
        name, _, rest = tag.text.lstrip("/ ").partition(" ")
        ending = tag.text.startswith("/") or name.startswith("end")
        name = name.removeprefix("end").lower() if ending else name.lower()
        arguments = dict(ARGUMENT.findall(rest))
        kind = KINDS.get(name)
        title = arguments.get("title") or arguments.get("name") or arguments.get("caption") or ""
        if kind and ending:
            self.stream.close(kind)
        elif kind:
            title = title or (rest.strip("\"' ") if "=" not in rest else "")
            self._container(kind, arguments.get("style") or arguments.get("type") or name, title)
        elif title and not ending:
            self.stream.text(Inline(title), "caption")

    def _container(self, kind: str, name: str, title: str) -> None:
        self.stream.open(kind, name if kind == "admonition" else title)
        if title:
            self.stream.text(self.inline.read(title).inline(), "summary" if kind == "details" else "caption")

    def _tag(self, tag: Tag) -> None:
        name, stream = tag.name, self.stream
        if name in ("td", "th"):
            stream.finish_cell() if tag.closing else stream.begin_cell(name == "th")
        elif name == "tr":
            stream.finish_row() if tag.closing else stream.begin_row()
        elif name in ("summary", "figcaption", "caption", "dt") or re.fullmatch("h[1-6]", name):
            self._gather(tag)
        elif name in ("ul", "ol"):
            self._list(tag)
        elif name == "li":
            self._item(tag)
        elif name == "dd" and not tag.closing:
            stream.finish_gathering()
        elif name in ("details", "table", "blockquote", "dl", "tabitem"):
            self._html_container(tag)

    def _gather(self, tag: Tag) -> None:
        if tag.closing:
            self.stream.finish_gathering()
        elif tag.name[0] == "h":
            self.stream.gather("heading", int(tag.name[1]), tag.attribute("id"))
        else:
            self.stream.gather({"figcaption": "caption", "dt": "term"}.get(tag.name, tag.name))

    def _html_container(self, tag: Tag) -> None:
        kind = {"blockquote": "quote", "dl": "definition_list", "tabitem": "tab"}.get(tag.name, tag.name)
        if tag.closing:
            self.stream.finish_row() if kind == "table" else None
            self.stream.close(kind)
            return
        title = tag.attribute("label", "value") if kind == "tab" else ""
        self.stream.open(kind, title)
        if kind == "table":
            self.stream.headers = []
        if title:
            self.stream.text(Inline(title), "caption")

    def _list(self, tag: Tag) -> None:
        ordered = tag.name == "ol"
        if tag.closing:
            self.stream.close("ordered_list" if ordered else "bullet_list")
            return
        start = tag.attribute("start") or "1"
        self.stream.open("ordered_list" if ordered else "bullet_list", start if ordered else "")
        self.next_number = int(start[:9]) if ordered and start.isdecimal() else 1

    def _item(self, tag: Tag) -> None:
        if self.stream.innermost(*LISTS, "list_item") == "list_item":
            self.stream.close("list_item")
        if not tag.closing:
            ordered = any(kind == "ordered_list" for kind, _, _ in self.stream.stack[-1:])
            self.stream.open("list_item", str(self.next_number) if ordered else "")
            self.next_number += 1


def _block_quote(tokens: list[Token], i: int) -> tuple[str, str, str]:
    """(kind, info, title) of a block quote; one that starts with `[!NOTE]` is an admonition (GitHub alert syntax)."""
    first = tokens[i + 2] if i + 2 < len(tokens) and tokens[i + 1].type == "paragraph_open" else None
    m = ALERT.match(first.content) if first else None
    if not first or not m:
        return "quote", "", ""
    first.content = first.content[m.end() :]
    return "admonition", m["type"].lower(), ""


def _remove_stray_asterisks(inline: Inline) -> Inline:
    """Removes unpaired `**` from a heading."""
    at = inline.text.find("**")
    while at >= 0:
        marks = (replace(m, start=m.start - 2 * (m.start > at), end=m.end - 2 * (m.end > at)) for m in inline.marks)
        kept: tuple[Mark, ...] = tuple(m for m in marks if m.start < m.end)
        inline = Inline(inline.text[:at] + inline.text[at + 2 :], kept)
        at = inline.text.find("**")
    return strip_inline(inline)
