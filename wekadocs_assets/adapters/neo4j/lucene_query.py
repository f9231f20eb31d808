"""A person's question as a query of Lucene's classic parser that cannot fail: its words, any of them, no operators."""

from __future__ import annotations

import re

SPECIAL = re.compile(r'([+\-!(){}\[\]^"~*?:\\/&|<>=])')
OPERATORS = frozenset({"AND", "OR", "NOT", "TO"})
WORD = re.compile(r"\w+")
MOST_WORDS, MOST_CLAUSES = 200, 1000
"""Lucene refuses more than 1,024 clauses in a query."""
MOST_CHARACTERS = 255
"""Of a word: the analyzer cuts longer ones."""


def lucene_query(question: str) -> str:
    """The distinct words of the question, escaped, up to a bound; '' when it holds none."""
    chosen: list[str] = []
    clauses = 0
    for word in _words(question):
        clauses += _most_clauses(word)
        if len(chosen) == MOST_WORDS or clauses > MOST_CLAUSES:
            break
        chosen.append(_escaped(word))
    return " ".join(chosen)


def _words(question: str) -> list[str]:
    whole = question.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair cannot be sent to a server
    return list(dict.fromkeys(word[:MOST_CHARACTERS] for word in whole.split() if WORD.search(word)))


def _most_clauses(word: str) -> int:
    """Upper bound of what the analyzer makes of it: outside of ASCII every character may become one."""
    return len(WORD.findall(word)) if word.isascii() else len(word)


def _escaped(word: str) -> str:
    return word.lower() if word in OPERATORS else SPECIAL.sub(r"\\\1", word)
