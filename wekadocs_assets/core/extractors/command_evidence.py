"""Decides which candidates are commands: what proves a program, what is output, what is running English."""

from __future__ import annotations

import re

from wekadocs_assets.core.extractors.command_candidates import ARGUMENT, Candidate, has_options, in_columns, is_synopsis
from wekadocs_assets.core.extractors.command_line import Statement
from wekadocs_assets.core.extractors.command_name import SCRIPT, Grammar, base_name
from wekadocs_assets.core.extractors.shell_programs import (
    BUILTINS,
    ENGLISH_TOO,
    FLAT,
    GROUPED,
    PLUMBING,
    STOP_WORDS,
    VERBS,
)

PIPE_SIGNS = re.compile(r"[ \t|]*+")


def teaches(candidate: Candidate, grammar: Grammar) -> bool:
    """Is this candidate proof enough that its first word is a program?"""
    statement = candidate.statement
    word = statement.words[0].text
    base = base_name(word)
    if len(base) < 2 or base in BUILTINS or _prose(statement, grammar):
        return False
    if statement.prompt == "$" and candidate.place in ("open", "shell", "inline"):
        return True
    options = has_options(statement)
    if candidate.place == "shell":
        return ((options or SCRIPT.search(base) is not None) and not in_columns(candidate)) or word.startswith("./")
    if candidate.place == "open":
        script = word.startswith("./") or SCRIPT.search(base) is not None
        return (candidate.first and not in_columns(candidate) and options) or (script and not candidate.prompts)
    if (
        candidate.place == "inline"
        and candidate.first
        and any(w.text.lstrip("[").startswith("--") for w in statement.words[1:])
    ):
        return True
    return candidate.labelled or (candidate.cued and (options or is_synopsis(statement)))


def holds(candidate: Candidate, grammar: Grammar, functions: set[str]) -> bool:
    """Is this candidate a command that the reader is shown?"""
    statement = candidate.statement
    word = statement.words[0].text
    base = base_name(word)
    if not base or base in BUILTINS or base in functions or statement.link == "call" or _prose(statement, grammar):
        return False
    if statement.link == "|" and len(statement.words) == 1 and _at_line_start(candidate):
        return False  # a tree drawn with pipe signs
    known = base in grammar.programs or base in FLAT or base in GROUPED
    if statement.link in ("|",) and base in PLUMBING:
        return False
    if candidate.place in ("shell", "open"):
        return _holds_in_code(candidate, word, base, known)
    if candidate.place == "inline":
        return _holds_inline(candidate, base, known, base in grammar.programs)
    if candidate.place == "strong":
        return base in grammar.programs and len(statement.words) > 1
    if candidate.labelled:
        return True
    return known and statement.link in ("", "|") and has_options(statement) and _first_known(candidate, grammar)


def _at_line_start(candidate: Candidate) -> bool:
    statement = candidate.statement
    signs = PIPE_SIGNS.match(candidate.leaf.section.text, statement.line_start)
    return signs is not None and signs.end() >= statement.words[0].start


def _first_known(candidate: Candidate, grammar: Grammar) -> bool:
    base = base_name(candidate.statement.words[0].text)
    return base in grammar.programs or base in GROUPED or base not in ENGLISH_TOO


def _holds_in_code(candidate: Candidate, word: str, base: str, known: bool) -> bool:
    statement = candidate.statement
    if statement.prompt == "$":
        return True
    if (
        word != base
        and not word.startswith(("./", "~/"))
        and not SCRIPT.search(base)
        and "bin/" not in word
        and "init.d/" not in word
    ):
        return False
    if in_columns(candidate):
        return False
    if known:
        if statement.prompt == "#" or candidate.prompts:
            return _command_shaped(statement, base)
        return base not in ENGLISH_TOO or len(statement.words) == 1 or _command_shaped(statement, base)
    if statement.prompt == "#" or candidate.prompts or candidate.place != "shell":
        return False
    return _plausible(candidate)


def _plausible(candidate: Candidate) -> bool:
    """An unknown program in a block that is marked as shell: options, or a first line without a sign of output."""
    words = candidate.statement.words
    if any(w.text.endswith((":", ",", ".")) for w in words[:2]) or candidate.statement.link == "(":
        return False
    if has_options(candidate.statement) or (len(words) == 1 and candidate.first):
        return True
    pointed = any(w.text[:1] in "\"'/$<~." for w in words[1:3]) or any(w.text in VERBS for w in words[1:3])
    return pointed and words[-1].text[-1] not in "{[" and candidate.statement.link != "|"


def _holds_inline(candidate: Candidate, base: str, known: bool, taught: bool) -> bool:
    statement = candidate.statement
    if candidate.labelled:
        return True
    if len(statement.words) == 1:
        return known and candidate.cued and base not in GROUPED and (base not in ENGLISH_TOO or statement.link == "")
    if not known:
        return candidate.cued and (has_options(statement) or statement.words[0].text.startswith("./"))
    if base in ENGLISH_TOO or base in FLAT:
        return _command_shaped(statement, base)
    return taught or base in GROUPED


def _command_shaped(statement: Statement, base: str) -> bool:
    """More than the words of a sentence: an option, a path, a placeholder, a value, or a program that is no English word."""
    if any(ARGUMENT.match(word.text) for word in statement.words[1:]):
        return True
    if base in FLAT or base in ENGLISH_TOO:
        return base not in ENGLISH_TOO and len(statement.words) <= 3
    return len(statement.words) <= 6


def _prose(statement: Statement, grammar: Grammar) -> bool:
    """Running English: words such as `the`, a first word with a colon, a sentence that ends."""
    texts = [word.text for word in statement.words]
    if len(texts) > 1 and (texts[1] in ("=", ":", "==", "=>", "->", "-", "–", "—") or texts[1][0] in "=+"):
        return True
    stops = sum(1 for text in texts[1:] if text in STOP_WORDS)
    if stops >= 2 or (stops and not has_options(statement)):
        return True
    return len(texts) > 3 and texts[-1].endswith((".", ":")) and len(texts[-1]) > 2 and not has_options(statement)
