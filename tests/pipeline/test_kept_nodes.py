"""What hangs on a node stays hanging: on Neo4j sections keep their element ids, and edges of other people, through edits."""

import pytest
from servers.access import Neo4jAccess
from work_counted import (
    GATES,
    INSTALL,
    LIMITS,
    ONE_PAGE,
    PAGE_GONE,
    USE,
    WHOLE_PAGE,
    forbid_encoding,
    ingest,
    two_pages,
    write,
)

NOTED = (
    "MATCH (n:Note)-[r:ABOUT]->(s:Section) RETURN n.text AS text, s.title AS title, elementId(r) AS id ORDER BY text"
)


class Database:
    """A look at Neo4j from the side, as its other users have it."""

    def __init__(self, driver, access: Neo4jAccess) -> None:
        self.driver, self.access = driver, access

    def run(self, statement: str, **parameters) -> list[dict]:
        records, _, _ = self.driver.execute_query(statement, parameters, database_=self.access.database)
        return [record.data() for record in records]

    def nodes(self, label: str) -> dict[str, str]:
        """Element id by id."""
        return {row["id"]: row["e"] for row in self.run(f"MATCH (n:{label}) RETURN n.id AS id, elementId(n) AS e")}

    def note(self, title: str, text: str) -> None:
        """Somebody's own node, with an edge to the section of gates.md with that title."""
        self.run(
            "MATCH (d:Document {source_uri: 'gates.md'})-[:HAS_SECTION]->(s:Section {title: $title}) "
            "CREATE (:Note {text: $text})-[:ABOUT]->(s)",
            title=title, text=text,
        )  # fmt: skip

    def notes(self) -> dict[str, tuple[str, str]]:
        """(title of the section, element id of the edge) by the note's text."""
        return {row["text"]: (row["title"], row["id"]) for row in self.run(NOTED)}


@pytest.fixture
def database(place, neo4j: Neo4jAccess, neo4j_driver, monkeypatch) -> Database:
    """Two pages are in, and two notes hang on sections of gates.md."""
    for name, value in (("URI", neo4j.uri), ("USER", neo4j.user), ("PASSWORD", neo4j.password)):
        monkeypatch.setenv(f"NEO4J_{name}", value)
    monkeypatch.setenv("NEO4J_DATABASE", neo4j.database)
    two_pages(place)
    found = Database(neo4j_driver, neo4j)
    found.note("Use", "on use")
    found.note("Limits", "on limits")
    return found


@pytest.mark.slow
def test_an_edit_of_a_section_keeps_its_node_and_what_hangs_on_it_and_all_other_nodes(place, database):
    labels = ("Document", "Section", "Chunk", "Command", "Configuration")
    before, notes = {label: database.nodes(label) for label in labels}, database.notes()
    assert notes.keys() == {"on use", "on limits"}
    write(place, "gates.md", "Gates", INSTALL, ("Use", "Something."), LIMITS)
    one = {"nodes_written": 1, "chunks_embedded": 1, "chunks_reused": 3, "chunk_nodes_written": 1, "points_upserted": 1}
    assert ingest(place) == ONE_PAGE | one
    assert database.run("MATCH (s:Section {title: 'Use'}) RETURN s.text AS text") == [{"text": "Something."}]
    assert {label: database.nodes(label) for label in labels} == before and database.notes() == notes


@pytest.mark.slow
def test_sections_that_come_go_and_change_their_order_leave_the_others_nodes_as_they_are(place, database):
    (install,) = database.run("MATCH (s:Section {title: 'Install'}) RETURN s.id AS id")
    before, notes = database.nodes("Section"), database.notes()
    write(place, "gates.md", "Gates", ("Terms", "A gate opens."), LIMITS, USE)
    ingest(place)
    after = database.nodes("Section")
    del before[install["id"]]  # whose element id Neo4j may give to another node now
    assert before.items() <= after.items() and len(after) == 5 and database.notes() == notes
    write(place, "gates.md", "Doors", *GATES)
    ingest(place)
    assert before.items() <= database.nodes("Section").items() and len(database.nodes("Section")) == 5
    assert database.notes() == notes, "a page's title is in no id"


def test_a_section_that_is_taken_out_takes_its_edges_along_but_not_what_they_come_from(place, database):
    notes = database.notes()
    write(place, "gates.md", "Gates", INSTALL, USE)
    work = ingest(place)
    assert (work["nodes_deleted"], work["edges_deleted"]) == (1, 3), "HAS_SECTION, HAS_SUBSECTION, NEXT_SECTION"
    assert database.notes() == {"on use": notes["on use"]}
    assert database.run("MATCH (n:Note) RETURN count(n) AS notes") == [{"notes": 2}]


@pytest.mark.slow
def test_a_rename_and_a_deletion_cost_on_neo4j_what_they_cost_embedded(place, database, monkeypatch):
    forbid_encoding(monkeypatch)
    (place.docs / "gates.md").rename(place.docs / "doors.md")
    assert ingest(place) == WHOLE_PAGE | PAGE_GONE | {"chunks_reused": 4}
    (place.docs / "doors.md").unlink()
    assert ingest(place) == PAGE_GONE
    assert database.nodes("Command") == {} and len(database.nodes("Section")) == len(database.nodes("Chunk")) == 1
