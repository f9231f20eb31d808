"""Words of a question and of a text: their offsets, stems, and the English stop words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

WORD = re.compile(r"[^\W_]+")
STOP_WORDS = frozenset(
    """a about above after again against ain all also am an and any are aren as at be because been before being below
    between both but by can could couldn d did didn do does doesn doing don done down during each else few for from further
    get gets getting give go goes going got had hadn has hasn have haven having he her here hers herself him himself his how
    i if in into is isn it its itself just let like ll m ma may me might mightn mine more most much must mustn my myself
    need needn no nor not now o of off on once one only or other our ours ourselves out over own please re s same shall shan
    she should shouldn so some such t tell than that the their theirs them themselves then there these they this those
    through to too under until up us use used using ve very want was wasn way we were weren what when where which while who
    whom whose why will with won would wouldn y yes yet you your yours yourself yourselves""".split()
)
"""Frequent English words and question words; a superset of the stop words that BM25 leaves out."""


@dataclass(frozen=True, slots=True)
class Word:
    """`text[start:end]`; stem: the common form of its inflections."""

    stem: str
    start: int
    end: int


def words_of(text: str) -> Iterator[Word]:
    """Every word, in reading order."""
    return (Word(stem(match[0]), *match.span()) for match in WORD.finditer(text))


def content_words(question: str) -> dict[str, str]:
    """stem -> first spelling in the question, in reading order, without stop words."""
    found: dict[str, str] = {}
    for match in WORD.finditer(question):
        if match[0].casefold() not in STOP_WORDS:
            found.setdefault(stem(match[0]), match[0])
    return found


def drop_stop_words(question: str) -> str:
    """The question without its stop words. It splits at blanks only, as an engine may index `use_cache` as one word."""
    return " ".join(part for part in question.split() if content_words(part))


@lru_cache(50_000)
def stem(word: str) -> str:
    """Porter2 (snowballstem.org) on the lower-cased word; words with digits or non-ASCII letters are only lower-cased."""
    folded = word.casefold()
    return _english(folded) if folded.isascii() and folded.isalpha() else folded


def _english(word: str) -> str:
    """Creates a stemmer for each call: stemmers are stateful, and several threads search at once."""
    import snowballstemmer  # imported here: it loads the rules of thirty languages

    stemmed: str = snowballstemmer.stemmer("english").stemWord(word)
    return stemmed
