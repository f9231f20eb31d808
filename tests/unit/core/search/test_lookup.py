"""Documents, sections and entities by name, and what they are related to."""

import pytest
from graph_documents import TAG, Part, entry, page

from wekadocs_assets.adapters.memory.graph import InMemoryGraph
from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.graph.builder import build
from wekadocs_assets.core.graph.diff import diff
from wekadocs_assets.core.models import Collection
from wekadocs_assets.core.ports.graph_reader import GraphReader
from wekadocs_assets.core.search import lookup

GUIDE = page(
    "guide/gates.md",
    [
        Part("Top", mentions=(("Command", "run"), ("Configuration", "size"))),
        Part("Steps", option="size", steps=("run", "stop"), solves="no route"),
        Part("More", mentions=(("Command", "run"), ("Command", "runner"))),
    ],
)
FAQ = page("faq/gates.md", [Part("Why")])
OTHER = page("guide/gates.md", [Part("Top")], tag="old")
TOP, STEPS, MORE = (section.id for section in GUIDE[0].sections)
RUN, SIZE = ids.shared_entity_id(TAG, "Command", "run"), ids.shared_entity_id(TAG, "Configuration", "size")


@pytest.fixture(scope="module")
def reader() -> GraphReader:
    graph = InMemoryGraph()
    for document, extraction in (GUIDE, FAQ, OTHER):
        graph.apply([diff(None, build(document, extraction))], [entry(document)])
    return graph.reader()


def refused(look, *arguments) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as error:
        look(*arguments)
    return error.value


def test_a_tag_must_be_known_unless_it_is_empty():
    known = [Collection(tag="docs", root="/docs")]
    lookup.check_tag(known, "docs")
    lookup.check_tag([], "")
    assert refused(lookup.check_tag, known, "doc").hint == "known: docs"
    assert refused(lookup.check_tag, [], "doc").hint == "known: none yet"


def test_a_document_is_found_by_path_id_and_the_end_of_its_path(reader):
    assert lookup.document(reader, "faq/gates.md")["id"] == FAQ[0].id
    assert lookup.document(reader, "guide/gates.md", TAG)["id"] == GUIDE[0].id
    assert lookup.document(reader, GUIDE[0].id)["source_uri"] == "guide/gates.md"
    assert lookup.document(reader, "gates.md", "old")["id"] == OTHER[0].id


def test_several_documents_and_none_are_refused_with_a_hint(reader):
    assert refused(lookup.document, reader, "guide/gates.md").message.startswith(
        "'guide/gates.md' is 2 documents: docs:"
    )
    assert "perhaps" in refused(lookup.document, reader, "Gates").hint
    assert "search_documentation" in refused(lookup.document, reader, "absent").hint
    assert refused(lookup.document, reader, GUIDE[0].id, "old").message.startswith("no document")


def test_a_section_and_a_node_are_found_by_id_only(reader):
    assert lookup.section(reader, STEPS).title == "Steps"
    assert lookup.node(reader, RUN)[0] == "Command" and lookup.node(reader, TOP, "Section")[1]["title"] == "Top"
    assert "no section has the id 'x'" in refused(lookup.section, reader, "x").message
    assert "no Command node has the id" in refused(lookup.node, reader, TOP, "Command").message


def test_the_previous_section_and_the_subsections_are_around_a_section(reader):
    previous, below = lookup.around(reader, TOP)
    assert previous is None and [one.title for one in below] == ["Steps", "More"]
    previous, below = lookup.around(reader, MORE)
    assert previous.title == "Steps" and below == []


def test_an_exact_name_wins_over_names_that_contain_it_with_and_without_dashes(reader):
    assert lookup.entities(reader, "run", "", TAG, 9) == ("exact", [lookup.node(reader, RUN)[1]])
    match, found = lookup.entities(reader, "--size", "Configuration", "", 9)
    assert (match, [row["name"] for row in found]) == ("exact", ["size"])
    match, found = lookup.entities(reader, "RUN", "", TAG, 9)
    assert (match, [row["name"] for row in found]) == ("contains", ["run", "runner"])
    assert lookup.entities(reader, "absent", "", "", 9) == ("none", [])
    assert len(lookup.entities(reader, "RUN", "", TAG, 1)[1]) == 1


def test_sections_that_mention_an_entity_are_counted_and_listed(reader):
    number, shown = lookup.mentions(reader, "Command", RUN)
    assert number == 2 and {(passage.title, role) for passage, role in shown} == {("Top", "uses"), ("More", "uses")}


def test_a_command_is_known_by_its_parameters_and_its_procedures(reader):
    (use,) = lookup.parameters(reader, RUN)
    assert (use.name, use.kind, use.required, use.type, use.section_id) == ("size", "Configuration", True, "int", STEPS)
    assert [row["name"] for row in lookup.commands_with(reader, "Configuration", SIZE)] == ["run"]
    error = ids.shared_entity_id(TAG, "Error", "no route")
    for found in (lookup.executed_by(reader, RUN), lookup.resolved_by(reader, error)):
        assert [(one.name, one.steps) for one in found] == [("Procedure 0", ("do 0", "do 1"))]
    assert lookup.resolved_by(reader, "absent") == []
