"""Statements that may be commands: where they are read, and what the text around them says."""

from handmade_pages import code, document, paragraph, table

from wekadocs_assets.core.extractors.command_candidates import (
    Candidate,
    candidates_in_code,
    candidates_in_text,
    has_options,
    in_columns,
    is_synopsis,
    read_block,
)
from wekadocs_assets.core.extractors.leaves import Leaf, leaves_of


def leaf(*parts) -> Leaf:
    """The last leaf, which of a table is its last row."""
    return [leaf for section in document(*parts).sections for leaf in leaves_of(section)][-1]


def found(candidates) -> list[tuple[str, str]]:
    return [(one.place, " ".join(word.text for word in one.statement.words)) for one in candidates]


def in_text(*parts) -> list[Candidate]:
    return list(candidates_in_text(leaf(*parts)))


def test_a_block_of_data_has_no_statements():
    block = read_block(leaf(code("a: 1\nb: 2", "yaml")))
    assert (block.kind, block.script, list(candidates_in_code(block))) == ("data", None, [])


def test_statements_of_code_know_the_first_one_and_whether_there_are_prompts():
    made = list(candidates_in_code(read_block(leaf(code("$ acme list\noutput here")))))
    assert found(made) == [("unknown", "acme list"), ("unknown", "output here")]
    assert [(one.first, one.prompts) for one in made] == [(True, True), (False, True)]


def test_inline_code_is_cued_by_the_words_around_it():
    assert [one.cued for one in in_text(paragraph("Run `acme list`."))] == [True]
    assert [one.cued for one in in_text(paragraph("The `acme` command shows it."))] == [True]
    assert [one.cued for one in in_text(paragraph("It is `acme list`."))] == [False]


def test_what_follows_a_label_is_labelled_with_and_without_code():
    for text in ("Command: `acme list`", "**CLI command:** acme list"):
        (one,) = in_text(paragraph(text))
        assert one.labelled and one.cued and found([one])[0][1] == "acme list"


def test_alternatives_are_one_statement_each_with_the_words_that_they_share():
    (_, first), (_, second), (_, third) = found(in_text(paragraph("Use `tool task pause / resume or abort`.")))
    assert (first, second, third) == ("tool task pause", "tool task resume", "tool task abort")


def test_a_bold_line_and_plain_lines_are_read_apart():
    assert found(in_text(paragraph("**acme list**"))) == [("strong", "acme list")]
    assert found(in_text(paragraph("acme list --all"))) == [("prose", "acme list --all")]
    assert in_text(paragraph("Acme is a product.")) == []


def test_cells_without_markup_are_read_one_by_one():
    assert found(in_text(table(["Command", "Note"], ["acme list", "acme stop"]))) == [
        ("prose", "acme list"),
        ("prose", "acme stop"),
    ]


def test_options_placeholders_and_columns_are_known():
    def one(text: str) -> Candidate:
        return next(candidates_in_code(read_block(leaf(code(text, "bash")))))

    assert has_options(one("acme -f").statement) and not has_options(one("acme x").statement)
    assert is_synopsis(one("acme <name>").statement) and not is_synopsis(one("acme name").statement)
    assert in_columns(one("node1    up")) and not in_columns(one("node1 up")) and not in_columns(one("acme    /path"))
