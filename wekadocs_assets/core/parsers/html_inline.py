"""One run of inline text while it grows: white space as a browser shows it, marks over what they cover."""

from __future__ import annotations

import re

from lxml import etree

from wekadocs_assets.core.parsers.page import Inline, Mark

MARKS = {
    **dict.fromkeys(("code", "tt", "kbd", "samp"), "inline_code"),
    **dict.fromkeys(("strong", "b"), "strong"),
    **dict.fromkeys(("em", "i", "cite", "dfn", "var"), "emphasis"),
}
OWN_LINKS = frozenset(("permalink", "toc-backref", "anchor", "headerlink", "selflink"))
GENERIC_ALT = re.compile(
    r"(?:an? )?(?:image|img|logo|icon|picture|figure|screenshot|diagram|photo|badge)?[\s\d.:]*\Z", re.I
)
FILE_NAME = re.compile(r"\S+\.(?:png|jpe?g|gif|svg|webp|bmp|ico)\Z", re.I)


def mark_of(element: etree._Element) -> tuple[str, str] | None:
    """The mark that an inline element puts on its text: kind and info."""
    kind = MARKS.get(element.tag)
    if kind:
        return kind, ""
    if element.tag != "a":
        return None
    target = (element.get("href") or "").strip()
    if not target or target == "#" or target.lower().startswith("javascript:"):
        return None
    if target.startswith("#") and not OWN_LINKS.isdisjoint((element.get("class") or "").split()):
        return None
    return "link", target


def picture_text(image: etree._Element) -> str:
    """An image's alternative text where it tells more than the file's name."""
    alt = " ".join((image.get("alt") or "").split())
    if GENERIC_ALT.match(alt) or FILE_NAME.match(alt):
        return ""
    source = re.sub(r"[\W_]+", " ", (image.get("src") or "").lower())
    return "" if set(re.findall(r"[^\W_]+", alt.lower())) <= set(source.split()) else alt


class Flow:
    """Text and marks of the leaf that is being read; marks open across a cut go on in the next one."""

    def __init__(self) -> None:
        self.open: list[list[object]] = []  # kind, info, start (None until text comes), number
        self.count = 0
        self._clear()

    def _clear(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.space = False
        self.marks: list[tuple[int, int, int, str, str]] = []
        for mark in self.open:
            mark[2] = None

    def text(self, text: str) -> None:
        """Adds text, each run of white space as one blank."""
        words = text.split()
        if not words:
            self.space = True
            return
        if self.length and (self.space or text[0].isspace()) and self.parts[-1] != "\n":
            self._put(" ")
        for mark in self.open:
            if mark[2] is None:
                mark[2] = self.length
        self._put(" ".join(words))
        self.space = text[-1].isspace()

    def raw(self, text: str) -> None:
        """Adds text as it stands."""
        if text:
            self._put(text)

    def gap(self) -> None:
        """A bound between blocks inside one leaf."""
        self.space = True

    def newline(self) -> None:
        if self.length and self.parts[-1] != "\n":
            self._put("\n")

    def start(self, mark: tuple[str, str]) -> None:
        self.count += 1
        self.open.append([*mark, None, self.count])

    def stop(self) -> None:
        self._note(self.open.pop())

    def picture(self, alt: str, source: str) -> None:
        self.space = self.space or bool(self.length)
        self.start(("image", source))
        self.text(alt)
        self.stop()
        self.space = True

    def take(self) -> Inline:
        """What was gathered, the flow empty again."""
        if not self.parts:
            self.space = False
            return Inline("")
        for mark in self.open:
            self._note(mark)
        text = "".join(self.parts).rstrip()
        ordered = sorted((start, -end, number, kind, info) for start, end, number, kind, info in self.marks)
        marks = tuple(Mark(kind, start, min(-end, len(text)), info) for start, end, _, kind, info in ordered)
        self._clear()
        return Inline(text, tuple(m for m in marks if m.start < m.end))

    def take_raw(self) -> str:
        """The gathered text untouched, without marks."""
        text = "".join(self.parts)
        self._clear()
        return text

    def _put(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def _note(self, mark: list) -> None:
        kind, info, start, number = mark
        nested = kind != "link" and any(m[0] == kind and m[3] < number for m in self.open)
        if start is not None and start < self.length and not nested:
            self.marks.append((start, self.length, number, kind, info))
