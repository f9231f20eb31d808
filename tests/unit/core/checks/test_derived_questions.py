"""Questions that a section's own text gives: without its title, and only where it says something."""

from __future__ import annotations

from wekadocs_assets.core.checks.derived_questions import FEWEST_WORDS, LONGEST, MOST_WORDS, question_from
from wekadocs_assets.core.search.words import content_words

TEXT = "See also.\n\nThe quota manager counts every byte that tenants write below their folder.\n\nok"


def test_the_richest_stretch_is_the_question() -> None:
    assert question_from("Quotas", TEXT) == "The quota manager counts every byte that tenants write below their folder."


def test_the_title_is_not_in_it() -> None:
    question = question_from("Quota Manager", TEXT)
    assert "quota manager" not in question.lower() and "counts every byte" in question


def test_a_text_that_says_too_little_gives_none() -> None:
    assert question_from("Quotas", "See also the other page.") == "" == question_from("Quotas", "")


def test_a_long_stretch_is_cut_when_it_says_enough() -> None:
    words = content_words(question_from("T", " ".join(f"word{n}" for n in range(100))))
    assert FEWEST_WORDS <= len(words) == MOST_WORDS


def test_the_same_text_gives_the_same_question() -> None:
    assert question_from("A", TEXT) == question_from("B", TEXT)


def test_what_other_sections_say_too_is_no_question() -> None:
    assert (
        question_from("Quotas", TEXT, {"The quota manager counts every byte that tenants write below their folder."})
        == ""
    )


def test_an_endless_line_is_no_endless_question() -> None:
    assert len(question_from("T", "alpha beta gamma " * 50_000)) <= LONGEST
    assert len(question_from("T", ",".join(f"word{n}" for n in range(50_000)))) <= LONGEST


def test_a_title_is_gone_however_the_text_breaks_its_words() -> None:
    text = "The quota\n manager limits what every tenant of the cluster writes below the exported folders."
    assert "quota manager" not in question_from("Quota manager", text.replace("\n", " ")).casefold()
    twice = "Quota quota manager manager limits what every tenant of the cluster writes below the exported folders."
    assert "quota manager" not in question_from("Quota manager", twice).casefold()
