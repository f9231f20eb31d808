"""Extracts Error entities: messages and codes that a page shows as failures."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wekadocs_assets.core.extractors.found import FoundMention
from wekadocs_assets.core.extractors.leaves import Leaf
from wekadocs_assets.core.extractors.page_reading import PageReading

MESSAGE_LINE = re.compile(
    r"^[ \t]*(?P<message>(?:[\w./\-]+: ){0,3}(?:fatal|error|err|failure|failed|panic|exception)\b(?: \w+){0,3}\s?[:\-] ?\S[^\n]{2,200}"
    r"|[\w./\-]+: (?:cannot|could not|can't|unable to|failed to|no such|permission denied|invalid|connection refused)[^\n]{3,200})",
    re.IGNORECASE | re.MULTILINE,
)
CODE = re.compile(r"(?:[A-Z][A-Z0-9]{1,9}-\d{3,5}(?:-[A-Z0-9]{2,4})?|E[A-Z]{3,12}|ERR_[A-Z_]+|0x8[0-9a-fA-F]{7})")
CUE = re.compile(
    r"\b(?:errors?(?: messages?| codes?)?|fail(?:s|ed|ure)?(?: with)?|message|exception|returns?|displays?|shows?|reports?)\b[^.\n]{0,60}$",
    re.IGNORECASE,
)
STRONG_CUE = re.compile(r"\b(?:errors?|failures?|exceptions?|fails? with)\b", re.IGNORECASE)
AFTER = re.compile(r"[\"'”.]{0,8}\s{1,40}+(?:errors?|failures?|exceptions?)\b(?! (?:log|code|rate))", re.IGNORECASE)
QUOTED = re.compile(r"[\"“](?P<message>[^\"”\n]{8,200}+)[\"”]")
ERROR_TITLE = re.compile(r"\b(?:errors?|failures?|fail(?:s|ed)?|known issues?|troubleshoot\w*)\b", re.IGNORECASE)
HEADER = re.compile(r"error(?: message| code| name)?s?|symptom|failure", re.IGNORECASE)


def errors(reading: PageReading) -> list[FoundMention]:
    """Error messages in code, in columns of error tables, and in inline code or quotes that the text calls an error."""
    return [found for leaf in reading.leaves for found in _in_leaf(leaf)]


def is_about_errors(title: str) -> bool:
    """Whether a heading announces errors or troubleshooting."""
    return ERROR_TITLE.search(title) is not None


def _in_leaf(leaf: Leaf) -> Iterator[FoundMention]:
    if leaf.kind == "code":
        yield from _messages(leaf)
    elif leaf.kind == "table_row":
        yield from _cells(leaf)
    else:
        yield from _quoted(leaf)


def _messages(leaf: Leaf) -> Iterator[FoundMention]:
    """Lines of output that report a failure."""
    for match in MESSAGE_LINE.finditer(leaf.section.text, leaf.span.start, leaf.span.end):
        yield _mention(leaf, match.start("message"), match.start("message") + len(match["message"].rstrip()), 0.8)


def _cells(leaf: Leaf) -> Iterator[FoundMention]:
    """Cells of a column whose header announces errors."""
    if leaf.span.info == "header":  # of a row: "header" or ""
        return
    for cell in leaf.marks_of("table_cell"):  # info of a cell: the header of its column
        if HEADER.fullmatch(cell.info.strip()) and 2 < cell.end - cell.start <= 200:
            yield _mention(leaf, cell.start, cell.end, 0.85)


def _quoted(leaf: Leaf) -> Iterator[FoundMention]:
    """Inline code and quoted text that the sentence calls an error: a code, or a phrase of at least two words.

    In a section about errors also each code with a hyphen; a code without one may be any word in capitals.
    """
    text, span = leaf.section.text, leaf.span
    spans = [(m.start, m.end) for m in leaf.marks_of("inline_code")]
    spans += [m.span("message") for m in QUOTED.finditer(text, span.start, span.end)]
    for start, end in sorted(set(spans)):
        before = text[max(span.start, start - 80) : start]
        cued = CUE.search(before) is not None and STRONG_CUE.search(before) is not None
        named = AFTER.match(text, end, span.end) is not None
        if (CODE.fullmatch(text, start, end) and (cued or named)) or (
            (cued or named) and re.search(r"[a-z] [a-z]", text[start:end])
        ):
            yield _mention(leaf, start, end, 0.7)
    if is_about_errors(leaf.section.title):
        for match in CODE.finditer(text, span.start, span.end):
            if "-" in match.group():
                yield _mention(leaf, match.start(), match.end(), 0.6)


def _mention(leaf: Leaf, start: int, end: int, confidence: float) -> FoundMention:
    """A mention of an error. Its role is always `defines`: a page that shows an error describes it.

    confidence: the extraction confidence, how sure the rule is that the text is an error (0..1).
    """
    return FoundMention(
        kind="Error",
        name=leaf.section.text[start:end],
        section_id=leaf.section.id,
        start=start,
        end=end,
        role="defines",
        confidence=confidence,
    )
