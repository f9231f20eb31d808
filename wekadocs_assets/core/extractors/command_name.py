"""The canonical name of a command: program plus subcommand words, by general knowledge and by what the page teaches."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from wekadocs_assets.core.extractors.command_line import Word
from wekadocs_assets.core.extractors.shell_programs import FLAT, GROUPED, STOP_WORDS, SUBGROUPS, VERBS

PROGRAM = re.compile(r"(?P<folder>(?:[\w.~$@{}<>+\-\\ ]*/)*)(?P<base>[a-z_][\w.+-]*[\w+]|[a-z\[])")
SUBCOMMAND = re.compile(r"[a-z][A-Za-z]*(?:[-_][A-Za-z]+)*")
WITH_DIGIT = re.compile(r"[a-z]{1,8}\d{1,3}[a-z]?(?:-[a-z]+)*")
SCRIPT = re.compile(r"\.(?:sh|py|pl|rb|ps1|run|bin|exe|js)$")
FILE_LIKE = re.compile(
    r"\.(?:ya?ml|json|txt|conf|cfg|ini|tf|hcl|md|html?|log|xml|csv|tgz|gz|zip|iso|img|rpm|deb|pem|crt|key|service|repo|ko|so|o|c|h|patch)$"
)
GENERAL_VALUES = frozenset(
    """default admin localhost root all none true false on off yes no auto subcommand command options arguments args foo bar example
    test myuser""".split()
)
DEEPEST = 6
"""How many subcommands a name may hold: longer spellings are never asked for."""


@dataclass(slots=True)
class Grammar:
    """What a page shows of its commands' shapes. Tuples of words, program first."""

    programs: set[str] = field(default_factory=set)
    known: frozenset[str] = frozenset()
    values: set[str] = field(default_factory=set)
    spelled: set[tuple[str, ...]] = field(default_factory=set)
    takes_argument: set[tuple[str, ...]] = field(default_factory=set)
    seconds: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def learn(self, words: tuple[Word, ...], defining: bool) -> None:
        """Takes in one certain use: words after options are values; plain words before a placeholder are a spelling."""
        program = base_name(words[0].text)
        plain = _plain(words)
        if len(plain) > 1:
            self.seconds[program].add(plain[1])
        following = words[len(plain)].text if len(plain) < len(words) else ""
        if (defining and not following) or following[:1] in ("<", "["):
            self._spell(tuple(plain), following[:1] == "<" or re.match(r"\[[a-z<]", following) is not None)
        for option, value in pairwise(words):
            if option.text.startswith("-") and SUBCOMMAND.fullmatch(value.text):
                self.values.add(value.text)

    def _spell(self, plain: tuple[str, ...], argument: bool) -> None:
        self.spelled.update(plain[:length] for length in range(1, min(len(plain), DEEPEST + 1) + 1))
        if argument:
            self.takes_argument.add(plain)


def base_name(word: str) -> str:
    """`./bin/x` -> `x`; '' when the word can name no program."""
    match = PROGRAM.fullmatch(word)
    if not match or FILE_LIKE.search(word):
        return ""
    return match["base"]


def _plain(words: tuple[Word, ...]) -> list[str]:
    """Program and the subcommand-like words that follow it."""
    plain = [base_name(words[0].text)]
    for number, word in enumerate(words[1:], 1):
        if not _subcommand_like(words, number):
            break
        plain.append(word.text)
    return plain


def _subcommand_like(words: tuple[Word, ...], number: int) -> bool:
    text = words[number].text
    if SUBCOMMAND.fullmatch(text):
        return text not in STOP_WORDS and not text.endswith("_")
    # s3, k8s: a group when a plain word goes on, a value (sda1, drives0) otherwise
    following = words[number + 1].text if number + 1 < len(words) else ""
    return bool(WITH_DIGIT.fullmatch(text) and SUBCOMMAND.fullmatch(following) and not _is_verb(words[number - 1].text))


def _is_verb(word: str) -> bool:
    return word in VERBS or word.split("-")[0] in VERBS


def name_length(words: tuple[Word, ...], grammar: Grammar) -> int:
    """How many of the words make the name: the program's own one, and its subcommands."""
    program = base_name(words[0].text)
    plain = _plain(words)
    limit = _limit(program, plain)
    taken = 1
    while taken < min(len(plain), limit + 1):
        if not _belongs(plain, taken, len(words) > len(plain), grammar):
            break
        taken += 1
    return taken


def _limit(program: str, plain: list[str]) -> int:
    if program in FLAT or SCRIPT.search(program):
        return 0
    limit = GROUPED.get(program, DEEPEST)
    return limit + 1 if limit == 1 and len(plain) > 1 and plain[1] in SUBGROUPS else limit


def _belongs(plain: list[str], taken: int, goes_on: bool, grammar: Grammar) -> bool:
    """Does plain[taken] belong to the name, given that the words before it do?"""
    word, before = plain[taken], tuple(plain[:taken])
    if word in GENERAL_VALUES:
        return False
    if (*before, word) in grammar.spelled:
        return True
    if before in grammar.takes_argument:
        return False
    if taken == 1 and before[0] not in GROUPED and not goes_on and not _many_spellings(before[0], plain, grammar):
        return False
    if taken > 1 and _is_verb(plain[taken - 1]):
        hyphenated = plain[taken - 1] not in VERBS or plain[taken - 1] in grammar.values
        return word in VERBS and (hyphenated or plain[taken - 1] in _NOUN_TOO)
    return taken == 1 or word not in grammar.values or _is_verb(word)


def _many_spellings(program: str, plain: list[str], grammar: Grammar) -> bool:
    """A lone word after an unknown program is a subcommand when it acts, or when the page shows others in its place."""
    return (
        len(plain) > 2
        or program in grammar.known
        or len(grammar.seconds[program]) > 1
        or any(_is_verb(word) for word in plain[1:])
    )


def takes_alternatives(words: tuple[Word, ...], taken: int) -> bool:
    """May the word after the name hold subcommands side by side (`start|stop`)?"""
    program = base_name(words[0].text)
    return (
        taken < len(words)
        and taken <= _limit(program, [w.text for w in words])
        and not (taken > 1 and _is_verb(words[taken - 1].text))
    )


_NOUN_TOO = frozenset(
    "snapshot backup image tag label mount lock plan load limit link diff test limits top policy".split()
)
"""Verbs that also name a group of commands."""
