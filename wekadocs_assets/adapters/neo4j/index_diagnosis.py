"""Compares the constraints and indexes of a Neo4j database with our definitions, by what they cover and not by name alone.

IF NOT EXISTS goes by the name: an index of our name on another property would keep ours from ever being made.
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
    """What a statement of ours makes: `covers` is its label or type, and its properties."""

    name: str
    covers: tuple[str, tuple[str, ...]]
    is_constraint: bool
    statement: str


def defined(statement: str) -> Defined:
    found = DEFINITION.match(statement)
    assert found, f"not a definition of ours: {statement}"
    properties = PROPERTY.findall(statement.partition(" OPTIONS ")[0])
    return Defined(found["name"], (found["label"], tuple(properties)), found["kind"] == "CONSTRAINT", statement)


def compare(there: Iterable[Row], statements: Iterable[str], *, remade: bool) -> Iterator[Verdict]:
    """there: rows of INDEXES; remade: whether the next ingest makes what is missing by itself."""
    rows, wanted = {row["name"]: row for row in there}, [defined(statement) for statement in statements]
    troubles = [verdict for one in wanted if (verdict := _trouble(one, rows.get(one.name), remade))]
    yield from troubles
    if not troubles:
        yield ok(f"all {len(wanted)} constraints and indexes are there")


def _trouble(wanted: Defined, row: Row | None, remade: bool) -> Verdict | None:
    kind = "constraint" if wanted.is_constraint else "index"
    make = "ingest again: it makes it" if remade else f"run at the server: {wanted.statement}"
    if row is None:
        return problem(f"{kind} {wanted.name} is missing", make)
    covers = (row["labelsOrTypes"] or [""])[0], tuple(row["properties"] or ())
    if covers != wanted.covers or (wanted.is_constraint and not row["owningConstraint"]):
        has, needs = (_words(*pair) for pair in (covers, wanted.covers))
        what = f"{wanted.name} covers {has}, not {needs}" if has != needs else f"{wanted.name} is no constraint"
        return problem(what, f"drop it (DROP INDEX {wanted.name}, or DROP CONSTRAINT), then {make}")
    if row["state"] == ONLINE:
        return None
    if row["state"] == FILLING:
        return note(f"{kind} {wanted.name} is being filled", "until then what it serves is slow")
    return problem(f"{kind} {wanted.name} is {row['state']}", f"drop it (DROP INDEX {wanted.name}), then {make}")


def _words(label: str, properties: tuple[str, ...]) -> str:
    return f"{label}({', '.join(properties)})"
