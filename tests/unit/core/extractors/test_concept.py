"""Concept: terms that a page defines."""

from __future__ import annotations

from handmade_pages import bullets, heading, names, paragraph, terms


def test_a_heading_whose_text_says_what_it_is_defines_a_concept():
    assert names("Concept", heading("Snapshots"), paragraph("A snapshot is a view of the past.")) == {"Snapshots"}


def test_definition_terms_are_concepts_and_options_are_not():
    assert names(
        "Concept", terms(("Failure domain", "What fails together."), ("--flag", "A flag."), ("max_size=4", "A size."))
    ) == {"Failure domain"}


def test_bold_terms_that_a_bullet_explains_are_concepts():
    page = bullets(
        "**Hot spare**: capacity that waits for a disk to fail.", "**Note**: read this very carefully before you go."
    )
    assert names("Concept", page) == {"Hot spare"}


def test_a_heading_without_a_definition_is_none():
    assert names("Concept", heading("Snapshots"), paragraph("Open the page to see them.")) == set()
