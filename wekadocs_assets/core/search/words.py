"""Words of a question and of a text: where they stand, their stems, and which of them say nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

WORD = re.compile(r"[^\W_]+")
STOP_WORDS = frozenset(
    """a about after again all also am an and any are as at be because been before being but by can could did do does doing
    don done down each else few for from further get gets getting give go goes going got had has have having he her here hers
    him his how i if in into is it its itself just let like ll m may me might mine more most much must my need no nor not now
    of off on once one only or other our ours out over own please re s same shall she should so some such t tell than that the
    their theirs them then there these they this those through to too under until up us use used using ve very want was way we
    were what when where which while who whom whose why will with would yes yet you your yours""".split()
)
"""English words that stand in every text, and those with which questions are asked."""


@dataclass(frozen=True, slots=True)
class Word:
    """`text[start:end]`; stem: what its forms have in common."""

    stem: str
    start: int
    end: int


def words_of(text: str) -> Iterator[Word]:
    """Every word, in reading order."""
    return (Word(stem(match[0]), *match.span()) for match in WORD.finditer(text))


def content_words(question: str) -> dict[str, str]:
    """stem -> the word as it is asked, in order, without those that say nothing."""
    found: dict[str, str] = {}
    for match in WORD.finditer(question):
        if match[0].casefold() not in STOP_WORDS:
            found.setdefault(stem(match[0]), match[0])
    return found


@lru_cache(50_000)
def stem(word: str) -> str:
    """By Porter's second algorithm (snowballstem.org), in lower case; words with digits or of other scripts stay."""
    folded = word.casefold()
    return _english(folded) if folded.isascii() and folded.isalpha() else folded


def _english(word: str) -> str:
    """By a stemmer of its own: they work on their own state, and threads ask at once."""
    import snowballstemmer  # here, for it brings the rules of thirty languages

    return snowballstemmer.stemmer("english").stemWord(word)
