"""Example: samples, named by caption, lead-in or heading."""

from __future__ import annotations

from handmade_pages import code, details, entities, extracted, heading, names, paragraph


def test_code_in_details_called_an_example_takes_the_summary():
    assert names("Example", details("Example: a claim", code("kind: Claim", "yaml"))) == {"Example: a claim"}


def test_code_after_a_lead_in_is_an_example():
    assert names("Example", paragraph("For example:"), code("$ acme node list")) == {"For example"}


def test_two_examples_of_a_section_are_two_entities():
    found = extracted(heading("Examples"), code("$ acme node list"), code("$ acme node show"))
    assert len(entities(found, "Example")) == 2


def test_a_synopsis_is_no_example():
    assert names("Example", heading("Usage"), code("acme node add <name> [--size size]")) == set()
