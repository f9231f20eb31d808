"""A page is split into text and code, and damaged fences are repaired where that is cheapest."""

import pytest

from wekadocs_assets.core.parsers.markdown_fences import Line, SegmentedPage, split_code

SENTENCE = "This sentence is one that a reader would read."


def split(*lines: str) -> SegmentedPage:
    return split_code([Line(text, number) for number, text in enumerate(lines, 1)])


def shape(page: SegmentedPage) -> list[tuple[str, list[str]]]:
    return [("code" if s.code else "text", [line.text for line in s.lines]) for s in page.segments]


def test_text_and_code_are_apart_and_the_fences_are_in_neither():
    page = split("text", "", "```sh", "ls", "```", "more")
    assert shape(page) == [("text", ["text", ""]), ("code", ["ls"]), ("text", ["more"])]
    code = page.segments[1]
    assert (code.info, code.number, code.lines[0].number, page.repairs) == ("sh", 3, 4, [])


@pytest.mark.parametrize(
    ("lines", "expected", "repair", "at"),
    [
        (
            ["```sh", "ls --all", "", "## Next", "", SENTENCE],
            [("code", ["ls --all", ""]), ("text", ["## Next", "", SENTENCE])],
            "closed before the text",
            1,
        ),
        (["```sh", "ls --all"], [("code", ["ls --all"])], "closed at the end of the page", 1),
        ([SENTENCE, "", "```", "", SENTENCE], [("text", [SENTENCE, "", "", SENTENCE])], "stray code fence", 3),
        (["text", "```sh", "```", "text"], [("text", ["text", "text"])], "empty code block", 2),
        (
            ["```sh", "ls", "", "```sh", "pwd", "```"],
            [("code", ["ls", ""]), ("code", ["pwd"])],
            "closed before the next one",
            4,
        ),
    ],
)
def test_a_damaged_fence_is_repaired_and_the_repair_names_its_line(lines, expected, repair, at):
    page = split(*lines)
    assert shape(page) == expected
    assert [(r.what, r.line) for r in page.repairs if repair in r.what] == [(page.repairs[0].what, at)]


def test_the_words_after_a_fence_that_are_no_language_are_its_first_line():
    assert shape(split("```acme fs add x", "ls", "```")) == [("code", ["acme fs add x", "ls"])]
    assert split("```sh title=x y", "ls", "```").segments[0].info == "sh title=x y"


def test_a_pre_block_is_code_with_the_text_after_it():
    page = split("<pre>ls", "pwd</pre> after", "more")
    assert shape(page) == [("code", ["ls", "pwd"]), ("text", [" after", "more"])]
