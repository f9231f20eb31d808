"""Chunks hold the whole text once, keep to the window, and are cut where a reader would cut."""

from __future__ import annotations

import re
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wekadocs_assets.core import ids
from wekadocs_assets.core.chunking import SPECIAL_TOKENS, chunking_part, cut, encoded_text
from wekadocs_assets.core.models import Section, Span

VERSION = "hash-64-sum.c128-r1"


def offsets(text: str) -> list[tuple[int, int]]:
    return [m.span() for m in re.finditer(r"\w+|[^\w\s]", text)]


def section(text: str, *spans: Span, path: tuple[str, ...] = ("Page", "Part")) -> Section:
    return Section(
        id=ids.digest("section"), tag="t", document_id="d", parent_id="", level=2, title=path[-1] if path else "",
        heading_path=path, anchor="", order=0, text=text, checksum=ids.checksum(text), tokens=0, spans=spans,
    )  # fmt: skip


def bodies(part: Section, body_tokens: int = 16, max_tokens: int = 64) -> list[str]:
    return [part.text[c.start : c.end] for c in cut(part, "Page", offsets, body_tokens, max_tokens, VERSION)]


words = st.text(alphabet=st.sampled_from("ab.é -\n\t|😀中"), max_size=400)
paths = st.lists(st.text(alphabet="Ab c", max_size=60), max_size=4).map(tuple)


@st.composite
def sections(draw: st.DrawFn) -> Section:
    """Any text, with leaves that begin at line starts, as the section tree lays them out."""
    text = draw(st.one_of(words, st.text(max_size=300)))
    lines = [0, *(m.end() for m in re.finditer("\n", text)), len(text)]
    leaves = []
    for start, end in pairwise(lines):
        if start < end and draw(st.booleans()):
            leaves.append(Span(kind=draw(st.sampled_from(["paragraph", "code", "table_row"])), start=start, end=end))
    return section(text, *leaves, path=draw(paths))


@given(sections(), st.integers(1, 40), st.integers(8, 80))
@settings(max_examples=300, deadline=None)
def test_every_non_blank_character_is_in_exactly_one_chunk(part: Section, body: int, window: int) -> None:
    chunks = cut(part, "Page", offsets, body, window, VERSION)
    covered = [i for c in chunks for i in range(c.start, c.end)]
    assert len(covered) == len(set(covered)) and covered == sorted(covered)
    assert {i for i, char in enumerate(part.text) if not char.isspace()} <= set(covered)


@given(sections(), st.integers(1, 40), st.integers(8, 80))
@settings(max_examples=300, deadline=None)
def test_no_chunk_exceeds_the_window_and_each_says_its_tokens_and_checksum(
    part: Section, body: int, window: int
) -> None:
    for chunk in cut(part, "Page", offsets, body, window, VERSION):
        text = encoded_text(part, "Page", chunk)
        assert chunk.tokens == len(offsets(text)) <= window - SPECIAL_TOKENS
        assert chunk.checksum == ids.checksum(text)
        assert text.endswith(part.text[chunk.start : chunk.end])


@given(sections())
@settings(max_examples=100, deadline=None)
def test_chunks_are_numbered_and_their_ids_are_functions_of_place(part: Section) -> None:
    chunks = cut(part, "Page", offsets, 16, 64, VERSION)
    assert [c.order for c in chunks] == list(range(len(chunks)))
    assert [c.id for c in chunks] == [ids.chunk_id(part.id, VERSION, c.order) for c in chunks]
    assert chunks == cut(part, "Page", offsets, 16, 64, VERSION)


def test_a_short_section_is_one_chunk_with_title_and_heading_path_before_it() -> None:
    part = section("Run it.", path=("Page", "Install", "Linux"))
    (chunk,) = cut(part, "Page", offsets, 128, 256, VERSION)
    assert encoded_text(part, "Page", chunk) == "Page > Install > Linux\nRun it."


def test_the_title_stands_before_a_path_that_does_not_begin_with_it() -> None:
    part = section("Run it.", path=("Install",))
    (chunk,) = cut(part, "Page", offsets, 128, 256, VERSION)
    assert encoded_text(part, "Page", chunk) == "Page > Install\nRun it."


@pytest.mark.parametrize("text", ["", " \n "])
def test_an_empty_section_is_found_by_its_heading(text: str) -> None:
    part = section(text)
    (chunk,) = cut(part, "Page", offsets, 128, 256, VERSION)
    assert (chunk.start, chunk.end) == (0, 0)
    assert encoded_text(part, "Page", chunk) == "Page > Part"


def test_nothing_at_all_gives_no_chunk() -> None:
    assert cut(section("", path=()), "", offsets, 128, 256, VERSION) == []


def test_list_items_stay_whole_and_keep_their_markers() -> None:
    items = [f"- item {n} does one thing after another" for n in range(8)]
    text = "\n".join(items)
    spans, at = [], 0
    for item in items:
        spans.append(Span(kind="paragraph", start=at + 2, end=at + len(item)))
        at += len(item) + 1
    lines = [line for body in bodies(section(text, *spans)) for line in body.split("\n")]
    assert lines == items


def test_code_is_cut_between_lines_and_a_paragraph_is_not() -> None:
    code = "\n".join(f"weka fs create fs{n} default" for n in range(12))
    whole = section(code, Span(kind="code", start=0, end=len(code)))
    assert all(
        line.startswith("weka fs") and line.endswith("default") for body in bodies(whole) for line in body.split("\n")
    )
    wrapped = "one two\nthree four\nfive six"
    assert bodies(section(wrapped, Span(kind="paragraph", start=0, end=len(wrapped))), body_tokens=6) == [wrapped]


def test_a_long_line_is_cut_at_words_and_a_long_word_hard() -> None:
    line = " ".join(f"word{n}" for n in range(100))
    assert " ".join(bodies(section(line))) == line
    blob = "x" * 1000
    pieces = bodies(section(blob))
    assert "".join(pieces) == blob and len(pieces) > 10


def test_chunks_are_balanced_instead_of_leaving_a_tiny_tail() -> None:
    line = " ".join(f"w{n}" for n in range(34))
    assert [len(body.split()) for body in bodies(section(line))] == [17, 17]
    assert len(bodies(section(" ".join(["w"] * 20)))) == 1


def test_a_context_longer_than_the_window_is_cut_not_the_text() -> None:
    part = section("Some text. " * 30, path=("Page", *(f"Heading {n} " * 20 for n in range(4))))
    chunks = cut(part, "Page", offsets, 16, 64, VERSION)
    assert all(c.tokens <= 62 for c in chunks)
    assert all(encoded_text(part, "Page", c).startswith("Page") for c in chunks)


def test_a_chunk_of_another_text_is_refused() -> None:
    (chunk,) = cut(section("Old text."), "Page", offsets, 128, 256, VERSION)
    with pytest.raises(ValueError, match="was not cut from"):
        encoded_text(section("New text!"), "Page", chunk)


def test_the_recipe_is_fit_for_a_folder_name() -> None:
    assert re.fullmatch(r"[a-z0-9._-]+", chunking_part(128)) and chunking_part(128) != chunking_part(64)


@pytest.mark.parametrize("unit", ["word ", "cell | cell\n", "x", "中"])
def test_time_is_near_linear_in_the_length(unit: str) -> None:
    def seconds(size: int) -> float:
        part = section(unit * (size // len(unit)))
        start = time.process_time()
        cut(part, "Page", offsets, 128, 256, VERSION)
        return time.process_time() - start

    small, large = seconds(100_000), seconds(800_000)
    assert large < 8 * 3 * max(small, 0.02)
