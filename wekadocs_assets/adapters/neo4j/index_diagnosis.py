"""Compares the constraints and indexes of a Neo4j database with the schema, by name and by what they cover.

IF NOT EXISTS compares names only: an index with our name on another property would prevent ours from being created.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wekadocs_assets.adapters.cypher.batches import Row
from wekadocs_assets.core.checks.diagnosis import Verdict, note, ok, problem

INDEXES = "SHOW INDEXES YIELD name, state, labelsOrTypes, properties, owningConstraint"
DEFINITION = re.compile(r"CREATE (?P<kind>[A-Z ]+?) (?P<name>\w+) IF NOT EXISTS FOR \(.*?[:](?P<label>\w+)[\])]")
PROPERTY = re.compile(r"\b[nr]\.`(\w+)`")
ONLINE, FILLING = "ONLINE", "POPULATING"


@dataclass(frozen=True, slots=True)
class Defined:
    """What a statement of the schema creates. covers: label or relationship type, and properties."""

    name: str
    covers: tuple[str, tuple[str, ...]]
    is_constraint: bool
    statement: str


def defined(statement: str) -> Defined:
    """Parses one CREATE CONSTRAINT or CREATE INDEX statement of the schema."""
    found = DEFINITION.match(statement)
    assert found, f"not a definition of the schema: {statement}"
    properties = PROPERTY.findall(statement.partition(" OPTIONS ")[0])
    return Defined(found["name"], (found["label"], tuple(properties)), found["kind"] == "CONSTRAINT", statement)


def compare(existing: Iterable[Row], statements: Iterable[str], *, ingest_creates_missing: bool) -> Iterator[Verdict]:
    """One verdict per difference. existing: result rows of the INDEXES statement.

    ingest_creates_missing: whether the next ingest creates what is missing.
    """
    rows, wanted = {row["name"]: row for row in existing}, [defined(statement) for statement in statements]
    problems = [verdict for one in wanted if (verdict := _problem(one, rows.get(one.name), ingest_creates_missing))]
    yield from problems
    if not problems:
        yield ok(f"all {len(wanted)} constraints and indexes exist")


def _problem(wanted: Defined, row: Row | None, ingest_creates_missing: bool) -> Verdict | None:
    kind = "constraint" if wanted.is_constraint else "index"
    make = "ingest again: it creates it" if ingest_creates_missing else f"run at the server: {wanted.statement}"
    if row is None:
        return problem(f"{kind} {wanted.name} is missing", make)
    covers = (row["labelsOrTypes"] or [""])[0], tuple(row["properties"] or ())
    if covers != wanted.covers or (wanted.is_constraint and not row["owningConstraint"]):
        has, needs = (_words(*pair) for pair in (covers, wanted.covers))
        what = f"{wanted.name} covers {has}, not {needs}" if has != needs else f"{wanted.name} is not a constraint"
        return problem(what, f"drop it (DROP INDEX {wanted.name}, or DROP CONSTRAINT), then {make}")
    if row["state"] == ONLINE:
        return None
    if row["state"] == FILLING:
        return note(f"{kind} {wanted.name} is being filled", "queries that use it are slow until then")
    return problem(f"{kind} {wanted.name} is {row['state']}", f"drop it (DROP INDEX {wanted.name}), then {make}")


def _words(label: str, properties: tuple[str, ...]) -> str:
    return f"{label}({', '.join(properties)})"
