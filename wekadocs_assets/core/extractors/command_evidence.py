"""Decides which candidates are commands, and which of them prove that a word is a program; rejects output and prose."""

from __future__ import annotations

import re

from wekadocs_assets.core.extractors.command_candidates import ARGUMENT, Candidate, has_options, in_columns, is_synopsis
from wekadocs_assets.core.extractors.command_line import Statement
from wekadocs_assets.core.extractors.command_name import SCRIPT, Grammar, base_name
from wekadocs_assets.core.extractors.shell_programs import (
    BUILTINS,
    ENGLISH_WORDS,
    OUTPUT_FILTERS,
    STOP_WORDS,
    SUBCOMMAND_DEPTH,
    VERBS,
    WITHOUT_SUBCOMMANDS,
)

PIPES = re.compile(r"[ \t|]*+")


def proves_program(candidate: Candidate) -> bool:
    """Whether this candidate is strong evidence that its first word is a program."""
    statement = candidate.statement
    word = statement.words[0].text
    base = base_name(word)
    if len(base) < 2 or base in BUILTINS or _is_prose(statement):
        return False
    if statement.prompt == "$" and candidate.place in ("unknown", "shell", "inline"):
        return True
    options = has_options(statement)
    if candidate.place == "shell":
        return ((options or SCRIPT.search(base) is not None) and not in_columns(candidate)) or word.startswith("./")
    if candidate.place == "unknown":
        script = word.startswith("./") or SCRIPT.search(base) is not None
        return (candidate.first and not in_columns(candidate) and options) or (script and not candidate.prompts)
    if (
        candidate.place == "inline"
        and candidate.first
        and any(w.text.lstrip("[").startswith("--") for w in statement.words[1:])
    ):
        return True
    return candidate.labelled or (candidate.cued and (options or is_synopsis(statement)))


def is_command(candidate: Candidate, grammar: Grammar, functions: set[str]) -> bool:
    """Whether this candidate is a command; functions: shell functions that the page defines, which are not programs."""
    statement = candidate.statement
    word = statement.words[0].text
    base = base_name(word)
    if not base or base in BUILTINS or base in functions or statement.operator == "call" or _is_prose(statement):
        return False
    if statement.operator == "|" and len(statement.words) == 1 and _at_line_start(candidate):
        return False  # a tree drawn with pipe characters
    known = base in grammar.programs or base in WITHOUT_SUBCOMMANDS or base in SUBCOMMAND_DEPTH
    if statement.operator in ("|",) and base in OUTPUT_FILTERS:
        return False
    if candidate.place in ("shell", "unknown"):
        return _is_command_in_code(candidate, word, base, known)
    if candidate.place == "inline":
        return _is_inline_command(candidate, base, known, base in grammar.programs)
    if candidate.place == "strong":
        return base in grammar.programs and len(statement.words) > 1
    if candidate.labelled:
        return True
    return known and statement.operator in ("", "|") and has_options(statement) and _is_unambiguous(candidate, grammar)


def _at_line_start(candidate: Candidate) -> bool:
    statement = candidate.statement
    signs = PIPES.match(candidate.leaf.section.text, statement.line_start)
    return signs is not None and signs.end() >= statement.words[0].start


def _is_unambiguous(candidate: Candidate, grammar: Grammar) -> bool:
    base = base_name(candidate.statement.words[0].text)
    return base in grammar.programs or base in SUBCOMMAND_DEPTH or base not in ENGLISH_WORDS


def _is_command_in_code(candidate: Candidate, word: str, base: str, known: bool) -> bool:
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
            return _looks_like_command(statement, base)
        return base not in ENGLISH_WORDS or len(statement.words) == 1 or _looks_like_command(statement, base)
    if statement.prompt == "#" or candidate.prompts or candidate.place != "shell":
        return False
    return _is_plausible(candidate)


def _is_plausible(candidate: Candidate) -> bool:
    """Whether an unknown program in a shell block is a command: it has options or typical arguments, or is the only word."""
    words = candidate.statement.words
    if any(w.text.endswith((":", ",", ".")) for w in words[:2]) or candidate.statement.operator == "(":
        return False
    if has_options(candidate.statement) or (len(words) == 1 and candidate.first):
        return True
    has_argument = any(w.text[:1] in "\"'/$<~." for w in words[1:3]) or any(w.text in VERBS for w in words[1:3])
    return has_argument and words[-1].text[-1] not in "{[" and candidate.statement.operator != "|"


def _is_inline_command(candidate: Candidate, base: str, known: bool, proven: bool) -> bool:
    statement = candidate.statement
    if candidate.labelled:
        return True
    if len(statement.words) == 1:
        return (
            known
            and candidate.cued
            and base not in SUBCOMMAND_DEPTH
            and (base not in ENGLISH_WORDS or statement.operator == "")
        )
    if not known:
        return candidate.cued and (has_options(statement) or statement.words[0].text.startswith("./"))
    if base in ENGLISH_WORDS or base in WITHOUT_SUBCOMMANDS:
        return _looks_like_command(statement, base)
    return proven or base in SUBCOMMAND_DEPTH


def _looks_like_command(statement: Statement, base: str) -> bool:
    """Whether a statement has an option, path, placeholder or value, or is short and its program is not an English word."""
    if any(ARGUMENT.match(word.text) for word in statement.words[1:]):
        return True
    if base in WITHOUT_SUBCOMMANDS or base in ENGLISH_WORDS:
        return base not in ENGLISH_WORDS and len(statement.words) <= 3
    return len(statement.words) <= 6


def _is_prose(statement: Statement) -> bool:
    """Whether a statement is an assignment in prose (`x = 1`) or English: stop words, or a full stop at the end."""
    texts = [word.text for word in statement.words]
    if len(texts) > 1 and (texts[1] in ("=", ":", "==", "=>", "->", "-", "–", "—") or texts[1][0] in "=+"):
        return True
    stops = sum(1 for text in texts[1:] if text in STOP_WORDS)
    if stops >= 2 or (stops and not has_options(statement)):
        return True
    return len(texts) > 3 and texts[-1].endswith((".", ":")) and len(texts[-1]) > 2 and not has_options(statement)
