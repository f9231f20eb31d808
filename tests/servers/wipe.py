"""An empty Neo4j between tests: all data, and on request all constraints and indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction

# in batches, so that a test with many nodes does not end at the transaction memory limit
DELETE_ALL = "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 20000 ROWS"
CONSTRAINTS = "SHOW CONSTRAINTS YIELD name RETURN name"
# the two token lookup indexes belong to the database, not to its users
INDEXES = "SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name"


def wipe_data(driver: Driver, database: str) -> None:
    with driver.session(database=database) as session:
        session.run(DELETE_ALL).consume()


def wipe_schema(driver: Driver, database: str) -> None:
    """Constraints first: their indexes go with them."""
    with driver.session(database=database) as session:
        for show, drop in ((CONSTRAINTS, "DROP CONSTRAINT"), (INDEXES, "DROP INDEX")):
            names = session.run(show).value()
            if names:
                session.execute_write(_drop, drop, names)


def _drop(transaction: ManagedTransaction, drop: str, names: list[str]) -> None:
    for name in names:
        transaction.run(f"{drop} {_quoted(name)} IF EXISTS").consume()


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
