"""Finds the lines of a Markdown page that may begin or end code, and the code whose both ends are beyond doubt."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field

FENCE = re.compile(r"^(?P<lead>[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)(?P<fence>`{3,}|~{3,})(?P<info>[^`\n]*)$")
PRE_OPEN = re.compile(r"^(?P<lead>[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)<pre(?:\s[^>]*)?>", re.IGNORECASE)
PRE_CLOSE = re.compile(r"</pre\s*>", re.IGNORECASE)
NESTING_LANGUAGES = ("markdown", "md", "mdx", "mdc", "rst")
FURTHEST_CLOSER = 2000
"""How many marks ahead a closing one is looked for, so that a flood of openers stays linear."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A line that may open or close code: a fence line, or a `<pre>` without an end of its own."""

    at: int
    lead: str
    size: int
    info: str = ""
    pre: bool = False
    tilde: bool = False


@dataclass(frozen=True, slots=True)
class Certain:
    """Code with both its ends, lines start to end inclusive."""

    start: int
    end: int
    mark: Mark


@dataclass(slots=True)
class Marks:
    """doubtful: to be weighed, in order; certain: in order; wrapping: lines of fences that only wrap other fences."""

    doubtful: list[Mark] = field(default_factory=list)
    certain: list[Certain] = field(default_factory=list)
    wrapping: list[int] = field(default_factory=list)


def find(lines: list[str]) -> Marks:
    marks = _marks(lines)
    places = [mark.at for mark in marks]
    closes = [at for at, line in enumerate(lines) if PRE_CLOSE.search(line)]
    found = Marks()
    wrapping: set[int] = set()
    i = 0
    while i < len(marks):
        mark, end = marks[i], None
        if i in wrapping:
            i += 1
            continue
        if mark.pre:
            end = _end_of_pre(i, marks, closes)
        elif mark.size > 3 or mark.tilde:
            closer = _closer(i, marks)
            if closer and not mark.info and _holds_blocks(marks[i + 1 : closer]):
                wrapping.update((i, closer))
                i += 1
                continue
            end = marks[closer].at if closer else None
        elif mark.info.split(" ")[0].lower() in NESTING_LANGUAGES:
            end = _end_of_nest(i, marks)
        if end is None:
            found.doubtful.append(mark)
            i += 1
        else:
            found.certain.append(Certain(mark.at, end, mark))
            i = bisect_left(places, end + 1, lo=i + 1)
    found.wrapping = sorted(marks[i].at for i in wrapping)
    return found


def _marks(lines: list[str]) -> list[Mark]:
    found = []
    for at, line in enumerate(lines):
        if "```" in line or "~~~" in line:
            m = FENCE.match(line)
            if m:
                fence = m["fence"]
                found.append(Mark(at, m["lead"].expandtabs(4), len(fence), m["info"].strip(), tilde=fence[0] == "~"))
        elif "<" in line and (m := PRE_OPEN.match(line)):
            found.append(Mark(at, m["lead"].expandtabs(4), 0, pre=True))
    return found


def _end_of_pre(i: int, marks: list[Mark], closes: list[int]) -> int | None:
    """The line of its `</pre>`, unless another `<pre>` or half a pair of fences comes before it."""
    k = bisect_left(closes, marks[i].at)
    if k == len(closes):
        return None
    fences = 0
    for other in marks[i + 1 : i + FURTHEST_CLOSER]:
        if other.at > closes[k]:
            break
        if other.pre:
            return None
        fences += 1
    return None if fences % 2 else closes[k]


def _closer(i: int, marks: list[Mark]) -> int | None:
    """The mark that closes a long or tilde fence by the letter of CommonMark."""
    opener = marks[i]
    for j in range(i + 1, min(len(marks), i + FURTHEST_CLOSER)):
        mark = marks[j]
        if mark.size >= opener.size and mark.tilde == opener.tilde and not mark.info and not mark.pre:
            return j
    return None


def _holds_blocks(inner: list[Mark]) -> bool:
    """A bare fence around whole code blocks wraps text: nobody shows a fence with its language in a block without a language."""
    return len(inner) >= 2 and any(mark.info for mark in inner) and any(not mark.info for mark in inner)


def _end_of_nest(i: int, marks: list[Mark]) -> int | None:
    """The fence that closes a block that shows Markdown, where blocks with a language nest."""
    depth = 0
    for mark in marks[i : i + FURTHEST_CLOSER]:
        if not mark.pre and not mark.tilde:
            depth += 1 if mark.info else -1
            if not depth:
                return mark.at
    return None
