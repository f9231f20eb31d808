"""Reads the text of one Markdown block: inlines with marks, and between them the block-level HTML tags and template tags."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from wekadocs_assets.core.parsers.embedded_html import BLOCK_TAGS, MARK_TAGS, Tag
from wekadocs_assets.core.parsers.page import Inline, Mark, join_inlines

MARKUP_CHARACTERS = re.compile(r"[\\`*_\[\]!<&~{\n]")
NUMERIC_REFERENCE = re.compile(r"&#(?:x[0-9a-fA-F]{1,6}|\d{1,7});")
TWO_LETTERS = re.compile(r"[^\W\d_]{2}")
WRAPPED_AT = 50
"""A soft line break after at least this many characters is wrapped prose and becomes a blank; else it stays a break."""
LONGEST_CACHED = 400
MOST_OPEN_BRACKETS = 300
"""With more unclosed brackets all are text: markdown-it takes quadratic time to search their ends."""
OPENING = {"strong_open": "strong", "em_open": "emphasis", "link_open": "link"}
CLOSING = {"strong_close": "strong", "em_close": "emphasis", "link_close": "link"}


@dataclass(frozen=True, slots=True)
class Template:
    """A tag of a template language, without its delimiters: `hint style="info"`, `endtab`."""

    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """pieces: in reading order; anchor: the id of the first `<a id>` or `<a name>`, '' if none."""

    pieces: tuple[Inline | Tag | Template, ...]
    anchor: str = ""

    def inline(self) -> Inline:
        """The text without tags and template tags; pieces are separated by blanks."""
        parts = [piece for piece in self.pieces if isinstance(piece, Inline)]
        return parts[0] if len(parts) == 1 else join_inlines(parts, " ")


class InlineReader:
    """Reads the block texts of one page; caches short ones, since table cells repeat. env: markdown-it's environment."""

    def __init__(self, md: MarkdownIt, env: dict[str, Any]) -> None:
        self.md, self.env = md, env
        self.cache: dict[str, Reading] = {}

    def read(self, content: str) -> Reading:
        if not MARKUP_CHARACTERS.search(content):
            return Reading((Inline(content),))
        found = self.cache.get(content)
        if found is None:
            tokens: list[Token] = []
            if content.count("[") - content.count("]") > MOST_OPEN_BRACKETS:
                content = content.replace("[", "\\[")
            self.md.inline.parse(content, self.md, self.env, tokens)
            found = _read_tokens(tokens)
            if len(content) <= LONGEST_CACHED:
                self.cache[content] = found
        return found


def _read_tokens(tokens: list[Token]) -> Reading:
    pieces: list[Inline | Tag | Template] = []
    builder = _Builder()
    anchor = ""
    for token in tokens:
        tag = token.meta.get("tag") if token.type == "tag" else None
        if tag and tag.name == "a" and not tag.closing:
            anchor = anchor or tag.attribute("id", "name")
        if token.type == "template" or (tag and tag.name in BLOCK_TAGS):
            pieces += [builder.build(), tag or Template(token.content)]
            builder = builder.continuation()
        else:
            _add_token(builder, token)
    pieces.append(builder.build())
    return Reading(tuple(p for p in pieces if not isinstance(p, Inline) or p.text), anchor)


def _add_token(builder: _Builder, token: Token) -> None:
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
        builder.marked("image", _alternative_text(token), str(token.attrs.get("src", "")))
    elif kind == "tag":
        _add_tag(builder, token.meta["tag"])
    elif token.content and token.nesting == 0:
        builder.text(token.content)


def _add_tag(builder: _Builder, tag: Tag) -> None:
    mark = MARK_TAGS.get(tag.name)
    if tag.name == "br":
        builder.text("\n")
    elif tag.name == "img" and not tag.closing:
        builder.marked("image", tag.attribute("alt"), tag.attribute("src"))
    elif mark and tag.closing:
        builder.close(mark)
    elif mark:
        builder.open(mark, tag.attribute("href"))


def _alternative_text(token: Token) -> str:
    return "".join(child.content or (" " if child.type.endswith("break") else "") for child in token.children or [])


class _Builder:
    """Builds one inline: its text, its marks and the marks still open."""

    def __init__(self, open_marks: list[tuple[str, int, str]] | None = None) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.line_start = 0
        self.marks: list[Mark] = []
        self.open_marks = open_marks or []
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
        """A code span; separated by a blank from a word that it touches, since sites render it with a margin."""
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
        self.open_marks.append((kind, self.length, info))

    def close(self, kind: str) -> None:
        for i in range(len(self.open_marks) - 1, max(len(self.open_marks) - 20, -1), -1):
            if self.open_marks[i][0] == kind:
                _, start, info = self.open_marks.pop(i)
                self._mark(kind, start, info)
                return

    def _mark(self, kind: str, start: int, info: str) -> None:
        if start < self.length and (kind != "link" or info):
            self.marks.append(Mark(kind, start, self.length, info))

    def continuation(self) -> _Builder:
        """A builder for the following text, with the same open marks."""
        return _Builder([(kind, 0, info) for kind, _, info in self.open_marks])

    def build(self) -> Inline:
        """The text and its marks, open marks up to here; outer before inner."""
        for kind, start, info in reversed(self.open_marks):
            self._mark(kind, start, info)
        self.marks.sort(key=lambda m: (m.start, -m.end))
        return Inline("".join(self.parts), tuple(self.marks))
