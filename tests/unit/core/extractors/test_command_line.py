"""Shell text becomes statements: what is a word, what is left out, and where each word is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wekadocs_assets.core.extractors.command_line import LONGEST_LINE, option_words, read_shell

PIECES = [
    "$ ls",
    "acme add <name> [--size s]",
    "A=1 b=$(c `d",
    "mount -o a=1,b /x",
    "cat <<E\nx\nE",
    "'\"(",
    "\\",
    "<>",
    "{",
    "é 漢",
]


def commands(text: str) -> list[str]:
    return [" ".join(word.text for word in statement.words) for statement in read_shell(text).statements]


@given(st.text(max_size=80) | st.lists(st.sampled_from(PIECES), max_size=5).map("\n".join))
def test_every_word_of_a_shell_text_lies_where_it_says(text):
    for statement in read_shell(text).statements:
        for word in (*statement.words, *statement.assignments):
            assert text[word.start : word.end] == word.text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$ acme add x", ["acme add x"]),
        ("a | b && c; d", ["a", "b", "c", "d"]),
        ("sudo -u root nohup acme start", ["acme start"]),
        ("A=1 export_it", ["export_it"]),
        ("if acme status; then acme stop; fi", ["acme status", "acme stop"]),
        ("for x in a b; do rm x; done", ["rm x"]),
        ("acme add \\\n  --size 1", ["acme add --size 1"]),
        ("acme # a comment\n#another", ["acme"]),
        ("echo $(acme list)", ["echo", "acme list"]),
        ('echo "of `acme list`"', ['echo "of `acme list`"', "acme list"]),
        ("acme <path> [name]", ["acme <path> [name]"]),
        ("", []),
    ],
)
def test_prompts_wrappers_keywords_and_comments_are_no_words(text, found):
    assert commands(text) == found


@pytest.mark.parametrize(
    ("text", "prompt"), [("$ ls", "$"), ("# ls", "#"), ("root@host:~# ls", "$"), ("(env) $ ls", "$"), ("ls", "")]
)
def test_the_prompt_is_known(text, prompt):
    assert [statement.prompt for statement in read_shell(text).statements] == [prompt]


def test_what_precedes_a_statement_on_its_line_is_its_operator():
    assert [s.operator for s in read_shell("a | b && c $(d)\nf(e)").statements] == ["", "|", "&&", "$(", "", "call"]


def test_the_body_of_a_heredoc_is_no_statement():
    text = "cat <<EOF > file\nacme add x\nEOF\nacme list"
    script = read_shell(text)
    assert commands(text) == ["cat > file", "acme list"]
    assert [text[start:end] for start, end in script.heredocs] == ["acme add x\n"]


def test_functions_are_named_and_their_statements_are_local():
    script = read_shell("check() {\n  acme status\n}\nacme list")
    assert script.functions == {"check"}
    assert {s.words[0].text + s.words[1].text: s.local for s in script.statements} == {
        "acmestatus": True,
        "acmelist": False,
    }


def test_a_line_is_read_up_to_the_longest_length_and_no_further():
    fits = "acme node list " + "x" * (LONGEST_LINE - 15)
    assert [s.words[0].text for s in read_shell(f"{fits}\n{fits}x\nacme").statements] == ["acme", "acme"]
    assert len(read_shell(f"a '{{\n}}'{'${' * 500_000}\nacme").statements) == 2


def test_assignments_and_options_are_told_from_other_words():
    (statement,) = read_shell("export SIZE=1 ZONE=2").statements
    assert ([word.text for word in statement.assignments], statement.words) == (["SIZE=1", "ZONE=2"], ())
    assert not any(s.assignments for s in read_shell("local size=1").statements)
    (statement,) = read_shell("acme -f --size 1 [--zone x] a-b -").statements
    assert [word.text for word in option_words(statement.words)] == ["-f", "--size", "[--zone"]
