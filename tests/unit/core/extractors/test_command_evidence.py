"""Which candidates are commands, and which prove that a word is a program."""

import pytest
from handmade_pages import code, document, paragraph

from wekadocs_assets.core.extractors.command_candidates import (
    Candidate,
    candidates_in_code,
    candidates_in_text,
    read_block,
)
from wekadocs_assets.core.extractors.command_evidence import is_command, proves_program
from wekadocs_assets.core.extractors.command_name import Grammar
from wekadocs_assets.core.extractors.leaves import leaves_of


def candidates(part) -> list[Candidate]:
    (leaf,) = (leaf for section in document(part).sections for leaf in leaves_of(section))
    return list(candidates_in_code(read_block(leaf)) if leaf.kind == "code" else candidates_in_text(leaf))


def first(part) -> Candidate:
    return candidates(part)[0]


@pytest.mark.parametrize(
    ("part", "proves"),
    [
        (code("$ acme list"), True),
        (code("acme list --all", "bash"), True),
        (code("acme list", "bash"), False),
        (code("./install here", "bash"), True),
        (code("acme list --all"), True),
        (paragraph("It is `acme list --all`."), True),
        (paragraph("It is `acme list -a`."), False),
        (paragraph("Run `acme list -a`."), True),
        (paragraph("Command: `acme list`"), True),
        (code("$ export A"), False),
        (code("$ x = 1"), False),
    ],
)
def test_a_prompt_an_option_a_label_or_a_script_proves_a_program(part, proves):
    assert proves_program(first(part)) is proves


@pytest.mark.parametrize(
    ("part", "programs", "accepted"),
    [
        (code("$ anything goes"), set(), True),
        (code("acme volumes", "bash"), {"acme"}, True),
        (code("acme volumes", "bash"), set(), False),
        (code("node1    up    3 days"), {"node1"}, False),
        (code("acme is a tool that lists the nodes"), {"acme"}, False),
        (code("acme writes to the disk --now"), {"acme"}, False),
        (paragraph("It is `acme list`."), {"acme"}, True),
        (paragraph("It is `acme list`."), set(), False),
        (paragraph("Run `reboot`."), {"reboot"}, True),
        (paragraph("It is `reboot`."), {"reboot"}, False),
        (paragraph("**acme list**"), {"acme"}, True),
        (paragraph("**acme**"), {"acme"}, False),
        (paragraph("acme list --all"), {"acme"}, True),
        (paragraph("acme list"), {"acme"}, False),
    ],
)
def test_a_command_needs_a_prompt_or_a_known_program_and_must_not_be_output_or_prose(part, programs, accepted):
    assert is_command(first(part), Grammar(programs=programs), set()) is accepted


def test_a_function_of_the_page_and_a_filter_of_output_are_no_commands():
    grammar = Grammar(programs={"acme", "check"})
    assert not is_command(first(code("$ check now")), grammar, {"check"})
    piped = candidates(code("acme list | grep x | acme sort --up", "bash"))
    assert [is_command(one, grammar, set()) for one in piped] == [True, False, True]


def test_a_tree_drawn_with_pipe_signs_is_no_command():
    tree = candidates(code("acme\n| acme", "bash"))
    assert [is_command(one, Grammar(programs={"acme"}), set()) for one in tree] == [True, False]
