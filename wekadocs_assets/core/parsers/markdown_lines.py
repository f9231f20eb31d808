"""Repairs the lines of a Markdown page after markdown_fences split it, and joins its segments into one source to parse."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from wekadocs_assets.core.models import Repair
from wekadocs_assets.core.parsers.markdown_fences import Line, Segment

DEEPEST_MARKERS = 30
"""A line with more nested quote and list markers is read without them."""
DEEP_MARKERS = re.compile(rf"^(?:[ \t]*(?:>|(?:[-*+]|\d{{1,9}}[.)])(?=[ \t]))){{{DEEPEST_MARKERS},}}[ \t]*")
THEMATIC_BREAK = re.compile(r"^[ \t]*([-*_])(?:[ \t]*\1){2,}[ \t]*$")
LONGEST_BREAK = 200
"""A longer thematic break is shortened: markdown-it takes quadratic time for it."""
LONE_ROW = re.compile(r"^(?P<lead>[ \t]*(?:[-*+] +|\d{1,9}[.)] +)?)\|\s?(?P<row>[^|].*?)\s?\|\s*$")
PIPED = ("|", "+-", "+=")
REFERENCE = re.compile(r"&#(?:x[0-9a-fA-F]+|\d+);")
TWICE_ENCODED = re.compile(r"&#x26;(?=(?:lt|gt|amp|quot|nbsp);)")
BROKEN_REFERENCE = "&#xNAN;"
BLOCK_START = re.compile(
    r"^\s*(?:</?(?:details|tabs|tabitem)\b|:::|\{%.*%\}\s*$|\{\{[<%].*[>%]\}\}\s*$)", re.IGNORECASE
)
BLOCK_END = re.compile(r"(?:</details>|</summary>|</tabs>|</tabitem>|%\}|^\s*:::.*|[>%]\}\})\s*$", re.IGNORECASE)
HIDDEN_START = re.compile(r"^\s*<(?:(!--)|(script|style)\b)", re.IGNORECASE)
ITEM = re.compile(r"^([ \t]*)((?:[-*+]|\d{1,9}[.)])[ \t]+)\S")
CONTAINER = re.compile(r'^([ \t]*)(?:!!!|\?\?\?\+?|===[!+]*)[ \t]+["\w]')


@dataclass(slots=True)
class Source:
    """The source to parse. numbers[i]: the page's line number of lines[i]; repairs: what was repaired on the way."""

    lines: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)

    def add(self, text: str, number: int) -> None:
        self.lines.append(text)
        self.numbers.append(number)

    def repair(self, what: str, number: int) -> None:
        self.repairs.append(Repair(what, number))


def assemble(segments: list[Segment]) -> Source:
    """Joins segments: text lines are repaired, code is put between fences longer than any in it.

    Code is indented to the content column of its list item, so that markdown-it keeps it in the item.
    """
    source = Source()
    offsets: list[int] = []
    for segment in segments:
        if segment.code:
            _add_code(source, segment, offsets)
        else:
            _add_text(source, segment.lines, offsets)
    return source


def _add_text(source: Source, lines: list[Line], offsets: list[int]) -> None:
    lines = _remove_hidden(source, lines)
    before = ""
    for i, line in enumerate(lines):
        following = lines[i + 1].text if i + 1 < len(lines) else ""
        text = _repair_line(source, line, before, following)
        before = line.text
        padded = bool(BLOCK_START.match(text))
        if padded:
            source.add("", line.number)
        _track_columns(offsets, text, bool(source.lines) and bool(source.lines[-1].strip()))
        source.add(text, line.number)
        if (padded or "</summary>" in text) and BLOCK_END.search(text):
            source.add("", line.number)


def _repair_line(source: Source, line: Line, before: str, following: str) -> str:
    """The repaired text of a line; before and following: the text of its neighbours."""
    text = line.text
    if "|" in text:
        text = _remove_lone_pipes(source, text, before, following, line.number)
    if "&#" in text and REFERENCE.search(text):
        source.repair("character references were decoded", line.number)
        text = TWICE_ENCODED.sub("&", text)
    if BROKEN_REFERENCE in text:
        source.repair("a broken character reference was dropped", line.number)
        text = text.replace(BROKEN_REFERENCE, "")
    if len(text) > LONGEST_BREAK and THEMATIC_BREAK.match(text):
        return "***"
    if len(text) > DEEPEST_MARKERS and (deep := DEEP_MARKERS.match(text)):
        source.repair(f"nesting deeper than {DEEPEST_MARKERS} levels was read flat", line.number)
        return text[deep.end() :]
    return text


