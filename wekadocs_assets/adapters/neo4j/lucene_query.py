"""Turns a question into a query for Lucene's classic parser that cannot fail: any of its words, without operators."""

from __future__ import annotations

import re

SPECIAL = re.compile(r'([+\-!(){}\[\]^"~*?:\\/&|<>=])')
OPERATORS = frozenset({"AND", "OR", "NOT", "TO"})
WORD = re.compile(r"\w+")
MOST_WORDS, MOST_CLAUSES = 200, 1000
"""Limits per query: Lucene refuses more than 1,024 clauses."""
MOST_CHARACTERS = 255
"""Limit per word: the analyzer splits longer ones."""


def lucene_query(question: str) -> str:
    """The distinct words of the question, escaped, up to the limits; '' for a question without words."""
    chosen: list[str] = []
    clauses = 0
    for word in _words(question):
        clauses += _most_clauses(word)
        if len(chosen) == MOST_WORDS or clauses > MOST_CLAUSES:
            break
        chosen.append(_escaped(word))
    return " ".join(chosen)


def _words(question: str) -> list[str]:
    text = question.encode("utf-8", "replace").decode("utf-8")  # lone surrogates cannot be sent to a server
    return list(dict.fromkeys(word[:MOST_CHARACTERS] for word in text.split() if WORD.search(word)))


def _most_clauses(word: str) -> int:
    """Upper bound of the analyzer's clauses for a word: outside ASCII every character may become one."""
    return len(WORD.findall(word)) if word.isascii() else len(word)


def _escaped(word: str) -> str:
    return word.lower() if word in OPERATORS else SPECIAL.sub(r"\\\1", word)
