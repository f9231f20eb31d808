"""A page as the extractors see it: its leaves, blocks and uses of commands."""

import pytest
from handmade_pages import code, document, heading, paragraph

from wekadocs_assets.core.extractors.page_reading import CommandUse, read_page
from wekadocs_assets.core.models import Vocabulary


def uses(*parts, vocabulary: Vocabulary | None = None) -> list[CommandUse]:
    return read_page(document(*parts), vocabulary or Vocabulary()).uses


def test_a_program_that_one_block_proves_is_known_on_the_whole_page():
    made = uses(paragraph("It is `acme pool list`."), heading("Code"), code("$ acme pool list --all"))
    assert [use.name for use in made] == ["acme pool list", "acme pool list"]
    assert uses(paragraph("It is `acme pool list`.")) == []


def test_a_program_of_the_vocabulary_needs_no_proof():
    known = Vocabulary(programs=frozenset({"acme"}))
    assert [use.name for use in uses(paragraph("It is `acme pool list`."), vocabulary=known)] == ["acme pool list"]


def test_the_mention_is_the_name_without_the_folder_of_the_program():
    (use,) = uses(code("$ /opt/bin/acme fs add x --size 1"))
    assert use.section.text[use.start : use.end] == use.name == "acme fs add"
    assert [word.text for word in use.words[use.name_words :]] == ["x", "--size", "1"]


@pytest.mark.parametrize(
    ("part", "role", "confidence"),
    [
        (code("$ acme fs list"), "uses", 0.95),
        (code("acme fs list --all", "bash"), "uses", 0.9),
        (code("acme fs list <name> --all"), "defines", 0.85),
        (paragraph("Command: `acme fs list`"), "defines", 0.95),
        (paragraph("Run `acme fs list --all`."), "uses", 0.85),
        (paragraph("It is `acme fs list --all`."), "uses", 0.75),
    ],
)
def test_role_and_confidence_depend_on_the_place(part, role, confidence):
    (use,) = uses(part)
    assert (use.role, use.confidence) == (role, confidence)


def test_alternatives_in_one_word_are_one_use_each_over_the_same_text():
    made = uses(code("$ acme local start|stop"))
    assert [use.name for use in made] == ["acme local start", "acme local stop"]
    assert made[0].start == made[1].start and made[0].end == made[1].end


def test_a_function_that_the_page_defines_is_no_program():
    page = document(code("check() {\n  acme fs list --all\n}\ncheck --now", "bash"))
    reading = read_page(page, Vocabulary())
    assert {use.name for use in reading.uses} == {"acme fs list"} and reading.grammar.programs == {"acme"}
