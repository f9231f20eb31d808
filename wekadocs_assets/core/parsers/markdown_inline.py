"""Reads the text of one Markdown block: visible text with marks, cut where a tag or template mark shapes the page."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from wekadocs_assets.core.parsers.embedded_html import BLOCK_TAGS, MARK_TAGS, Tag
from wekadocs_assets.core.parsers.page import Inline, Mark, joined

SIGNS = re.compile(r"[\\`*_\[\]!<&~{\n]")
NUMERIC_REFERENCE = re.compile(r"&#(?:x[0-9a-fA-F]{1,6}|\d{1,7});")
TWO_LETTERS = re.compile(r"[^\W\d_]{2}")
WRAPPED_AT = 50
"""A source line at least so long that goes on in the next one is wrapped prose; a shorter one ends where it ends."""
LONGEST_CACHED = 400
MOST_OPEN_BRACKETS = 300
"""More brackets without an end are no links; looking for their ends takes quadratic time."""
OPENING = {"strong_open": "strong", "em_open": "emphasis", "link_open": "link"}
CLOSING = {"strong_close": "strong", "em_close": "emphasis", "link_close": "link"}


@dataclass(frozen=True, slots=True)
class Template:
    """A mark of a template language, without its brackets: `hint style="info"`, `endtab`."""

    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """pieces in reading order; anchor: the first id that an `<a id>` in it gives."""

    pieces: tuple[Inline | Tag | Template, ...]
    anchor: str = ""

    def inline(self) -> Inline:
        """The text alone, for places where nothing else can stand; what tags parted stays apart."""
        parts = [piece for piece in self.pieces if isinstance(piece, Inline)]
        return parts[0] if len(parts) == 1 else joined(parts, " ")


class InlineReader:
    """Reads block texts of one page; equal short texts (rows of tables) are read once."""

    def __init__(self, md: MarkdownIt, env: dict[str, Any]) -> None:
        self.md, self.env = md, env
        self.known: dict[str, Reading] = {}

    def read(self, content: str) -> Reading:
        if not SIGNS.search(content):
            return Reading((Inline(content),))
        found = self.known.get(content)
        if found is None:
            tokens: list[Token] = []
            if content.count("[") - content.count("]") > MOST_OPEN_BRACKETS:
                content = content.replace("[", "\\[")
            self.md.inline.parse(content, self.md, self.env, tokens)
            found = _reading(tokens)
            if len(content) <= LONGEST_CACHED:
                self.known[content] = found
        return found


def _reading(tokens: list[Token]) -> Reading:
    pieces: list[Inline | Tag | Template] = []
    builder = _Builder()
    anchor = ""
    for token in tokens:
        shape = token.meta.get("tag") if token.type == "tag" else None
        if shape and shape.name == "a" and not shape.closing:
            anchor = anchor or shape.attribute("id", "name")
        if token.type == "template" or (shape and shape.name in BLOCK_TAGS):
            pieces += [builder.taken(), shape or Template(token.content)]
            builder = builder.rest()
        else:
            _take(builder, token)
    pieces.append(builder.taken())
    return Reading(tuple(p for p in pieces if not isinstance(p, Inline) or p.text), anchor)


def _take(builder: _Builder, token: Token) -> None:
    kind = token.type
    if kind in ("text", "text_special"):
        builder.text(token.content)
    elif kind == "code_inline":
        builder.code(NUMERIC_REFERENCE.sub(lambda m: html.unescape(m[0]), token.content))
    elif kind == "softbreak":
        builder.text(" " if builder.line_length() >= WRAPPED_AT else "\n")
    elif kind == "hardbreak":
        builder.text("\n")
    elif kind in OPENING:
        builder.open(OPENING[kind], str(token.attrs.get("href", "")))
    elif kind in CLOSING:
        builder.close(CLOSING[kind])
    elif kind == "image":
        builder.marked("image", _alt(token), str(token.attrs.get("src", "")))
    elif kind == "tag":
        _take_tag(builder, token.meta["tag"])
    elif token.content and token.nesting == 0:
        builder.text(token.content)


def _take_tag(builder: _Builder, tag: Tag) -> None:
    mark = MARK_TAGS.get(tag.name)
    if tag.name == "br":
        builder.text("\n")
    elif tag.name == "img" and not tag.closing:
        builder.marked("image", tag.attribute("alt"), tag.attribute("src"))
    elif mark and tag.closing:
        builder.close(mark)
    elif mark:
        builder.open(mark, tag.attribute("href"))


def _alt(token: Token) -> str:
    return "".join(child.content or (" " if child.type.endswith("break") else "") for child in token.children or [])


class _Builder:
    """Visible text while it grows, with the marks that are open."""

    def __init__(self, opened: list[tuple[str, int, str]] | None = None) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.line_start = 0
        self.marks: list[Mark] = []
        self.opened = opened or []
        self.after_code = False

    def text(self, text: str) -> None:
        if self.after_code and TWO_LETTERS.match(text):
            text = f" {text}"
        self.after_code = False
        if "\n" in text:
            self.line_start = self.length + text.rindex("\n") + 1
        self.parts.append(text)
        self.length += len(text)

    def code(self, text: str) -> None:
        """A code span; set apart from a word that touches it, as a site's style sheet does."""
        if self.parts and self.parts[-1][-1:].isalnum():
            self.text(" ")
        self.marked("inline_code", text)
        self.after_code = text[-1:].isalnum()

    def line_length(self) -> int:
        return self.length - self.line_start

    def marked(self, kind: str, text: str, info: str = "") -> None:
        if text:
            self.marks.append(Mark(kind, self.length, self.length + len(text), info))
            self.text(text)

    def open(self, kind: str, info: str = "") -> None:
        self.opened.append((kind, self.length, info))

    def close(self, kind: str) -> None:
        for i in range(len(self.opened) - 1, max(len(self.opened) - 20, -1), -1):
            if self.opened[i][0] == kind:
                _, start, info = self.opened.pop(i)
                self._mark(kind, start, info)
                return

    def _mark(self, kind: str, start: int, info: str) -> None:
        if start < self.length and (kind != "link" or info):
            self.marks.append(Mark(kind, start, self.length, info))

    def rest(self) -> _Builder:
        """A new one for what follows; marks that are open go on in it."""
        return _Builder([(kind, 0, info) for kind, _, info in self.opened])

    def taken(self) -> Inline:
        for kind, start, info in reversed(self.opened):
            self._mark(kind, start, info)
        self.marks.sort(key=lambda m: (m.start, -m.end))
        return Inline("".join(self.parts), tuple(self.marks))
