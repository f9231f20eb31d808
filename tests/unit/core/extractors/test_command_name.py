"""Which words of a command line are its name: the program and its subcommands, but no values."""

import pytest

from wekadocs_assets.core.extractors.command_line import Word, read_shell
from wekadocs_assets.core.extractors.command_name import (
    MAX_SUBCOMMANDS,
    Grammar,
    base_name,
    name_length,
    takes_alternatives,
)


def words(text: str) -> tuple[Word, ...]:
    return read_shell(text).statements[0].words


def name(text: str, grammar: Grammar | None = None) -> str:
    made = words(text)
    return " ".join(word.text for word in made[: name_length(made, grammar or Grammar())])


@pytest.mark.parametrize(
    ("word", "base"),
    [
        ("acme", "acme"),
        ("./bin/acme", "acme"),
        ("/opt/<version>/acme.sh", "acme.sh"),
        ("values.yaml", ""),
        ("ACME", ""),
        ("-f", ""),
        ("x", "x"),
    ],
)
def test_a_word_names_a_program_without_its_folder_or_none(word, base):
    assert base_name(word) == base


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("acme fs add x --size 1", "acme fs add"),
        ("acme pool resize-now <pool>", "acme pool resize-now"),
        ("ls folder", "ls"),
        ("git commit amend", "git commit"),
        ("git remote add origin", "git remote add"),
        ("./install.sh all now", "./install.sh"),
        ("acme fs default", "acme fs"),
        ("acme", "acme"),
    ],
)
def test_subcommands_belong_to_the_name_up_to_the_first_value(line, expected):
    assert name(line) == expected


def test_a_name_has_at_most_so_many_subcommands():
    assert len(name("acme " + " ".join("abcdefgh"[i] * 3 for i in range(8))).split()) == MAX_SUBCOMMANDS + 1


def test_a_single_plain_word_is_a_subcommand_only_when_the_page_shows_more():
    assert name("acme volume") == "acme"
    grammar = Grammar()
    for line in ("acme volume", "acme node"):
        grammar.learn(words(line), False)
    assert name("acme volume", grammar) == "acme volume"
    assert name("acme volume", Grammar(vocabulary_programs=frozenset({"acme"}))) == "acme volume"


def test_what_precedes_a_placeholder_is_a_complete_name():
    grammar = Grammar()
    grammar.learn(words("acme volume owner <name>"), False)
    assert ("acme", "volume", "owner") in grammar.takes_argument
    assert name("acme volume owner data") == "acme volume owner data"
    assert name("acme volume owner data", grammar) == "acme volume owner"


def test_a_word_that_was_the_value_of_an_option_is_none_of_the_name():
    grammar = Grammar()
    grammar.learn(words("acme fs list --zone north"), False)
    assert grammar.values == {"north"} and name("acme fs north", grammar) == "acme fs"


def test_alternatives_follow_a_name_that_does_not_end_with_a_verb():
    assert takes_alternatives(words("acme local start|stop"), 2)
    assert not takes_alternatives(words("acme local"), 2)
    assert not takes_alternatives(words("acme fs add a|b"), 3)
