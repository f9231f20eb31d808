"""Damaged Markdown pages, floods of signs and any text at all: no word is lost, none is doubled, no heading is swallowed."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_pages import all_text, quotes, read, repairs, titles

from wekadocs_assets.core.models import Document


def test_an_unclosed_fence_does_not_swallow_the_headings_after_it():
    document = read("# A\n\n```bash\n# a comment\nls -l\n\n## Next step\n\nText follows here.\n\n```sh\npwd\n```\n")
    assert titles(document) == ["A", "Next step"]
    assert quotes(document.sections[0], "code") == ["# a comment\nls -l"]
    assert repairs(document) == [("code that never closes was closed before the text that follows", 3)]


def test_comments_in_real_code_never_become_headings():
    code = "# first\nls\n\n# The second one, after a blank line\nx = 1\n\n## third\npwd"
    document = read(f"# A\n\n```\n{code}\n```\n\n## B\n")
    assert titles(document) == ["A", "B"]
    assert quotes(document.sections[0], "code") == [code]
    assert document.repairs == ()


@pytest.mark.parametrize("language", ["", "sh"])
def test_an_empty_fence_pair_around_the_real_fence_is_dropped(language: str):
    document = read(
        f"# A\n\n```\n\n```{language}\nrun --fast\n```\n\n```\n\nSome words on it.\n\n## B\n\n```\nlast\n```\n"
    )
    assert titles(document) == ["A", "B"]
    assert quotes(document.sections[0], "code") == ["run --fast"]
    assert quotes(document.sections[0], "paragraph") == ["Some words on it."]
    assert repairs(document) == [("a stray code fence was dropped", 3), ("a stray code fence was dropped", 9)]


def test_a_fence_outdented_from_its_list_still_closes():
    document = read("1. Run:\n\n    ```\n    a\nb\n```\n2. Next step.\n\n## B\n")
    assert quotes(document.sections[0], "code") == ["a\nb"]
    assert [span.info for span in document.sections[0].spans_of("list_item")] == ["1", "2"]
    assert titles(document) == ["B"]


def test_an_unclosed_pre_ends_at_the_fence_that_took_the_place_of_its_end():
    document = read(
        '# A\n\n<pre class="language-sh"><code>$ run <name>\n<strong>done &#x26; over</strong>\n\n```\n\nText.\n\n## B\n'
    )
    assert titles(document) == ["A", "B"]
    section = document.sections[0]
    assert [(span.info, section.quote(span)) for span in section.spans_of("code")] == [
        ("sh", "$ run <name>\ndone & over")
    ]
    assert repairs(document) == [("an unclosed <pre> was closed", 3)]


def test_a_whole_pre_block_is_code_even_with_blank_lines_and_fences():
    section = read("<pre><code>a\n\n# b\n```\nc\n```\n</code></pre>\n\nText.\n").sections[0]
    assert quotes(section, "code") == ["a\n\n# b\n```\nc\n```"]
    assert quotes(section, "paragraph") == ["Text."]


def test_a_block_that_shows_markdown_is_one_block():
    section = read("```markdown\n# Title\n\n```sh\nls\n```\n\ntext\n```\n\nAfter.\n").sections[0]
    assert quotes(section, "code") == ["# Title\n\n```sh\nls\n```\n\ntext"]
    assert quotes(section, "paragraph") == ["After."]


def test_character_references_and_escapes_are_read():
    document = read("For exampl&#x65;**:** a\\_b&#x20;c &#x26;lt; d\n")
    assert document.sections[0].text == "For example: a_b c < d"
    assert repairs(document) == [("character references were decoded", 1)]


def test_a_code_span_that_touches_a_word_is_set_apart():
    assert read("the`TOKEN`value, `x`s\n").sections[0].text == "the TOKEN value, xs"


def test_wrapped_prose_is_joined_and_short_lines_stay():
    long = "This sentence is long enough to be wrapped by an editor"
    assert read(f"{long}\nand goes on.\n\none\ntwo\n").sections[0].text == f"{long} and goes on.\n\none\ntwo"


def test_indented_prose_that_lost_its_list_is_text():
    document = read(
        "```\nx\n```\n\n    * `join-ips`: The IP address for joining the cluster.\n    * `base-port`: The base port for the container.\n"
    )
    assert quotes(document.sections[0], "inline_code") == ["join-ips", "base-port"]


def test_deep_nesting_loses_no_text():
    lists = "".join("  " * depth + f"- item{depth}\n" for depth in range(400))
    quoted = "> " * 900 + "deep words\n"
    document = read(lists + "\n" + quoted)
    assert all(f"item{depth}" in document.sections[0].text for depth in range(400))
    assert "deep words" in document.sections[0].text
    assert any("nests deeper" in what for what, _ in repairs(document))


FLOODS = {
    "list markers": "- " * 50_000,
    "quote markers": "> " * 50_000,
    "tags": "<div>" * 100_000,
    "details": "<details>\n" * 50_000,
    "ends of tags": "<details>" * 20_000 + "</table>" * 20_000,
    "table rows": "| a | b |\n| --- | --- |\n" + "| one | `two` |\n" * 20_000 + "\n",
    "one line of 10 MB": "some plain words and more. " * 400_000,
    "brackets": "[" * 100_000,
    "images": "![" * 50_000,
    "stars": "*" * 100_000,
    "open stars": "*a " * 50_000,
    "backticks": " ".join("`" * n for n in range(1, 600)),
    "fences": "```\n" * 30_000,
    "fences with language": "```sh\nfoo\n" * 30_000,
    "fences of many lengths": "".join("`" * (3 + n % 50) + "x\n" for n in range(10_000)),
    "pre": "<pre>\n" * 30_000,
    "comments": "<!-- " * 50_000,
    "template marks": "{% " * 50_000,
    "deep details with leaves": "<details>\n\n" * 1_000 + "leaf\n\n" * 5_000,
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_of_signs_ends_soon_and_loses_no_text(name: str):
    before = time.process_time()
    document = read(FLOODS[name] + "last words here\n")
    print(f"{name}: {len(FLOODS[name])} characters in {time.process_time() - before:.2f} CPU s")
    assert "last words here" in all_text(document)


SIGNS = st.sampled_from(
    ["", "", "", "- ", "* ", "1. ", "> ", "    ", "  ", "# ", "## ", "### ", "| ", "=== ", "!!! note ", "**", "`", "<b>", "<details>", "</details>",
     "<summary>", "</summary>", "<table>", "<td>", "<tr>", "</table>", "<li>", "<ul>", "[", "](", "<!-- ", "&#x20;", "\\", "<pre>", "</pre>", "<", "{% hint %}"]
)  # fmt: skip
FENCE_LINES = st.sampled_from(
    [
        "```",
        "```",
        "~~~",
        "````",
        "```sh",
        "    ```",
        "---",
        "===",
        "",
        "",
        "",
        "{% endhint %}",
        ":::note",
        ":::",
        "| --- | --- |",
    ]
)


@st.composite
def pages(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Lines of numbered words between signs that mean something, and the words."""
    lines: list[str] = []
    words: list[str] = []
    for _ in range(draw(st.integers(1, 14))):
        if draw(st.booleans()):
            lines.append(draw(FENCE_LINES))
            continue
        line = ""
        for _ in range(draw(st.integers(1, 4))):
            words.append(f"word{len(words)}x")
            line += (
                draw(SIGNS)
                + draw(SIGNS)
                + words[-1]
                + draw(st.sampled_from([" ", "  ", " | ", "** ", "` ", "</b> ", " \\"]))
            )
        lines.append(line)
    return "\n".join(lines), words


def is_consistent(document: Document) -> bool:
    for section in document.sections:
        opened: list[int] = []
        for span in section.spans:
            assert 0 <= span.start <= span.end <= len(section.text)
            while opened and opened[-1] <= span.start:
                opened.pop()
        for link in section.links:
            assert 0 <= link.start <= link.end <= len(section.text)
    assert len({section.id for section in document.sections}) == len(document.sections)
    assert [section.order for section in document.sections] == list(range(len(document.sections)))
    return True


@settings(max_examples=300, deadline=None)
@given(pages())
def test_every_word_of_any_page_stands_in_its_sections_once(page: tuple[str, list[str]]):
    text, words = page
    hidden = "<!--" in text or "](" in text
    document = read(text)
    assert is_consistent(document)
    found = all_text(document)
    for word in words:
        assert found.count(word) == 1 or (hidden and found.count(word) == 0), (word, text, found)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab \n\t#*_`~[]()<>!|-+=:>1.\\&;{}%\"'é😀", max_size=300))
def test_any_text_at_all_is_read_the_same_way_twice(text: str):
    first, second = read(text), read(text)
    assert first == second
    assert is_consistent(first)
