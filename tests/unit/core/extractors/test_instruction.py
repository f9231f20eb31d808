"""What tells the reader to do something, and what only explains."""

import pytest

from wekadocs_assets.core.extractors.instruction import introduces_explanation, introduces_parts, is_instruction


@pytest.mark.parametrize(
    "text",
    [
        "Open the gate.",
        "(Optional) Restart the service.",
        "Please then run `acme list`.",
        "On each server, stop the agent.",
        "Backend servers: Install the package.",
        "The size must be set to 1.",
        "If it fails, you should call support.",
        "Step 3: Save it.",
    ],
)
def test_an_imperative_or_an_advice_is_an_instruction(text):
    assert is_instruction(text)


@pytest.mark.parametrize(
    "text", ["The gate opens.", "A frontend process.", "Data, which the system writes.", "", "It restarts the service."]
)
def test_a_statement_is_none(text):
    assert not is_instruction(text)


def test_only_the_beginning_of_a_long_item_is_read():
    assert not is_instruction("On " + "word " * 100 + ", open it")
    assert is_instruction("On " + "word " * 10 + ", open it")


@pytest.mark.parametrize(
    ("intro", "explains"),
    [
        ("There are three ways:", True),
        ("The system performs the following steps:", True),
        ("Perform the following three options:", False),
        ("You must make sure that the service behaves:", False),
        ("Do this:", False),
    ],
)
def test_choices_and_what_a_system_does_introduce_an_explanation(intro, explains):
    assert introduces_explanation(intro) is explains


def test_the_parts_of_a_process_are_announced():
    assert introduces_parts("The upgrade consists of these stages:")
    assert not introduces_parts("Do the following:") and not introduces_parts("It consists of two. Then")
