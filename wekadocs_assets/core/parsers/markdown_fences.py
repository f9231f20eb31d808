"""Tells code from text before Markdown is parsed: fences that are stray, doubled or never closed, and `<pre>` blocks.

One wrong fence turns all that follows inside out. So the lines between the doubtful fences are weighed both ways and
the cheapest reading of the whole page wins; a page without damage costs next to nothing and is left as it is.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from dataclasses import dataclass, field

from wekadocs_assets.core.models import Repair
from wekadocs_assets.core.parsers.embedded_html import pre_text
from wekadocs_assets.core.parsers.markdown_evidence import Weights, weigh
from wekadocs_assets.core.parsers.markdown_marks import Mark, Marks, find

STRAY, STRAY_BESIDE_BLANK, STRAY_WITH_LANGUAGE = 3.0, 0.6, 8.0
UNCLOSED, UNCLOSED_AT_END, EMPTY_CODE = 4.0, 1.5, 1.0
OPENED_IN_CODE, FENCE_IN_CODE, SIGN_IN_CODE, ODD_CLOSER = 4.0, 5.0, 0.2, 2.0
ATTRIBUTES = re.compile(r"[={]")
"""What marks the rest of a fence line as settings of the block; without it several words there are code."""
TEXT, CODE, SPLIT = range(3)
"""How the lines between two marks are read; SPLIT: code whose end is missing, then text."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line and its 1-based number in the source; mending adds and removes lines."""

    text: str
    number: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive lines of one nature. Code: lead is what stands before its opening fence, info its language."""

    lines: list[Line]
    code: bool = False
    lead: str = ""
    info: str = ""
    number: int = 0


@dataclass(slots=True)
class Parted:
    """A page as stretches of text and code, and what was mended to get there."""

    stretches: list[Stretch] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)


def part(lines: list[Line]) -> Parted:
    """Every line stands in one stretch, but for the fence lines themselves."""
    marks = find([line.text for line in lines])
    for at in marks.wrapping:
        lines[at] = Line("", lines[at].number)
    edges = [-1, *(mark.at for mark in marks.doubtful), len(lines)]
    bodies = [(edges[i] + 1, edges[i + 1]) for i in range(len(edges) - 1)]
    weights = _weights(lines, bodies, marks)
    writer = _Writer(lines, marks)
    for at in marks.wrapping:
        writer.repair("a fence around text with code blocks was dropped", at)
    writer.write(bodies, weights, _cheapest(marks.doubtful, weights))
    return writer.parted


def _weights(lines: list[Line], bodies: list[tuple[int, int]], marks: Marks) -> list[Weights]:
    ignored = bytearray(len(lines))
    for known in marks.certain:
        ignored[known.start : known.end + 1] = b"\1" * (known.end + 1 - known.start)
    if not marks.doubtful:
        return [Weights(0.0, 0.0, math.inf, 0, False)]
    return [weigh([line.text for line in lines[a:b]], ignored[a:b]) for a, b in bodies]


def _cheapest(marks: list[Mark], weights: list[Weights]) -> list[int]:
    """The cheapest reading of all stretches (Viterbi over three states)."""
    costs = [weights[0].text, math.inf, math.inf]
    back: list[list[int]] = []
    for i, mark in enumerate(marks):
        last = i + 1 == len(marks)
        beside_blank = (i > 0 and weights[i].blank) or (not last and weights[i + 1].blank)
        rows = [
            [costs[old] + _crossing(mark, old, new, beside_blank) for old in (TEXT, CODE, SPLIT)]
            for new in (TEXT, CODE, SPLIT)
        ]
        back.append([min(range(3), key=row.__getitem__) for row in rows])
        costs = [min(row) + own for row, own in zip(rows, _own_costs(weights[i + 1], last), strict=True)]
    reading = [min(range(3), key=costs.__getitem__)]
    for choice in reversed(back):
        reading.append(choice[reading[-1]])
    return reading[::-1]


def _own_costs(weights: Weights, last: bool) -> tuple[float, float, float]:
    code = weights.code + (EMPTY_CODE if weights.blank else 0.0) + (UNCLOSED_AT_END if last else 0.0)
    return weights.text, code, UNCLOSED + weights.split


def _crossing(mark: Mark, old: int, new: int, beside_blank: bool) -> float:
    """What it costs that this mark stands between stretches read so."""
    if old != CODE and new == TEXT:
        return STRAY_WITH_LANGUAGE if mark.info else STRAY_BESIDE_BLANK if beside_blank and not mark.pre else STRAY
    if old != CODE:
        return 0.0
    if new == TEXT:
        return math.inf if mark.info or mark.pre else ODD_CLOSER if mark.tilde else 0.0
    if mark.pre or mark.tilde:
        return SIGN_IN_CODE
    return OPENED_IN_CODE if mark.info else FENCE_IN_CODE


class _Writer:
    """Writes the stretches of a reading and notes each repair."""

    def __init__(self, lines: list[Line], marks: Marks) -> None:
        self.lines, self.marks = lines, marks
        self.parted = Parted()
        self.text: list[Line] = []
        self.starts = [known.start for known in marks.certain]

    def write(self, bodies: list[tuple[int, int]], weights: list[Weights], reading: list[int]) -> None:
        opener: Mark | None = None
        start = 0
        for i, read in enumerate(reading):
            if i:
                mark = self.marks.doubtful[i - 1]
                if opener and read != TEXT and (mark.pre or mark.tilde):
                    pass  # a sign that stands in the code
                else:
                    start = self._cross(mark, opener, start, stray=read == TEXT and not opener)
                    opener = mark if read != TEXT else None
                    if opener and i > 1 and reading[i - 1] == CODE:
                        self.repair("a code fence that never closes was closed before the next one", mark.at)
            if read == SPLIT and opener:
                cut = bodies[i][0] + weights[i].cut
                self.repair("code that never closes was closed before the text that follows", opener.at)
                self._add_code(opener, start, cut)
                opener, start = None, cut
        if opener:
            self.repair("code that never closes was closed at the end of the page", opener.at)
            self._add_code(opener, start, len(self.lines))
        else:
            self._add_text(start, len(self.lines))
        self._flush()

    def _cross(self, mark: Mark, opener: Mark | None, start: int, stray: bool) -> int:
        """Writes what lies before the mark; returns where the lines after it begin."""
        if opener:
            self._add_code(opener, start, mark.at)
            if opener.pre and not mark.pre:
                self.repair("an unclosed <pre> was closed", opener.at)
            return mark.at + 1
        self._add_text(start, mark.at)
        if stray:
            self.repair("a stray <pre> was kept as text" if mark.pre else "a stray code fence was dropped", mark.at)
        return mark.at if stray and mark.pre else mark.at + 1

    def _add_text(self, start: int, end: int) -> None:
        """Lines of text, with the certain code among them."""
        for known in self.marks.certain[bisect_left(self.starts, start) : bisect_left(self.starts, end)]:
            self.text.extend(self.lines[start : known.start])
            self._add_code(known.mark, known.start + 1, known.end + 1 if known.mark.pre else known.end)
            start = known.end + 1
        self.text.extend(self.lines[start:end])

    def _add_code(self, mark: Mark, start: int, end: int) -> None:
        opening = self.lines[mark.at]
        if not mark.pre:
            self._emit(mark, mark.info, self.lines[start:end])
            return
        language, texts, after = pre_text([line.text for line in self.lines[mark.at : end]])
        last = self.lines[end - 1].number
        self._emit(mark, language, [Line(text, min(opening.number + n, last)) for n, text in enumerate(texts)])
        if after.strip():
            self.text.append(Line(after, last))

    def _emit(self, mark: Mark, info: str, lines: list[Line]) -> None:
        if len(info.split()) > 2 and not ATTRIBUTES.search(info):
            lines, info = [Line(info, self.lines[mark.at].number), *lines], ""
        if not any(line.text.strip() for line in lines):
            self.repair("an empty code block was dropped", mark.at)
            if mark.lead.strip():
                self.text.append(Line(mark.lead, self.lines[mark.at].number))
            return
        self._flush()
        self.parted.stretches.append(Stretch(lines, True, mark.lead, info, self.lines[mark.at].number))

    def _flush(self) -> None:
        if self.text:
            self.parted.stretches.append(Stretch(self.text))
            self.text = []

    def repair(self, what: str, at: int) -> None:
        self.parted.repairs.append(Repair(what, self.lines[at].number))
