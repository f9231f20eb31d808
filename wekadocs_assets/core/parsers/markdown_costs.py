"""Costs of reading lines of a Markdown page as text and as code: the higher, the less likely that reading.

A pattern that tells text from code is added to `_code_cost` or `_text_cost`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

MOST_AS_CODE, MOST_AS_TEXT = 14.0, 4.0
"""Upper limits of the cost of one run of lines: a long block of output that looks like prose may still be code."""

HEADING = re.compile(r"^ {0,3}#{2,6}[ \t]+\S(?!.*##[ \t]*$)")
TITLE = re.compile(r"^#[ \t]+[A-Z]")
MARKUP = re.compile(
    r"^\s*(?:</?(?:details|summary|figure|table)\b|\{% *(?:end)?(?:hint|tabs?|content-ref|code|embed|file|step)\b)"
)
BOLD_LINE = re.compile(r"^\s*\*\*[^*\s][^*]*\*\*:?\s*$")
BOLD_START = re.compile(r"^\s*(?:[*+-] +|\d+\. +)?\*\*\w[^*]*\*\*")
LINK = re.compile(r"(?<![\w\]])\[[^\]\n]{2,200}\]\((?:https?:|/|\.|#|[\w-]+[./#])")
DIVIDER = re.compile(r"^ ?\|(?: ?:?-{3,}:? ?\|)+\s*$")
CALLOUT = re.compile(r"^(?:Note|Warning|Tip|Important|Caution): +[A-Z]")
ITEM = re.compile(r"^ {0,3}(?:\d+\.|[*-]) +[A-Z`][a-z]*\b.*[a-z]{2,} .*[.:\\]\s*$")
ANY_ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)]|</?\w|\{%|#)")
WORDS = re.compile(r"(?<!\S)[\"'(]?[A-Za-z][a-z']*[\"')]?[.,:;]?(?!\S)")
INLINE_MARKUP = re.compile(r"(?<!\S)(?:`[^`]+`|\*\*[^*\s][^*]*\*\*)(?=[\s.,:;)]|$)")
STARTS_BLANK, STARTS_AT_ONCE, COMMENT_UNDER_FENCE = 0.7, 0.4, 2.0
"""Costs of a blank first line for code, of none for text, and of a `#` comment under a fence for text."""

CODE_LINE = re.compile(
    r"""^\s*(?:[$>]\ \S|\#!|[{}()\[\]]+[,;]?\s*$|["']?[\w./-]+["']?:(?:\s+[\w"'\[{<&*./-]\S*)?\s*$|(?:export\ )?[A-Za-z_]\w*=\S)
      |\s--?[a-zA-Z][\w-]*(?:[ =]|$)|[;{}]\s*$|\s\\\s*$|\S\ {3,}\S+\ {3,}\S""",
    re.VERBOSE,
)
COMMENT = re.compile(r"^\s*#+ ?\S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Costs of a run of lines as text, as code, and as code up to line index `cut` and text from there (split).

    split is infinite if there is no such line; blank: no line has text.
    """

    text: float
    code: float
    split: float
    cut: int
    blank: bool


def costs_of(lines: list[str], ignored: bytearray) -> Costs:
    """The costs of these lines; ignored: 1 for each line of a matched code block, which costs nothing."""
    as_code = [0.0 if skip else _code_cost(lines, i) for i, skip in enumerate(ignored)]
    as_text = [0.0 if skip else _text_cost(lines, i) for i, skip in enumerate(ignored)]
    split, cut = _best_cut(lines, as_code, as_text)
    blank = not any(line.strip() for line in lines)
    gap = not blank and not lines[0].strip()
    at_once = not blank and not gap and not ANY_ITEM.match(lines[0])
    return Costs(
        text=min(sum(as_text), MOST_AS_TEXT) + (STARTS_AT_ONCE if at_once else 0.0),
        code=min(sum(as_code), MOST_AS_CODE) + (STARTS_BLANK if gap else 0.0),
        split=split,
        cut=cut,
        blank=blank,
    )


def looks_like_prose(lines: list[str]) -> bool:
    """Whether lines cost more as code than as text; used for indented lines outside of a list."""
    costs = costs_of(lines, bytearray(len(lines)))
    return costs.code > costs.text


def _code_cost(lines: list[str], i: int) -> float:
    """The cost of line i as code."""
    line = lines[i]
    if not line or line.isspace():
        return 0.0
    after_blank = i == 0 or not lines[i - 1].strip()
    before_blank = i + 1 == len(lines) or not lines[i + 1].strip()
    cost = 0.0
    if HEADING.match(line):
        cost += 3.0 if after_blank and before_blank else 0.5
    elif TITLE.match(line):
        cost += 2.0 if after_blank and before_blank else 0.0
    elif MARKUP.match(line):
        cost += 4.0
    elif BOLD_LINE.match(line):
        cost += 2.0
    elif BOLD_START.match(line) or DIVIDER.match(line) or (after_blank and CALLOUT.match(line)):
        cost += 1.5
    elif ITEM.match(line):
        cost += 1.0
    elif after_blank and _is_sentence(line):
        cost += 1.0
        cost += 1.0 if INLINE_MARKUP.search(line) else 0.0
    if "](" in line and LINK.search(line):
        cost += 2.0
    return cost


def _is_sentence(line: str) -> bool:
    """Six words or more, at least 60 % of them plain, that start with a capital letter or end with `.` or `:`."""
    line = line.strip()
    words = line[:2000].split()
    if len(words) < 6 or not (line[0].isupper() or line[-1] in ".:"):
        return False
    return len(WORDS.findall(line[:2000])) >= 0.6 * len(words)


def _text_cost(lines: list[str], i: int) -> float:
    """The cost of line i as text; a `#` comment costs most, since it would become a heading."""
    line = lines[i]
    if not line or line.isspace():
        return 0.0
    if COMMENT.match(line):
        after_blank = i == 0 or not lines[i - 1].strip()
        before_blank = i + 1 == len(lines) or not lines[i + 1].strip()
        if i == 0 and line.startswith("# "):
            return COMMENT_UNDER_FENCE
        return 0.0 if after_blank and before_blank else 1.0
    return 0.5 if CODE_LINE.search(line) and "`" not in line else 0.0


def _best_cut(lines: list[str], as_code: list[float], as_text: list[float]) -> tuple[float, int]:
    """(cost, line index) of the cheapest place to end the code: a line after a blank one that reads as text."""
    best, cut = math.inf, 0
    head, tail = 0.0, sum(as_text)
    for i in range(len(lines)):
        if as_code[i] >= 1.0 and i and not lines[i - 1].strip() and head + min(tail, MOST_AS_TEXT) < best:
            best, cut = head + min(tail, MOST_AS_TEXT), i
        head += as_code[i]
        tail -= as_text[i]
    return best, cut
