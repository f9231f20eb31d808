"""Fences and `<pre>` tags: which are delimiters, and which can be matched without a doubt."""

from wekadocs_assets.core.parsers.markdown_delimiters import Delimiters, find_delimiters


def of(*lines: str) -> Delimiters:
    return find_delimiters(list(lines))


def matched(found: Delimiters) -> list[tuple[int, int]]:
    return [(block.start, block.end) for block in found.matched]


def test_fences_of_three_are_ambiguous_and_keep_their_lead_and_info():
    found = of("text", "1. ```sh title=x", "ls", "```", "a ``` b", "```not a fence```")
    assert [(d.at, d.lead, d.size, d.info) for d in found.ambiguous] == [(1, "1. ", 3, "sh title=x"), (3, "", 3, "")]
    assert found.matched == []


def test_a_long_fence_and_one_of_tildes_end_at_one_of_their_kind():
    assert matched(of("````", "```", "````")) == [(0, 2)]
    assert matched(of("~~~ text", "```", "~~~~")) == [(0, 2)]
    assert matched(of("````", "```")) == [] and len(of("````", "```").ambiguous) == 2


def test_a_fence_around_text_with_blocks_of_its_own_is_a_wrapper():
    found = of("````", "```sh", "ls", "```", "text", "````")
    assert found.wrapper_lines == [0, 5] and [d.at for d in found.ambiguous] == [1, 3]


def test_a_block_that_shows_markdown_ends_after_the_blocks_in_it():
    found = of("```markdown", "```sh", "ls", "```", "```", "text")
    assert matched(found) == [(0, 4)] and found.ambiguous == []


def test_a_pre_block_ends_at_its_end_tag_unless_fences_are_halved_by_it():
    assert matched(of("<pre>", "```", "```", "</pre>")) == [(0, 3)]
    assert matched(of("<pre>x</pre>")) == [(0, 0)]
    for lines in (["<pre>", "```", "</pre>", "```"], ["<pre>", "<pre>", "</pre>"], ["<pre>"]):
        assert 0 in [delimiter.at for delimiter in of(*lines).ambiguous], lines
