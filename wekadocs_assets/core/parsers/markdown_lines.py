"""Mends the lines of a Markdown page between parting code from text and parsing, and puts them together again."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from wekadocs_assets.core.models import Repair
from wekadocs_assets.core.parsers.markdown_fences import Line, Stretch

DEEPEST_MARKERS = 30
DEEP = re.compile(rf"^(?:[ \t]*(?:>|(?:[-*+]|\d{{1,9}}[.)])(?=[ \t]))){{{DEEPEST_MARKERS},}}[ \t]*")
RULE = re.compile(r"^[ \t]*([-*_])(?:[ \t]*\1){2,}[ \t]*$")
LONGEST_RULE = 200
LONE_ROW = re.compile(r"^(?P<lead>[ \t]*(?:[-*+] +|\d{1,9}[.)] +)?)\|\s?(?P<row>[^|].*?)\s?\|\s*$")
PIPED = ("|", "+-", "+=")
REFERENCE = re.compile(r"&#(?:x[0-9a-fA-F]+|\d+);")
TWICE_ENCODED = re.compile(r"&#x26;(?=(?:lt|gt|amp|quot|nbsp);)")
BROKEN_REFERENCE = "&#xNAN;"
BLOCK_START = re.compile(
    r"^\s*(?:</?(?:details|tabs|tabitem)\b|:::|\{%.*%\}\s*$|\{\{[<%].*[>%]\}\}\s*$)", re.IGNORECASE
)
BLOCK_END = re.compile(r"(?:</details>|</summary>|</tabs>|</tabitem>|%\}|^\s*:::.*|[>%]\}\})\s*$", re.IGNORECASE)
HIDDEN = re.compile(r"^\s*<(?:(!--)|(script|style)\b)", re.IGNORECASE)
ITEM = re.compile(r"^([ \t]*)((?:[-*+]|\d{1,9}[.)])[ \t]+)\S")
CONTAINER = re.compile(r'^([ \t]*)(?:!!!|\?\?\?\+?|===[!+]*)[ \t]+["\w]')


@dataclass(slots=True)
class Source:
    """What is parsed: text, the line of the page that each of its lines came from, and what was mended."""

    lines: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)

    def add(self, text: str, number: int) -> None:
        self.lines.append(text)
        self.numbers.append(number)

    def repair(self, what: str, number: int) -> None:
        self.repairs.append(Repair(what, number))


def assemble(stretches: list[Stretch]) -> Source:
    """One source again: text mended line by line, code between fences that hold, indented where its list wants it."""
    source = Source()
    offsets: list[int] = []
    for stretch in stretches:
        if stretch.code:
            _add_code(source, stretch, offsets)
        else:
            _add_text(source, stretch.lines, offsets)
    return source


def _add_text(source: Source, lines: list[Line], offsets: list[int]) -> None:
    lines = _visible(source, lines)
    before = ""
    for i, line in enumerate(lines):
        following = lines[i + 1].text if i + 1 < len(lines) else ""
        text = _mended(source, line, before, following)
        before = line.text
        padded = bool(BLOCK_START.match(text))
        if padded:
            source.add("", line.number)
        _follow(offsets, text, len(source.lines) and bool(source.lines[-1].strip()))
        source.add(text, line.number)
        if (padded or "</summary>" in text) and BLOCK_END.search(text):
            source.add("", line.number)


def _mended(source: Source, line: Line, before: str, following: str) -> str:
    text = line.text
    if "|" in text:
        text = _without_pipes(source, text, before, following, line.number)
    if "&#" in text and REFERENCE.search(text):
        source.repair("character references were decoded", line.number)
        text = TWICE_ENCODED.sub("&", text)
    if BROKEN_REFERENCE in text:
        source.repair("a broken character reference was dropped", line.number)
        text = text.replace(BROKEN_REFERENCE, "")
    if len(text) > LONGEST_RULE and RULE.match(text):
        return "***"
    if len(text) > DEEPEST_MARKERS and (deep := DEEP.match(text)):
        source.repair(f"nesting deeper than {DEEPEST_MARKERS} levels was read flat", line.number)
        return text[deep.end() :]
    return text


def _without_pipes(source: Source, text: str, before: str, following: str, number: int) -> str:
    """A line between pipe signs with no other row beside it is no table."""
    m = LONE_ROW.match(text)
    if not m or before.lstrip().startswith(PIPED) or following.lstrip().startswith(PIPED):
        return text
    source.repair("pipe signs around a single line were dropped", number)
    return m["lead"] + m["row"]


def _visible(source: Source, lines: list[Line]) -> list[Line]:
    """Without comments, scripts and styles that begin a line; one that never ends loses its opening sign alone."""
    out: list[Line] = []
    endless: set[str] = set()
    i = 0
    while i < len(lines):
        line = lines[i]
        m = HIDDEN.match(line.text) if "<" in line.text else None
        if not m:
            out.append(line)
            i += 1
            continue
        end = "-->" if m[1] else f"</{m[2].lower()}"
        j = i if end not in endless else len(lines)
        while j < len(lines) and end not in (lines[j].text.lower() if j > i else lines[j].text.lower()[m.end() :]):
            j += 1
        if j == len(lines):
            endless.add(end)
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


def _follow(offsets: list[int], text: str, continues: bool) -> None:
    """Keeps the stack of columns where the content of the open list items and tabs begins."""
    if not text or text.isspace():
        return
    indent = _width(text)
    item, container = ITEM.match(text), CONTAINER.match(text)
    if item or container or not continues:
        while offsets and offsets[-1] > indent:
            offsets.pop()
    if item:
        marker = len(item[2].expandtabs(4))
        offsets.append(indent + (marker if marker < 6 else len(item[2].rstrip()) + 1))
    elif container:
        offsets.append(indent + 4)


def _width(text: str) -> int:
    return len(text[: len(text) - len(text.lstrip())].expandtabs(4))


def _add_code(source: Source, stretch: Stretch, offsets: list[int]) -> None:
    lead = stretch.lead
    indent = len(lead)
    if lead.strip():
        _follow(offsets, lead + "x", False)
    else:
        while offsets and offsets[-1] > indent:
            offsets.pop()
        governing = offsets[-1] if offsets else 0
        if indent - governing > 3:
            lead = " " * governing
    lines = [Line(_outdented(line.text, indent), line.number) for line in stretch.lines]
    fence = _fence(lines)
    source.add(f"{lead}{fence}{stretch.info}", stretch.number)
    for i, line in enumerate(lines):
        text = line.text
        if text.startswith("|"):
            around = [lines[j].text if 0 <= j < len(lines) else "" for j in (i - 1, i + 1)]
            text = _without_pipes(source, text, *around, line.number)
        source.add(" " * len(lead) + text, line.number)
    source.add(" " * len(lead) + fence, lines[-1].number)


def _outdented(text: str, indent: int) -> str:
    """Without as many leading blanks as its fence has, or all if there are fewer."""
    if not indent:
        return text
    body = text.lstrip(" \t")
    return " " * max(_width(text) - indent, 0) + body


def _fence(lines: list[Line]) -> str:
    """Longer than any fence inside."""
    inside = [len(m[1]) for line in lines if "```" in line.text and (m := re.match(r"\s*(`{3,})", line.text))]
    return "`" * (max(inside, default=2) + 1)
