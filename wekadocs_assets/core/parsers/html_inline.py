"""Builds the inline text of one HTML leaf: collapses white space as a browser does and keeps marks at their offsets."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wekadocs_assets.core.parsers.html_tree import Element
from wekadocs_assets.core.parsers.page import Inline, Mark

MARKS = {
    **dict.fromkeys(("code", "tt", "kbd", "samp"), "inline_code"),
    **dict.fromkeys(("strong", "b"), "strong"),
    **dict.fromkeys(("em", "i", "cite", "dfn", "var"), "emphasis"),
}
SELF_LINK_CLASSES = frozenset(("permalink", "toc-backref", "anchor", "headerlink", "selflink"))
GENERIC_ALT = re.compile(
    r"(?:an? )?(?:image|img|logo|icon|picture|figure|screenshot|diagram|photo|badge)?[\s\d.:]*\Z", re.I
)
FILE_NAME = re.compile(r"\S+\.(?:png|jpe?g|gif|svg|webp|bmp|ico)\Z", re.I)


def element_mark(element: Element) -> tuple[str, str] | None:
    """(kind, info) of the mark that an inline element puts on its text; None if it puts none."""
    kind = MARKS.get(element.tag)
    if kind:
        return kind, ""
    if element.tag != "a":
        return None
    target = (element.get("href") or "").strip()
    if not target or target == "#" or target.lower().startswith("javascript:"):
        return None
    if target.startswith("#") and not SELF_LINK_CLASSES.isdisjoint((element.get("class") or "").split()):
        return None
    return "link", target


def alternative_text(image: Element) -> str:
    """The alt text of an image; '' if it is generic (`screenshot`) or only repeats the file's name."""
    alt = " ".join((image.get("alt") or "").split())
    if GENERIC_ALT.match(alt) or FILE_NAME.match(alt):
        return ""
    source = re.sub(r"[\W_]+", " ", (image.get("src") or "").lower())
    return "" if set(re.findall(r"[^\W_]+", alt.lower())) <= set(source.split()) else alt


@dataclass(slots=True)
class _OpenMark:
    """A mark whose element is still open. start: None until its first text; number: its place in opening order."""

    kind: str
    info: str
    number: int
    start: int | None = None


class InlineBuilder:
    """Text and marks of the leaf under construction. A mark that is open when the leaf ends continues in the next leaf."""

    def __init__(self) -> None:
        self.open: list[_OpenMark] = []
        self.count = 0
        self._clear()

    def _clear(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.space = False
        self.marks: list[tuple[int, int, int, str, str]] = []
        for mark in self.open:
            mark.start = None

    def text(self, text: str) -> None:
        """Adds text; each run of white space becomes one blank."""
        words = text.split()
        if not words:
            self.space = True
            return
        if self.length and (self.space or text[0].isspace()) and self.parts[-1] != "\n":
            self._append(" ")
        for mark in self.open:
            if mark.start is None:
                mark.start = self.length
        self._append(" ".join(words))
        self.space = text[-1].isspace()

    def raw(self, text: str) -> None:
        """Adds text unchanged."""
        if text:
            self._append(text)

    def separate(self) -> None:
        """Puts a blank before the next text: a block boundary inside one leaf."""
        self.space = True

    def newline(self) -> None:
        if self.length and self.parts[-1] != "\n":
            self._append("\n")

    def start(self, mark: tuple[str, str]) -> None:
        """Opens a mark (kind, info); stop() closes the innermost one."""
        self.count += 1
        self.open.append(_OpenMark(*mark, self.count))

    def stop(self) -> None:
        self._record(self.open.pop())

    def image(self, alt: str, source: str) -> None:
        self.space = self.space or bool(self.length)
        self.start(("image", source))
        self.text(alt)
        self.stop()
        self.space = True

    def take(self) -> Inline:
        """Returns the text with its marks and clears the builder."""
        if not self.parts:
            self.space = False
            return Inline("")
        for mark in self.open:
            self._record(mark)
        text = "".join(self.parts).rstrip()
        ordered = sorted((start, -end, number, kind, info) for start, end, number, kind, info in self.marks)
        marks = tuple(Mark(kind, start, min(-end, len(text)), info) for start, end, _, kind, info in ordered)
        self._clear()
        return Inline(text, tuple(m for m in marks if m.start < m.end))

    def take_raw(self) -> str:
        """Returns the text unchanged, without marks, and clears the builder."""
        text = "".join(self.parts)
        self._clear()
        return text

    def _append(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def _record(self, mark: _OpenMark) -> None:
        """Records the mark up to here; one inside an open mark of the same kind adds nothing (`<b><strong>`)."""
        nested = mark.kind != "link" and any(m.kind == mark.kind and m.number < mark.number for m in self.open)
        if mark.start is not None and mark.start < self.length and not nested:
            self.marks.append((mark.start, self.length, mark.number, mark.kind, mark.info))