def _remove_lone_pipes(source: Source, text: str, before: str, following: str, number: int) -> str:
    """Removes the pipe characters around a line that has no other table row next to it."""
    m = LONE_ROW.match(text)
    if not m or before.lstrip().startswith(PIPED) or following.lstrip().startswith(PIPED):
        return text
    source.repair("pipe signs around a single line were dropped", number)
    return m["lead"] + m["row"]


def _remove_hidden(source: Source, lines: list[Line]) -> list[Line]:
    """Removes comments, scripts and styles that start a line. One without an end is kept as text, without its start."""
    out: list[Line] = []
    unclosed: set[str] = set()
    i = 0
    while i < len(lines):
        line = lines[i]
        m = HIDDEN_START.match(line.text) if "<" in line.text else None
        if not m:
            out.append(line)
            i += 1
            continue
        end = "-->" if m[1] else f"</{m[2].lower()}"
        j = i if end not in unclosed else len(lines)
        while j < len(lines) and end not in (lines[j].text.lower() if j > i else lines[j].text.lower()[m.end() :]):
            j += 1
        if j == len(lines):
            unclosed.add(end)
            source.repair(f"a {'comment' if m[1] else m[2]} that never ends was kept as text", line.number)
            out.append(Line(line.text[m.end() :] if m[1] else "\\" + line.text.lstrip(), line.number))
            i += 1
            continue
        at = lines[j].text.lower().index(end, m.end() if j == i else 0) + len(end)
        rest = lines[j].text[at:]
        out.extend(Line("", hidden.number) for hidden in lines[i:j])
        lines[j] = Line(rest if m[1] else rest.partition(">")[2], lines[j].number)
        i = j
        if not lines[j].text.strip():
            out.append(Line("", lines[j].number))
            i += 1
    return out


def _track_columns(offsets: list[int], text: str, continues: bool) -> None:
    """Updates the stack of content columns of the open list items and containers; continues: the line before has text."""
    if not text or text.isspace():
        return
    indent = _indent_width(text)
    item, container = ITEM.match(text), CONTAINER.match(text)
    if item or container or not continues:
        while offsets and offsets[-1] > indent:
            offsets.pop()
    if item:
        marker = len(item[2].expandtabs(4))
        offsets.append(indent + (marker if marker < 6 else len(item[2].rstrip()) + 1))
    elif container:
        offsets.append(indent + 4)


def _indent_width(text: str) -> int:
    """Width of the leading white space, tabs expanded to columns of four."""
    return len(text[: len(text) - len(text.lstrip())].expandtabs(4))


def _add_code(source: Source, segment: Segment, offsets: list[int]) -> None:
    """Adds a code segment between fences, indented to the content column of its list item."""
    lead = segment.lead
    indent = len(lead)
    if lead.strip():
        _track_columns(offsets, lead + "x", False)
    else:
        while offsets and offsets[-1] > indent:
            offsets.pop()
        column = offsets[-1] if offsets else 0
        if indent - column > 3:  # markdown-it would read the fence as indented code
            lead = " " * column
    lines = [Line(_dedent(line.text, indent), line.number) for line in segment.lines]
    fence = _enclosing_fence(lines)
    source.add(f"{lead}{fence}{segment.info}", segment.number)
    for i, line in enumerate(lines):
        text = line.text
        if text.startswith("|"):
            before = lines[i - 1].text if i else ""
            following = lines[i + 1].text if i + 1 < len(lines) else ""
            text = _remove_lone_pipes(source, text, before, following, line.number)
        source.add(" " * len(lead) + text, line.number)
    source.add(" " * len(lead) + fence, lines[-1].number)


def _dedent(text: str, indent: int) -> str:
    """Removes up to `indent` columns of leading white space, as CommonMark 4.5 does for the lines of a fenced block."""
    if not indent:
        return text
    body = text.lstrip(" \t")
    return " " * max(_indent_width(text) - indent, 0) + body


def _enclosing_fence(lines: list[Line]) -> str:
    """A fence longer than any fence in these lines."""
    inside = [len(m[1]) for line in lines if "```" in line.text and (m := re.match(r"\s*(`{3,})", line.text))]
    return "`" * (max(inside, default=2) + 1)
