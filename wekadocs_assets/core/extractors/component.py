"""Extracts Component entities: named processes, services, daemons and hardware parts of the product."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from wekadocs_assets.core.extractors.found import FoundMention
from wekadocs_assets.core.extractors.instruction import IMPERATIVES
from wekadocs_assets.core.extractors.leaves import Leaf
from wekadocs_assets.core.extractors.page_reading import PageReading
from wekadocs_assets.core.models import Vocabulary

PART = r"process(?:es)?|services?|daemons?|containers?|agents?|drivers?|modules?|controllers?|plugins?|operators?|schedulers?"
AFTER = re.compile(rf"[\"']?\s{{1,40}}+(?:{PART})\b", re.IGNORECASE)
DAEMON = re.compile(r"[a-z][a-z0-9-]{2,20}d(?:\.service)?|[a-z][\w-]+\.service")
CAPITAL_PART = re.compile(rf"\b(?P<name>[A-Z][A-Za-z0-9]*(?: [A-Z][A-Za-z0-9]*){{0,2}}) (?P<part>{PART})\b")
CAPITAL_WORDS = frozenset("The This That These Those A An One Two Each Every All Any Some Other Another Your Our If When For In On Of New Create "
                          "Add Start Stop Restart Install Remove Select Run Use Enable Disable Web Cloud Professional".split())  # fmt: skip
NAME = re.compile(r"[A-Za-z][\w.-]*")
NOT_DAEMONS = frozenset("command method add load read thread third record field standard end pid cmd old send".split())


def components(reading: PageReading) -> list[FoundMention]:
    """Components named in text outside of code: `X service`, daemons in inline code, and names of the vocabulary."""
    return [found for leaf in reading.leaves if leaf.kind != "code" for found in _in_leaf(leaf, reading)]


def _in_leaf(leaf: Leaf, reading: PageReading) -> Iterator[FoundMention]:
    text, span = leaf.section.text, leaf.span
    for mark in leaf.marks_of("inline_code", "strong"):
        name = text[mark.start : mark.end]
        if NAME.fullmatch(name) and AFTER.match(text, mark.end, span.end):
            yield _mention(leaf, mark.start, mark.end, 0.75)
        elif (
            mark.kind == "inline_code"
            and DAEMON.fullmatch(name)
            and name not in NOT_DAEMONS
            and not name.endswith(("ed", "-id"))
        ):
            yield _mention(leaf, mark.start, mark.end, 0.6)
    for match in CAPITAL_PART.finditer(text, span.start, span.end):
        if not _begins_a_sentence(match["name"].split()[0]):
            yield _mention(leaf, match.start("name"), match.end("part"), 0.5)
    known = _vocabulary_pattern(reading.vocabulary)
    if known is not None:
        for match in known.finditer(text, span.start, span.end):
            yield _mention(leaf, match.start(), match.end(), 0.9)


def _begins_a_sentence(word: str) -> bool:
    """Whether a capitalized word is not part of a name, as in `Create drivers` or `One container`."""
    lower = word.lower()
    stems = (lower, lower.removesuffix("s"), lower.removesuffix("es"))
    return word in CAPITAL_WORDS or any(stem in IMPERATIVES for stem in stems)


@lru_cache(maxsize=16)
def _vocabulary_pattern(vocabulary: Vocabulary) -> re.Pattern[str] | None:
    names = sorted(vocabulary.components, key=lambda name: (-len(name), name))
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, names)) + r")(?!\w)") if names else None


def _mention(leaf: Leaf, start: int, end: int, confidence: float) -> FoundMention:
    return FoundMention(
        kind="Component",
        name=leaf.section.text[start:end],
        section_id=leaf.section.id,
        start=start,
        end=end,
        role="uses",
        confidence=confidence,
    )
