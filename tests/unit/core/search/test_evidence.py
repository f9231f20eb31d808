"""Quotes: exact stretches of the text, the one that carries the answer first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wekadocs_assets.core.search.evidence import LONGEST_QUOTE, LONGEST_SNIPPET, quotes, share, snippet
from wekadocs_assets.core.search.words import content_words

TEXT = (
    "Buckets hold objects. To remove a bucket that is not empty, add --force to the command. Removed objects are gone.\n\n"
    "Parameters\n\nName | Value | Default\nforce | Removes the objects too | off\nregion | Where it lies | us-east-1\n\n"
    "1. List the buckets:\n\naws s3 ls\n\n2. Remove one:\n\naws s3 rb s3://name --force"
)
WHOLE = (0, len(TEXT))


def weights(question: str) -> dict[str, float]:
    return dict.fromkeys(content_words(question), 1.0)


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("remove a bucket that is not empty", "To remove a bucket that is not empty, add --force to the command."),
        ("what is the default region", "region | Where it lies | us-east-1"),
        ("which command removes: aws rb force name", "Remove one:\n\naws s3 rb s3://name --force"),
    ],
    ids=["a sentence", "a table row", "a command line"],
)
def test_the_unit_with_the_words_of_the_question_is_quoted(question: str, quoted: str) -> None:
    assert quoted in [quote.quote for quote in quotes(TEXT, weights(question), WHOLE)]


def test_a_rare_word_counts_for_more_than_common_ones() -> None:
    rare = {**weights("bucket command empty"), **dict.fromkeys(content_words("region"), 9.0)}
    assert quotes(TEXT, rare, WHOLE)[0].quote.startswith("region")


def test_words_of_the_headings_say_which_section_not_which_sentence() -> None:
    text = "weka fs quota list [--all]\n\nOnly quotas that are exceeded are shown, unless all are asked for."
    asked = weights("weka fs quota list is empty, are only exceeded shown")
    (first, *_) = quotes(text, asked, (0, len(text)), "Quota > weka fs quota list")
    assert first.quote.startswith("Only quotas")


def test_a_line_that_leads_on_is_quoted_with_what_it_leads_to() -> None:
    text = "Before.\n\nSet the skip flag:\n\nskip: true\n\nAfter."
    (quote, *_) = quotes(text, weights("which skip flag is set"), (0, len(text)))
    assert quote.quote == "Set the skip flag:\n\nskip: true"


def test_without_a_word_of_the_question_the_chunk_that_was_found_is_quoted() -> None:
    at = TEXT.index("region")
    (quote, *_) = quotes(TEXT, weights("something else entirely"), (at, at + 10))
    assert quote.quote.startswith("region")


def test_marks_stand_on_the_words_of_the_question() -> None:
    (quote,) = quotes("Mounted filesystems are listed.", weights("mount a filesystem"), (0, 31))
    assert [quote.quote[a:b] for a, b in quote.marks] == ["Mounted", "filesystems"]


def test_an_endless_line_is_quoted_where_the_words_are() -> None:
    text = "lorem ipsum " * 200 + "the quota is forty two terabytes " + "dolor sit " * 200
    (quote, *_) = quotes(text, weights("quota terabytes"), (0, len(text)))
    assert "quota is forty two terabytes" in quote.quote and len(quote.quote) <= LONGEST_QUOTE


def test_the_densest_stretch_of_an_endless_line_is_quoted() -> None:
    text = "error " * 30_000 + "quota terabytes error limit " + "error " * 30_000
    (quote, *_) = quotes(text, weights("error quota terabytes limit"), (0, len(text)))
    assert "quota terabytes error limit" in quote.quote and len(quote.quote) <= LONGEST_QUOTE


@given(
    st.text(st.sampled_from("ab mount quota.\n|\t`é中😀"), max_size=1500), st.text(st.sampled_from("ab mount quota"), max_size=30),
    st.integers(0, 1500), st.integers(0, 1500),
)  # fmt: skip
def test_every_quote_is_an_exact_stretch_of_the_text(text: str, question: str, start: int, end: int) -> None:
    found = quotes(text, weights(question), (start, end))
    assert bool(found) == bool(text.strip())
    for quote in found:
        assert text[quote.start : quote.end] == quote.quote == quote.quote.strip() != ""
        assert len(quote.quote) <= LONGEST_QUOTE
        assert all(0 <= a < b <= len(quote.quote) for a, b in quote.marks)
    assert len(snippet(text, found)) <= LONGEST_SNIPPET + LONGEST_QUOTE


def test_share_is_what_of_the_questions_weight_stands_in_a_text() -> None:
    words = {"mount": 3.0, "quota": 1.0}
    assert (share("It mounts.", words), share("", words), share("quota mounted", words)) == (0.75, 0, 1)
    assert share("anything", {}) == 0
