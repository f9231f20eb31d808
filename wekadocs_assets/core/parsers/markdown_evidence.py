"""Weighs lines of a Markdown page: how dear it is to read them as text, how dear to read them as code."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

MOST_AS_CODE, MOST_AS_TEXT = 14.0, 4.0
"""One stretch never outweighs everything else: a long block of output that looks like prose may still be code."""

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
"""Code begins right under its fence; text after a fence mostly leaves a line free."""

CODE_LINE = re.compile(
    r"""^\s*(?:[$>]\ \S|\#!|[{}()\[\]]+[,;]?\s*$|["']?[\w./-]+["']?:(?:\s+[\w"'\[{<&*./-]\S*)?\s*$|(?:export\ )?[A-Za-z_]\w*=\S)
      |\s--?[a-zA-Z][\w-]*(?:[ =]|$)|[;{}]\s*$|\s\\\s*$|\S\ {3,}\S+\ {3,}\S""",
    re.VERBOSE,
)
COMMENT = re.compile(r"^\s*#+ ?\S")


@dataclass(frozen=True, slots=True)
class Weights:
    """Costs of a stretch of lines: all text; all code; code up to line `cut` and text from there (inf: no such line)."""

    text: float
    code: float
    split: float
    cut: int
    blank: bool


def weigh(lines: list[str], ignored: bytearray) -> Weights:
    """ignored: 1 for each line that stands in code already known."""
    as_code = [0.0 if skip else _as_code(lines, i) for i, skip in enumerate(ignored)]
    as_text = [0.0 if skip else _as_text(lines, i) for i, skip in enumerate(ignored)]
    split, cut = _best_cut(lines, as_code, as_text)
    blank = not any(line.strip() for line in lines)
    gap = not blank and not lines[0].strip()
    at_once = not blank and not gap and not ANY_ITEM.match(lines[0])
    return Weights(
        text=min(sum(as_text), MOST_AS_TEXT) + (STARTS_AT_ONCE if at_once else 0.0),
        code=min(sum(as_code), MOST_AS_CODE) + (STARTS_BLANK if gap else 0.0),
        split=split,
        cut=cut,
        blank=blank,
    )


def looks_like_prose(lines: list[str]) -> bool:
    """For indented lines whose list was lost: more text than code."""
    ignored = bytearray(len(lines))
    weights = weigh(lines, ignored)
    return weights.code > weights.text


def _as_code(lines: list[str], i: int) -> float:
    """How unlikely this line is in code."""
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
    """Six words or more, most of them plain, from a capital letter on or up to a full stop."""
    line = line.strip()
    words = line[:2000].split()
    if len(words) < 6 or not (line[0].isupper() or line[-1] in ".:"):
        return False
    return len(WORDS.findall(line[:2000])) >= 0.6 * len(words)


def _as_text(lines: list[str], i: int) -> float:
    """How unlikely this line is outside of code; a comment would turn into a heading there."""
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
    """The blank line's successor that reads as text, where ending the code is cheapest."""
    best, cut = math.inf, 0
    head, tail = 0.0, sum(as_text)
    for i in range(len(lines)):
        if as_code[i] >= 1.0 and i and not lines[i - 1].strip() and head + min(tail, MOST_AS_TEXT) < best:
            best, cut = head + min(tail, MOST_AS_TEXT), i
        head += as_code[i]
        tail -= as_text[i]
    return best, cut
