"""Extracts Concept entities: terms that a page defines, as a definition term, or as a heading or bold term with its definition."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wekadocs_assets.core.extractors.found import FoundMention
from wekadocs_assets.core.extractors.leaves import Leaf
from wekadocs_assets.core.extractors.page_reading import PageReading

TERM = re.compile(r"[A-Za-z][\w/()&.'\-]*(?: [\w/()&.'\-]+){0,5}")
IS_A = r"(?: \([^)]{1,60}\))? (?:is|are|refers? to|means|denotes|describes|represents?) (?!not\b|set\b|to be\b)"
DEFINED_BOLD = re.compile(r"\s*(?:[:\u2013\u2014]|-\s)\s*\S")
ARTICLE = re.compile(r"(?:the|an?) ", re.IGNORECASE)
OPTION = re.compile(r"[-\[<{/~$]|\w+=")
LABELS = re.compile(
    r"(?:note|notes|warning|important|caution|tip|example|examples|procedure|step \d+|command|commands|parameters|related topics?|"
    r"before you begin|default|required|optional|yes|no|result|see also|prerequisites?|syntax|usage|options?)\b",
    re.IGNORECASE,
)

LONGEST_TERM = 200
"""Characters of the longest term."""


def concepts(reading: PageReading) -> list[FoundMention]:
    """The terms that a page defines."""
    found: list[FoundMention] = []
    section = ""
    for leaf in reading.leaves:
        if leaf.kind == "term":
            found.extend(_term(leaf))
        elif leaf.kind == "paragraph":
            if section != leaf.section.id:
                found.extend(_heading(leaf))
            found.extend(_bold(leaf))
        section = leaf.section.id
    return found


def _term(leaf: Leaf) -> Iterator[FoundMention]:
    """A definition term that is made of words and is not an option."""
    text = leaf.text.strip().rstrip(":")
    if _is_term(text) and not OPTION.match(text) and not re.search(r"_|\w\.\w", text):
        yield _mention(leaf, text, leaf.span.start, leaf.span.start + len(text), 0.8)


def _heading(leaf: Leaf) -> Iterator[FoundMention]:
    """The heading `Snapshot` with the first sentence `A snapshot is a …`: the mention is the term in the sentence."""
    title = leaf.section.title.strip()
    if not _is_term(title) or LABELS.fullmatch(title):
        return
    article = ARTICLE.match(leaf.text)
    start = leaf.span.start + (article.end() if article else 0)
    stem = title[:-1] if title.endswith("s") else title
    match = re.compile(re.escape(stem) + "(?:e?s)?(?=" + IS_A + ")", re.IGNORECASE).match(
        leaf.section.text, start, leaf.span.end
    )
    if match:
        yield _mention(leaf, title, match.start(), match.end(), 0.85)


def _bold(leaf: Leaf) -> Iterator[FoundMention]:
    """`**Term**: definition` or `**Term** is a …` at the start of a paragraph or bullet."""
    strong = leaf.marks_of("strong")
    if (
        not strong
        or strong[0].start != leaf.span.start
        or strong[0].end >= leaf.span.end
        or leaf.inside("ordered_list")
    ):
        return
    text = leaf.section.text
    raw = text[strong[0].start : strong[0].end]
    term = raw.rstrip(": ")
    after = raw[len(term) :] + text[strong[0].end : strong[0].end + 80]
    if not _is_term(term) or LABELS.match(term):
        return
    explained = leaf.section.text[strong[0].end : leaf.span.end].count(" ") >= 4
    if explained and (DEFINED_BOLD.match(after) or re.match(IS_A, after)):
        yield _mention(leaf, term, strong[0].start, strong[0].start + len(term), 0.7)


def _is_term(text: str) -> bool:
    return len(text) <= LONGEST_TERM and TERM.fullmatch(text) is not None


def _mention(leaf: Leaf, name: str, start: int, end: int, confidence: float) -> FoundMention:
    return FoundMention(
        kind="Concept",
        name=name,
        section_id=leaf.section.id,
        start=start,
        end=end,
        role="defines",
        confidence=confidence,
    )
