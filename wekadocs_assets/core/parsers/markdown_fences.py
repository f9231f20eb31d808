"""Splits a Markdown page into text and code before it is parsed: repairs stray, doubled and unclosed fences and `<pre>`.

One wrong fence swaps text and code in the rest of the page. So the lines between ambiguous fences get a cost as text and
a cost as code (markdown_costs), and the sequence of readings with the lowest total cost is chosen (Viterbi algorithm).
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from dataclasses import dataclass, field

from wekadocs_assets.core.models import Repair
from wekadocs_assets.core.parsers.embedded_html import pre_text
from wekadocs_assets.core.parsers.markdown_costs import Costs, costs_of
from wekadocs_assets.core.parsers.markdown_delimiters import Delimiter, Delimiters, find_delimiters

# costs of a reading, in the unit of markdown_costs
STRAY, STRAY_BESIDE_BLANK, STRAY_WITH_LANGUAGE = 3.0, 0.6, 8.0
UNCLOSED, UNCLOSED_AT_END, EMPTY_CODE = 4.0, 1.5, 1.0
OPENED_IN_CODE, FENCE_IN_CODE, DELIMITER_IN_CODE, ODD_CLOSER = 4.0, 5.0, 0.2, 2.0
ATTRIBUTES = re.compile(r"[={]")
"""Attributes in an info string; an info string of several words without them is the first line of code."""
TEXT, CODE, SPLIT = range(3)
"""Readings of the lines between two delimiters; SPLIT: code whose closing fence is missing, then text."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line and its 1-based number in the source, which repairs keep when they add or remove lines."""

    text: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Consecutive lines of text or of code.

    For code: lead is the text before the opening fence (indentation, list markers), info its info string, number the
    source line of the fence.
    """

    lines: list[Line]
    code: bool = False
    lead: str = ""
    info: str = ""
    number: int = 0


@dataclass(slots=True)
class SegmentedPage:
    """The segments of a page in reading order, and the repairs made."""

    segments: list[Segment] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)


def split_code(lines: list[Line]) -> SegmentedPage:
    """Splits lines into segments. Every line is in one segment, except the fence lines."""
    delimiters = find_delimiters([line.text for line in lines])
    for at in delimiters.wrapper_lines:
        lines[at] = Line("", lines[at].number)
    edges = [-1, *(delimiter.at for delimiter in delimiters.ambiguous), len(lines)]
    bodies = [(edges[i] + 1, edges[i + 1]) for i in range(len(edges) - 1)]
    costs = _body_costs(lines, bodies, delimiters)
    writer = _Writer(lines, delimiters)
    for at in delimiters.wrapper_lines:
        writer.repair("a fence around text with code blocks was dropped", at)
    writer.write(bodies, costs, _cheapest_readings(delimiters.ambiguous, costs))
    return writer.page


def _body_costs(lines: list[Line], bodies: list[tuple[int, int]], delimiters: Delimiters) -> list[Costs]:
    """The costs of the lines between each two ambiguous delimiters; lines of matched blocks cost nothing."""
    ignored = bytearray(len(lines))
    for block in delimiters.matched:
        ignored[block.start : block.end + 1] = b"\1" * (block.end + 1 - block.start)
    if not delimiters.ambiguous:
        return [Costs(text=0.0, code=0.0, split=math.inf, cut=0, blank=False)]
    return [costs_of([line.text for line in lines[a:b]], ignored[a:b]) for a, b in bodies]


def _cheapest_readings(delimiters: list[Delimiter], costs: list[Costs]) -> list[int]:
    """The reading (TEXT, CODE or SPLIT) of each body in the sequence with the lowest total cost (Viterbi)."""
    totals = [costs[0].text, math.inf, math.inf]
    back: list[list[int]] = []
    for i, delimiter in enumerate(delimiters):
        last = i + 1 == len(delimiters)
        beside_blank = (i > 0 and costs[i].blank) or (not last and costs[i + 1].blank)
        rows = [
            [totals[old] + _transition_cost(delimiter, old, new, beside_blank) for old in (TEXT, CODE, SPLIT)]
            for new in (TEXT, CODE, SPLIT)
        ]
        back.append([min(range(3), key=row.__getitem__) for row in rows])
        totals = [min(row) + own for row, own in zip(rows, _state_costs(costs[i + 1], last), strict=True)]
    readings = [min(range(3), key=totals.__getitem__)]
    for choice in reversed(back):
        readings.append(choice[readings[-1]])
    return readings[::-1]


def _state_costs(costs: Costs, last: bool) -> tuple[float, float, float]:
    """The costs of a body as TEXT, CODE and SPLIT; last: it is the end of the page."""
    code = costs.code + (EMPTY_CODE if costs.blank else 0.0) + (UNCLOSED_AT_END if last else 0.0)
    return costs.text, code, UNCLOSED + costs.split


def _transition_cost(delimiter: Delimiter, old: int, new: int, beside_blank: bool) -> float:
    """The cost of this delimiter between a body read as `old` and one read as `new`."""
    if old != CODE and new == TEXT:
        if delimiter.info:
            return STRAY_WITH_LANGUAGE
        return STRAY_BESIDE_BLANK if beside_blank and not delimiter.pre else STRAY
    if old != CODE:
        return 0.0
    if new == TEXT:
        if delimiter.info or delimiter.pre:  # cannot close a code block
            return math.inf
        return ODD_CLOSER if delimiter.tilde else 0.0
    if delimiter.pre or delimiter.tilde:
        return DELIMITER_IN_CODE
    return OPENED_IN_CODE if delimiter.info else FENCE_IN_CODE


class _Writer:
    """Writes the segments of a page for the chosen readings, and records the repairs."""

    def __init__(self, lines: list[Line], delimiters: Delimiters) -> None:
        self.lines, self.delimiters = lines, delimiters
        self.page = SegmentedPage()
        self.text: list[Line] = []
        self.starts = [block.start for block in delimiters.matched]

    def write(self, bodies: list[tuple[int, int]], costs: list[Costs], readings: list[int]) -> None:
        opener: Delimiter | None = None
        start = 0
        for i, read in enumerate(readings):
            if i:
                delimiter = self.delimiters.ambiguous[i - 1]
                if opener and read != TEXT and (delimiter.pre or delimiter.tilde):
                    pass  # part of the code
                else:
                    start = self._cross(delimiter, opener, start, stray=read == TEXT and not opener)
                    opener = delimiter if read != TEXT else None
                    if opener and i > 1 and readings[i - 1] == CODE:
                        self.repair("a code fence that never closes was closed before the next one", delimiter.at)
            if read == SPLIT and opener:
                cut = bodies[i][0] + costs[i].cut
                self.repair("code that never closes was closed before the text that follows", opener.at)
                self._add_code(opener, start, cut)
                opener, start = None, cut
        if opener:
            self.repair("code that never closes was closed at the end of the page", opener.at)
            self._add_code(opener, start, len(self.lines))
        else:
            self._add_text(start, len(self.lines))
        self._flush()

    def _cross(self, delimiter: Delimiter, opener: Delimiter | None, start: int, stray: bool) -> int:
        """Writes the lines before the delimiter; returns the index of the first line after it."""
        if opener:
            self._add_code(opener, start, delimiter.at)
            if opener.pre and not delimiter.pre:
                self.repair("an unclosed <pre> was closed", opener.at)
            return delimiter.at + 1
        self._add_text(start, delimiter.at)
        if stray:
            self.repair(
                "a stray <pre> was kept as text" if delimiter.pre else "a stray code fence was dropped", delimiter.at
            )
        return delimiter.at if stray and delimiter.pre else delimiter.at + 1

    def _add_text(self, start: int, end: int) -> None:
        """Adds lines of text and the matched code blocks among them."""
        for block in self.delimiters.matched[bisect_left(self.starts, start) : bisect_left(self.starts, end)]:
            self.text.extend(self.lines[start : block.start])
            self._add_code(block.delimiter, block.start + 1, block.end + 1 if block.delimiter.pre else block.end)
            start = block.end + 1
        self.text.extend(self.lines[start:end])

    def _add_code(self, delimiter: Delimiter, start: int, end: int) -> None:
        opening = self.lines[delimiter.at]
        if not delimiter.pre:
            self._emit(delimiter, delimiter.info, self.lines[start:end])
            return
        language, texts, after = pre_text([line.text for line in self.lines[delimiter.at : end]])
        last = self.lines[end - 1].number
        self._emit(delimiter, language, [Line(text, min(opening.number + n, last)) for n, text in enumerate(texts)])
        if after.strip():
            self.text.append(Line(after, last))

    def _emit(self, delimiter: Delimiter, info: str, lines: list[Line]) -> None:
        if len(info.split()) > 2 and not ATTRIBUTES.search(info):
            lines, info = [Line(info, self.lines[delimiter.at].number), *lines], ""
        if not any(line.text.strip() for line in lines):
            self.repair("an empty code block was dropped", delimiter.at)
            if delimiter.lead.strip():
                self.text.append(Line(delimiter.lead, self.lines[delimiter.at].number))
            return
        self._flush()
        number = self.lines[delimiter.at].number
        self.page.segments.append(Segment(lines=lines, code=True, lead=delimiter.lead, info=info, number=number))

    def _flush(self) -> None:
        if self.text:
            self.page.segments.append(Segment(lines=self.text))
            self.text = []

    def repair(self, what: str, at: int) -> None:
        self.page.repairs.append(Repair(what, self.lines[at].number))
