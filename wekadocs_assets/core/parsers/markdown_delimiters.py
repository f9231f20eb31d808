"""Finds the delimiters of code in a Markdown page (fence lines and `<pre>` tags) and matches the unambiguous ones."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field

FENCE = re.compile(r"^(?P<lead>[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)(?P<fence>`{3,}|~{3,})(?P<info>[^`\n]*)$")
PRE_OPEN = re.compile(r"^(?P<lead>[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)<pre(?:\s[^>]*)?>", re.IGNORECASE)
PRE_CLOSE = re.compile(r"</pre\s*>", re.IGNORECASE)
NESTING_LANGUAGES = ("markdown", "md", "mdx", "mdc", "rst")
FURTHEST_CLOSER = 2000
"""How many delimiters ahead a closing one is searched; bounds the time for pages with many opening fences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delimiter:
    """A line that may open or close code: a fence line or a line that starts with `<pre>`.

    at: index of the line; lead: indentation and list markers before it; size: length of the fence, 0 for `<pre>`;
    info: info string; tilde: a fence of `~`.
    """

    at: int
    lead: str
    size: int
    info: str = ""
    pre: bool = False
    tilde: bool = False


@dataclass(frozen=True, slots=True)
class MatchedBlock:
    """A code block with matched delimiters: lines start to end, both inclusive. delimiter: its opening delimiter."""

    start: int
    end: int
    delimiter: Delimiter


@dataclass(slots=True)
class Delimiters:
    """The delimiters of a page, each list in reading order.

    ambiguous: delimiters that could not be matched; matched: blocks with both delimiters; wrapper_lines: line indexes of
    fences around text that contains code blocks of its own.
    """

    ambiguous: list[Delimiter] = field(default_factory=list)
    matched: list[MatchedBlock] = field(default_factory=list)
    wrapper_lines: list[int] = field(default_factory=list)


def find_delimiters(lines: list[str]) -> Delimiters:
    """Finds the delimiters in these lines and matches those that cannot be read in two ways."""
    delimiters = _candidates(lines)
    places = [delimiter.at for delimiter in delimiters]
    closes = [at for at, line in enumerate(lines) if PRE_CLOSE.search(line)]
    found = Delimiters()
    wrapper_lines: set[int] = set()
    i = 0
    while i < len(delimiters):
        delimiter, end = delimiters[i], None
        if i in wrapper_lines:
            i += 1
            continue
        if delimiter.pre:
            end = _end_of_pre(i, delimiters, closes)
        elif delimiter.size > 3 or delimiter.tilde:
            closer = _closing_fence(i, delimiters)
            if closer and not delimiter.info and _contains_code_blocks(delimiters[i + 1 : closer]):
                wrapper_lines.update((i, closer))
                i += 1
                continue
            end = delimiters[closer].at if closer else None
        elif delimiter.info.split(" ")[0].lower() in NESTING_LANGUAGES:
            end = _end_of_nested_markdown(i, delimiters)
        if end is None:
            found.ambiguous.append(delimiter)
            i += 1
        else:
            found.matched.append(MatchedBlock(delimiter.at, end, delimiter))
            i = bisect_left(places, end + 1, lo=i + 1)
    found.wrapper_lines = sorted(delimiters[i].at for i in wrapper_lines)
    return found


def _candidates(lines: list[str]) -> list[Delimiter]:
    """Every line that may be a delimiter, in order."""
    found = []
    for at, line in enumerate(lines):
        if "```" in line or "~~~" in line:
            m = FENCE.match(line)
            if m:
                fence = m["fence"]
                lead, info = m["lead"].expandtabs(4), m["info"].strip()
                found.append(Delimiter(at=at, lead=lead, size=len(fence), info=info, tilde=fence[0] == "~"))
        elif "<" in line and (m := PRE_OPEN.match(line)):
            found.append(Delimiter(at=at, lead=m["lead"].expandtabs(4), size=0, pre=True))
    return found


def _end_of_pre(i: int, delimiters: list[Delimiter], closes: list[int]) -> int | None:
    """The line index of its `</pre>`; None if another `<pre>` or an odd number of fences comes before it."""
    k = bisect_left(closes, delimiters[i].at)
    if k == len(closes):
        return None
    fences = 0
    for other in delimiters[i + 1 : i + FURTHEST_CLOSER]:
        if other.at > closes[k]:
            break
        if other.pre:
            return None
        fences += 1
    return None if fences % 2 else closes[k]


def _closing_fence(i: int, delimiters: list[Delimiter]) -> int | None:
    """The index of the fence that closes a long or tilde fence (CommonMark 4.5); None if there is none."""
    opener = delimiters[i]
    for j in range(i + 1, min(len(delimiters), i + FURTHEST_CLOSER)):
        delimiter = delimiters[j]
        if (
            delimiter.size >= opener.size
            and delimiter.tilde == opener.tilde
            and not delimiter.info
            and not delimiter.pre
        ):
            return j
    return None


def _contains_code_blocks(inner: list[Delimiter]) -> bool:
    """Whether the delimiters between two fences form code blocks of their own: some with and some without info string."""
    return (
        len(inner) >= 2
        and any(delimiter.info for delimiter in inner)
        and any(not delimiter.info for delimiter in inner)
    )


def _end_of_nested_markdown(i: int, delimiters: list[Delimiter]) -> int | None:
    """The line index of the fence that closes a block of Markdown source, in which fences with info string open a level."""
    depth = 0
    for delimiter in delimiters[i : i + FURTHEST_CLOSER]:
        if not delimiter.pre and not delimiter.tilde:
            depth += 1 if delimiter.info else -1
            if not depth:
                return delimiter.at
    return None
