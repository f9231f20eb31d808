"""Decides which words of a command line form the command's name: the program and its subcommands.

Uses shell_programs (general knowledge) and Grammar (what the page shows of its own programs).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from wekadocs_assets.core.extractors.command_line import Word
from wekadocs_assets.core.extractors.shell_programs import (
    STOP_WORDS,
    SUBCOMMAND_DEPTH,
    SUBGROUPS,
    VERBS,
    WITHOUT_SUBCOMMANDS,
)

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
MAX_SUBCOMMANDS = 6
"""How many subcommands a name may contain."""


@dataclass(slots=True, kw_only=True)
class Grammar:
    """What a page and its collection's vocabulary show of commands. Tuples are words, program first.

    programs: all known programs; vocabulary_programs: those of the vocabulary; values: words seen as option values;
    names: word sequences that are (parts of) names; takes_argument: names followed by an argument, so complete;
    second_words: for each program, the words seen directly after it.
    """

    programs: set[str] = field(default_factory=set)
    vocabulary_programs: frozenset[str] = frozenset()
    values: set[str] = field(default_factory=set)
    names: set[tuple[str, ...]] = field(default_factory=set)
    takes_argument: set[tuple[str, ...]] = field(default_factory=set)
    second_words: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def learn(self, words: tuple[Word, ...], defining: bool) -> None:
        """Learns from a command line: words after options are values, plain words before a placeholder are a name.

        defining: the page defines the command here, so plain words at the end of the line are a name too.
        """
        program = base_name(words[0].text)
        plain = _plain(words)
        if len(plain) > 1:
            self.second_words[program].add(plain[1])
        following = words[len(plain)].text if len(plain) < len(words) else ""
        if (defining and not following) or following[:1] in ("<", "["):
            self._add_name(tuple(plain), following[:1] == "<" or re.match(r"\[[a-z<]", following) is not None)
        for option, value in pairwise(words):
            if option.text.startswith("-") and SUBCOMMAND.fullmatch(value.text):
                self.values.add(value.text)

    def _add_name(self, plain: tuple[str, ...], argument: bool) -> None:
        self.names.update(plain[:length] for length in range(1, min(len(plain), MAX_SUBCOMMANDS + 1) + 1))
        if argument:
            self.takes_argument.add(plain)


def base_name(word: str) -> str:
    """The program that a word names, without its folder (`./bin/x` -> `x`); '' if it cannot name one."""
    match = PROGRAM.fullmatch(word)
    if not match or FILE_LIKE.search(word):
        return ""
    return match["base"]


def _plain(words: tuple[Word, ...]) -> list[str]:
    """The program and the following words that look like subcommands."""
    plain = [base_name(words[0].text)]
    for number, word in enumerate(words[1:], 1):
        if not _looks_like_subcommand(words, number):
            break
        plain.append(word.text)
    return plain


def _looks_like_subcommand(words: tuple[Word, ...], number: int) -> bool:
    text = words[number].text
    if SUBCOMMAND.fullmatch(text):
        return text not in STOP_WORDS and not text.endswith("_")
    # with a digit (s3, k8s): a subcommand only if a plain word follows, else a value (sda1, drives0)
    following = words[number + 1].text if number + 1 < len(words) else ""
    return bool(WITH_DIGIT.fullmatch(text) and SUBCOMMAND.fullmatch(following) and not _is_verb(words[number - 1].text))


def _is_verb(word: str) -> bool:
    return word in VERBS or word.split("-")[0] in VERBS


def name_length(words: tuple[Word, ...], grammar: Grammar) -> int:
    """The number of words that form the name: 1 for the program plus its subcommands."""
    program = base_name(words[0].text)
    plain = _plain(words)
    limit = _max_subcommands(program, plain)
    name_words = 1
    while name_words < min(len(plain), limit + 1):
        if not _belongs(plain, name_words, len(words) > len(plain), grammar):
            break
        name_words += 1
    return name_words


def _max_subcommands(program: str, plain: list[str]) -> int:
    if program in WITHOUT_SUBCOMMANDS or SCRIPT.search(program):
        return 0
    limit = SUBCOMMAND_DEPTH.get(program, MAX_SUBCOMMANDS)
    return limit + 1 if limit == 1 and len(plain) > 1 and plain[1] in SUBGROUPS else limit


def _belongs(plain: list[str], name_words: int, goes_on: bool, grammar: Grammar) -> bool:
    """Whether plain[name_words] belongs to the name, given that the words before it do; goes_on: more words follow `plain`."""
    word, before = plain[name_words], tuple(plain[:name_words])
    if word in GENERAL_VALUES:
        return False
    if (*before, word) in grammar.names:
        return True
    if before in grammar.takes_argument:
        return False
    if (
        name_words == 1
        and before[0] not in SUBCOMMAND_DEPTH
        and not goes_on
        and not _is_subcommand_of(before[0], plain, grammar)
    ):
        return False
    if name_words > 1 and _is_verb(plain[name_words - 1]):
        hyphenated = plain[name_words - 1] not in VERBS or plain[name_words - 1] in grammar.values
        return word in VERBS and (hyphenated or plain[name_words - 1] in _NOUN_TOO)
    return name_words == 1 or word not in grammar.values or _is_verb(word)


def _is_subcommand_of(program: str, plain: list[str], grammar: Grammar) -> bool:
    """Whether the word after a program is a subcommand: a verb, one of several that the page shows, or a known program's."""
    return (
        len(plain) > 2
        or program in grammar.vocabulary_programs
        or len(grammar.second_words[program]) > 1
        or any(_is_verb(word) for word in plain[1:])
    )


def takes_alternatives(words: tuple[Word, ...], name_words: int) -> bool:
    """Whether the word after the name may be alternative subcommands (`start|stop`)."""
    program = base_name(words[0].text)
    return (
        name_words < len(words)
        and name_words <= _max_subcommands(program, [w.text for w in words])
        and not (name_words > 1 and _is_verb(words[name_words - 1].text))
    )


_NOUN_TOO = frozenset(
    "snapshot backup image tag label mount lock plan load limit link diff test limits top policy".split()
)
"""Verbs that are also nouns and so may be followed by another subcommand (`snapshot create`)."""
