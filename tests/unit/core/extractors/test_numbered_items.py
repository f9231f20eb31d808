"""Numbered items of a page: those of lists, paragraphs with a number, and the labels and panels around them."""

from handmade_pages import bullets, details, document, heading, numbered, paragraph

from wekadocs_assets.core.extractors.leaves import leaves_of
from wekadocs_assets.core.extractors.numbered_items import Event, events


def read(*parts) -> list[Event]:
    return list(events([leaf for section in document(*parts).sections for leaf in leaves_of(section)]))


def items(*parts) -> list[tuple[int, str]]:
    return [(e.item.number, e.leaf.section.text[e.item.start : e.item.end]) for e in read(*parts) if e.item]


def test_the_items_of_a_list_have_its_numbers_and_belong_together():
    made = [e.item for e in read(numbered("Stop it.", "Start it.", first=3)) if e.item]
    assert [item.number for item in made] == [3, 4]
    assert made[0].list_key == made[1].list_key and made[0].section_id == made[0].leaf.section.id


def test_a_paragraph_that_begins_with_a_number_is_an_item_without_it():
    assert items(paragraph("3. Save it."), paragraph("4) Close it.")) == [(3, "Save it."), (4, "Close it.")]


def test_an_item_is_on_its_first_leaf_and_extends_over_all_of_it():
    first, second = read(numbered([*paragraph("Stop it."), *paragraph("Wait.")]))
    assert first.item and second.item is None and second.nested
    text = first.leaf.section.text
    assert "Wait." in text[slice(*first.item.extent)] and "Wait." not in text[first.item.start : first.item.end]


def test_bullets_and_nested_lists_hold_no_item():
    assert items(bullets("One.", "Two.")) == []
    assert [text for _, text in items(numbered([*paragraph("Stop it."), *numbered("deep")]))] == ["Stop it."]


def test_a_bold_paragraph_is_a_label_even_with_a_number():
    label, numbered_label, plain = read(paragraph("**Procedure:**"), paragraph("**2. Next part**"), paragraph("Text."))
    assert (label.label, numbered_label.label, plain.label) == ("Procedure", "2. Next part", "")
    assert numbered_label.item is None


def test_a_list_in_details_knows_its_panel_also_below_a_heading_inside_it():
    made = read(details("On Linux", numbered("Stop it."), heading("Inside"), numbered("Start it.")), numbered("Other."))
    panels = [e.panel for e in made if e.item]
    assert panels[0][1] == "On Linux" and panels[0] == panels[1] and panels[2] == ("", "")
