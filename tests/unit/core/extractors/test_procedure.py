"""Procedure and Step: titles, continuation, nesting, and lists that only explain."""

from __future__ import annotations

from handmade_pages import (
    bullets,
    code,
    details,
    document,
    entities,
    extracted,
    heading,
    numbered,
    paragraph,
    procedures,
)

from wekadocs_assets.core.extractors.registry import extract
from wekadocs_assets.core.models import Vocabulary

PAGE = heading("Guide", 1)


def test_the_title_is_the_heading_and_a_bold_procedure_line_is_not():
    assert procedures(
        PAGE, heading("Add a disk"), paragraph("**Procedure**"), numbered("Stop it.", "Add the disk.")
    ) == [("Add a disk", 2)]


def test_several_lists_in_a_section_take_their_bold_labels():
    page = [
        paragraph("**Linux**"),
        numbered("Open it.", "Run it."),
        paragraph("**Windows:**"),
        numbered("Click it.", "Close it."),
    ]
    assert procedures(PAGE, heading("Install"), *page) == [("Linux", 2), ("Windows", 2)]


def test_a_list_in_details_takes_the_summary():
    assert procedures(PAGE, heading("Filter"), details("By name", numbered("Select the name.", "Select OK."))) == [
        ("By name", 2)
    ]


def test_code_notes_and_deeper_headings_do_not_end_a_procedure():
    page = [
        numbered("Create it."),
        code("kind: X", "yaml"),
        heading("Parameters", 3),
        paragraph("A note."),
        numbered("Apply it.", "Check it.", first=2),
    ]
    assert procedures(PAGE, heading("Provision"), *page) == [("Provision", 3)]


def test_steps_belong_to_the_section_where_they_stand():
    made = document(
        PAGE, heading("Provision"), numbered("Create it."), heading("Parameters", 3), numbered("Apply it.", first=2)
    )
    steps = sorted(entities(extract(made, Vocabulary()), "Step"), key=lambda e: e.order)
    assert [s.section_id for s in steps] == [made.sections[1].id, made.sections[2].id]
    assert [s.instruction for s in steps] == ["Create it.", "Apply it."]


def test_misnumbered_and_escaped_items_are_steps():
    assert procedures(
        PAGE, heading("A"), numbered("Open it.", "Set it."), code("x"), numbered("Save it.", first=4)
    ) == [("A", 3)]
    assert procedures(PAGE, heading("B"), numbered("Open it.", "Set it."), paragraph("3. Save it.")) == [("B", 3)]
    assert procedures(PAGE, heading("C"), numbered("Open it."), code("x"), numbered("Set it.", "Save it.")) == [
        ("C", 3)
    ]


def test_nested_lists_are_neither_steps_nor_procedures():
    inner = paragraph("Do one of the following:") + numbered("Click it.", "Press it.") + bullets("Wait for it.")
    assert procedures(PAGE, heading("A"), numbered(inner, "Save it.")) == [("A", 2)]


def test_a_nested_list_that_lost_its_indentation_is_none_either():
    page = [
        numbered("Open it.", "Do one of the following:"),
        numbered("Click it."),
        numbered("Save it.", "Close it.", first=3),
    ]
    assert procedures(PAGE, heading("A"), *page) == [("A", 4)]


def test_lists_that_explain_are_no_procedures():
    stages = numbered("The client sends a ticket.", "The server answers.", "Access is granted.")
    assert procedures(PAGE, heading("Sign-in"), paragraph("The following occurs:"), stages) == []
    tool = numbered("Connect to the cluster.", "Create the group.")
    assert (
        procedures(PAGE, heading("Start"), paragraph("On start, the plugin performs the following steps:"), tool) == []
    )


def test_a_bulleted_list_is_no_procedure():
    assert procedures(PAGE, heading("A"), bullets("Open it.", "Close it.")) == []


def test_the_span_of_a_step_is_the_text_of_its_item():
    made = document(PAGE, heading("A"), numbered(paragraph("Run it:") + code("$ reboot"), "Wait."))
    found = extract(made, Vocabulary())
    steps = {e.id: e.order for e in entities(found, "Step")}
    quotes = {
        steps[m.entity_id]: made.sections[1].text[m.start : m.end] for m in found.mentions if m.entity_id in steps
    }
    assert quotes == {1: "Run it:", 2: "Wait."}


def test_a_page_without_numbers_has_no_procedure():
    assert entities(extracted(PAGE, paragraph("1 or 2 of them.")), "Step") == []
