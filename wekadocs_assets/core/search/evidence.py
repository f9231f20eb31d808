"""Selects quotes: the sentences, list items, table rows or command lines of a section that best match the question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from wekadocs_assets.core.search.answer import Quote
from wekadocs_assets.core.search.words import WORD, Word, stem, words_of

LINE = re.compile(r"[^\n]+")
SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]*[A-Z0-9`])")
MOST_QUOTES = 3
LONGEST_QUOTE, LONGEST_SNIPPET = 400, 320
"""Characters."""
IN_BEST_CHUNK = 0.35
"""Added to the score of a unit inside the best chunk, so that paraphrases without common words are quoted too."""
IN_HEADING = 0.3
"""Factor for the weight of words in the headings: they identify the section, not the sentence."""
SECOND = 0.5
"""Smallest score of a second or third quote, as a share of the first one's."""
SHORT_UNIT = 3
"""Words; a shorter line is usually a label, so its score is halved."""


@dataclass(frozen=True, slots=True)
class _Unit:
    start: int
    end: int
    score: float


def quotes(text: str, weights: Mapping[str, float], chunk: tuple[int, int], headings: str = "") -> tuple[Quote, ...]:
    """At most MOST_QUOTES, best first, without overlaps.

    weights: of the question's stems; chunk: (start, end) of the best chunk in the text.
    """
    discounted = _discounted(weights, headings)
    total = sum(discounted.values()) or 1.0
    scored = [_scored(text, start, end, discounted, total, chunk) for start, end in _joined_units(text)]
    ranked = sorted(scored, key=lambda unit: (-round(unit.score, 9), unit.start))
    chosen: list[_Unit] = []
    for unit in ranked:
        if len(chosen) < MOST_QUOTES and unit.score >= SECOND * ranked[0].score and not _overlaps(unit, chosen):
            chosen.append(unit)
    return tuple(_quote(text, unit, weights) for unit in chosen)


def _discounted(weights: Mapping[str, float], headings: str) -> dict[str, float]:
    known = {stem(match[0]) for match in WORD.finditer(headings)}
    return {word: weight * IN_HEADING if word in known else weight for word, weight in weights.items()}


def _joined_units(text: str) -> Iterator[tuple[int, int]]:
    """Units as (start, end); one that ends with a colon is joined with the next one."""
    found = list(units(text))
    for (start, end), (_, further) in zip(found, [*found[1:], (0, 0)], strict=False):
        leads_on = text[end - 1] == ":" and further - start <= LONGEST_QUOTE
        yield start, max(end, further) if leads_on else end


def _overlaps(unit: _Unit, chosen: Sequence[_Unit]) -> bool:
    return any(unit.start < other.end and other.start < unit.end for other in chosen)


def snippet(text: str, evidence: Sequence[Quote]) -> str:
    """The first quote with some text around it, at most about LONGEST_SNIPPET characters."""
    if not evidence:
        return _cut(text, 0, min(len(text), LONGEST_SNIPPET))
    room = max(0, LONGEST_SNIPPET - (evidence[0].end - evidence[0].start)) // 3
    return _cut(text, evidence[0].start - room, min(evidence[0].start + LONGEST_SNIPPET, evidence[0].end + 2 * room))


def share(text: str, weights: Mapping[str, float]) -> float:
    """Share of the question's word weight whose stems occur in the text, 0..1."""
    found = {stem(match[0]) for match in WORD.finditer(text)}
    total = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in found) / total if total else 0.0


def units(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of every sentence of every line, without surrounding white space; blank ones are left out."""
    for line in LINE.finditer(text):
        for start, end in _sentences(text, *line.span()):
            body = text[start:end].strip()
            if body:
                first = text.index(body[0], start)
                yield first, first + len(body)


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for stop in SENTENCE_END.finditer(text, start, end):
        yield start, stop.start()
        start = stop.end()
    yield start, end


def _scored(
    text: str, start: int, end: int, weights: Mapping[str, float], total: float, chunk: tuple[int, int]
) -> _Unit:
    stems = {stem(match[0]) for match in WORD.finditer(text, start, end)}
    score = sum(weight for word, weight in weights.items() if word in stems) / total
    if start < chunk[1] and end > chunk[0]:
        score += IN_BEST_CHUNK
    if len(stems) < SHORT_UNIT:
        score *= 0.5
    return _Unit(start, end, score)


def _quote(text: str, unit: _Unit, weights: Mapping[str, float]) -> Quote:
    start, end = unit.start, unit.end
    if end - start > LONGEST_QUOTE:
        start, end = _narrowed(text, start, end, weights)
    quote = text[start:end]
    marks = tuple((word.start, word.end) for word in words_of(quote) if word.stem in weights)
    return Quote(quote, start, end, marks)


def _narrowed(text: str, start: int, end: int, weights: Mapping[str, float]) -> tuple[int, int]:
    """(start, end) of the part of a very long line with the highest word weight."""
    words = [word for word in words_of(text[start:end]) if word.stem in weights]
    best = _densest(words, weights)
    first = start + max(0, best - LONGEST_QUOTE // 4)
    if first > start:  # move to the start of a word
        first = text.find(" ", first, first + LONGEST_QUOTE // 4) + 1 or first
    last = min(end, first + LONGEST_QUOTE)
    part = text[first:last] if last == end else text[first:last].rpartition(" ")[0] or text[first:last]
    body = part.strip()
    first += part.index(body)
    return first, first + len(body)


def _densest(words: Sequence[Word], weights: Mapping[str, float]) -> int:
    """Start of the window with the highest weight of distinct stems (two pointers, one pass)."""
    inside: Counter[str] = Counter()
    best, place, first = 0.0, 0, 0
    for word in words:
        inside[word.stem] += 1
        while word.end - words[first].start > LONGEST_QUOTE // 2:
            inside[words[first].stem] -= 1
            first += 1
        weight = round(sum(weights[stem_] for stem_, count in inside.items() if count), 9)
        if weight > best:
            best, place = weight, words[first].start
    return place


def _cut(text: str, start: int, end: int) -> str:
    start, end = max(0, start), min(len(text), end)
    body = " ".join(text[start:end].split())
    return f"{'… ' if start else ''}{body}{' …' if end < len(text) else ''}"
