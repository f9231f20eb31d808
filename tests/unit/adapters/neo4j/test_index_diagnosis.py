"""Indexes and constraints as doctor compares them: what the statements define, and what the server holds."""

from wekadocs_assets.adapters.neo4j import vector_statements
from wekadocs_assets.adapters.neo4j.index_diagnosis import compare, defined
from wekadocs_assets.core.graph import schema


def stated() -> list[str]:
    return [*schema.ddl("neo4j"), *vector_statements.schema("0" * 12).values()]


def rows_of(statements: list[str]) -> list[dict]:
    """As SHOW INDEXES gives them."""
    return [
        {
            "name": one.name,
            "state": "ONLINE",
            "labelsOrTypes": [one.covers[0]],
            "properties": list(one.covers[1]),
            "owningConstraint": one.name if one.is_constraint else None,
        }
        for one in map(defined, statements)
    ]


def test_every_definition_of_ours_is_understood():
    names = [defined(statement).name for statement in stated()]
    assert len(set(names)) == len(names)
    vector = defined(stated()[-1])
    assert vector.covers == ("VectorPoint", ("embedding_000000000000",)) and not vector.is_constraint
    assert defined(next(schema.ddl("neo4j"))).is_constraint
    composite = next(one for one in map(defined, stated()) if one.name == "VectorPoint_embedding_version_tag")
    assert composite.covers == ("VectorPoint", ("embedding_version", "tag"))


def test_indexes_are_compared_by_what_they_cover():
    assert [verdict.status for verdict in compare(rows_of(stated()), stated(), ingest_creates_missing=False)] == ["ok"]
    there = rows_of(stated())
    gone = there.pop(0)["name"]
    there[3] |= {"properties": ["other"]}
    there[4] |= {"state": "FAILED"}
    there[5] |= {"state": "POPULATING"}
    other = next(row for row in there if row["owningConstraint"] and row not in there[3:6])
    other["owningConstraint"] = None
    found = {verdict.detail: verdict for verdict in compare(there, stated(), ingest_creates_missing=False)}
    assert len(found) == 5
    assert "CREATE CONSTRAINT" in found[f"constraint {gone} is missing"].hint
    assert any("covers" in detail and "(other)" in detail for detail in found)
    assert any("is FAILED" in detail for detail in found)
    assert any(f"{other['name']} is not a constraint" == detail for detail in found)
    assert [v.status for v in found.values()].count("note") == 1


def test_what_an_ingest_makes_anew_needs_no_statement_by_hand():
    (verdict, *_) = compare([], stated(), ingest_creates_missing=True)
    assert verdict.status == "problem" and verdict.hint.startswith("ingest again")
