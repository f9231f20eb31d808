"""A document and its extraction become rows: identities, order, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from graph_documents import TAG, Part, page

from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import BadDocument
from wekadocs_assets.core.graph.builder import build
from wekadocs_assets.core.models import Edge, Entity, Extraction, Mention

COMMAND = Entity(id=ids.shared_entity_id(TAG, "Command", "run"), tag=TAG, kind="Command", name="run")


def test_sections_are_joined_to_document_parent_and_follower():
    document, extraction = page("a.md", [Part("One"), Part("Two"), Part("Three")])
    graph = build(document, extraction)
    one, two, three = (section.id for section in document.sections)
    assert [row["order"] for row in graph.edges["HAS_SECTION", "Document", "Section"].values()] == [0, 1, 2]
    assert graph.edges["HAS_SUBSECTION", "Section", "Section"].keys() == {(one, two), (one, three)}
    assert graph.edges["NEXT_SECTION", "Section", "Section"].keys() == {(one, two), (two, three)}


def test_an_empty_document_is_a_node_alone():
    graph = build(*page("empty.md", []))
    assert graph.nodes.keys() == {"Document"}
    assert not graph.edges


def test_a_section_keeps_its_heading_path_and_raw_links_as_json():
    document, extraction = page("a.md", [Part('Q "x"', links=("b.md", "b.md", "#é"))])
    (row,) = build(document, extraction).nodes["Section"].values()
    assert row["heading_path"] == '["Q \\"x\\""]'
    assert row["links"] == '["b.md","#é"]'


def test_each_occurrence_is_a_mention_and_the_surer_reading_of_one_place_wins():
    document, _ = page("a.md", [Part("One")])
    (section,) = document.sections
    mentions = (
        Mention(section_id=section.id, entity_id=COMMAND.id, role="defines", confidence=0.6, start=0, end=3),
        Mention(section_id=section.id, entity_id=COMMAND.id, role="uses", confidence=0.9, start=0, end=3),
        Mention(section_id=section.id, entity_id=COMMAND.id, role="uses", confidence=0.9, start=5, end=8),
    )
    graph = build(document, Extraction(document.id, (COMMAND,), mentions))
    found = graph.edges["MENTIONS", "Section", "Command"]
    assert {key[2]: row["role"] for key, row in found.items()} == {0: "defines", 5: "uses"}
    assert all(row["source_section_id"] == section.id for row in found.values())


def test_shared_entities_carry_nothing_of_a_page_and_placed_ones_their_section():
    document, extraction = page("a.md", [Part("One", steps=("run",))])
    graph = build(document, extraction)
    (command,), (step,) = graph.nodes["Command"].values(), graph.nodes["Step"].values()
    assert command.keys() == {"id", "tag", "kind", "name"}
    assert (step["section_id"], step["order"], step["instruction"]) == (document.sections[0].id, 0, "do 0")


def test_derived_edges_carry_their_origin_their_confidence_and_a_value_for_every_property():
    document, extraction = page("a.md", [Part("One", option="--size")])
    (row,) = build(document, extraction).edges["HAS_PARAMETER", "Command", "Configuration"].values()
    assert row["derived_from_section_id"] == document.sections[0].id
    assert (row["confidence"], row["required"], row["default"], row["type"]) == (0.8, True, "", "int")


def test_an_entity_that_nothing_touches_is_left_out():
    document, extraction = page("a.md", [Part("One")])
    assert "Command" not in build(document, replace(extraction, entities=(COMMAND,))).nodes


def test_a_shared_entity_is_named_canonically_whoever_spells_it():
    document, _ = page("a.md", [Part("One")])
    spelled = replace(COMMAND, name="run \n  fast", id=ids.shared_entity_id(TAG, "Command", "run fast"))
    mention = Mention(
        section_id=document.sections[0].id, entity_id=spelled.id, role="uses", confidence=0.5, start=0, end=1
    )
    (row,) = build(document, Extraction(document.id, (spelled,), (mention,))).nodes["Command"].values()
    assert row["name"] == "run fast"


def test_the_order_of_an_extraction_does_not_matter():
    document, extraction = page("a.md", [Part("One", steps=("run", "stop"), mentions=(("Error", "E1"),), solves="E2")])
    backwards = Extraction(document.id, extraction.entities[::-1], extraction.mentions[::-1], extraction.edges[::-1])
    assert build(document, backwards) == build(document, extraction)


def test_an_extraction_that_names_what_is_not_there_is_refused():
    document, _ = page("a.md", [Part("One")])
    stray = Mention(section_id="elsewhere", entity_id=COMMAND.id, role="uses", confidence=0.5, start=0, end=1)
    with pytest.raises(ValueError, match="elsewhere"):
        build(document, Extraction(document.id, (COMMAND,), (stray,)))


def test_an_edge_between_kinds_that_the_schema_does_not_join_is_refused():
    document, _ = page("a.md", [Part("One")])
    edge = Edge(
        type="EXECUTES",
        from_id=COMMAND.id,
        to_id=COMMAND.id,
        derived_from_section_id=document.sections[0].id,
        confidence=0.5,
    )
    with pytest.raises(ValueError, match="EXECUTES from Command to Command"):
        build(document, Extraction(document.id, (COMMAND,), (), (edge,)))


def test_half_a_surrogate_pair_is_the_documents_fault_and_not_the_batchs():
    with pytest.raises(BadDocument, match="a.md"):
        build(*page("a.md", [Part("One", text="broken \ud83d escape")]))
