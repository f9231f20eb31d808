"""The graph store on a Neo4j server: the shared Cypher in managed transactions, behind a lease on each collection."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from wekadocs_assets.adapters.cypher import statements
from wekadocs_assets.adapters.cypher.batches import Row, Run
from wekadocs_assets.adapters.cypher.graph import CypherGraph, T
from wekadocs_assets.adapters.neo4j.lease import Leases
from wekadocs_assets.adapters.neo4j.session import Neo4jSession
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.graph import rows, schema
from wekadocs_assets.core.models import GraphInfo

ANY_OF_OURS = f"MATCH (n:{'|'.join(schema.NODES)}) RETURN labels(n) AS labels LIMIT 1"
ANY_FOREIGN_POINT = "MATCH (n:VectorPoint) WHERE NOT EXISTS { MATCH (:VectorIndex) } RETURN labels(n) AS labels LIMIT 1"
"""Points of ours (where Neo4j holds the vectors) never stand without the node that names their version."""
AWAIT_INDEXES = "CALL db.awaitIndexes($seconds)"
INDEX_SECONDS = 300
INDEXES = "SHOW INDEXES YIELD name"
STATEMENTS = (ANY_OF_OURS, ANY_FOREIGN_POINT, AWAIT_INDEXES, INDEXES)
DEFINED_BY_ANOTHER = (
    "Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists",
    "Neo.ClientError.Schema.ConstraintAlreadyExists",
    "Neo.ClientError.Schema.IndexAlreadyExists",
)


class Neo4jGraph(CypherGraph):
    """One database of the server; other labels than ours in it are left alone.

    leases: of this process, shared with whatever else writes to that server for an ingest; default: of its own.
    """

    def __init__(self, session: Neo4jSession, leases: Leases | None = None) -> None:
        self._session = session
        self._leases = leases or Leases(session)
        self._known = False

    def open(self) -> GraphInfo:
        row = self._session.read(self._singleton)
        if row is None:
            self._create()
            row = self._session.read(self._singleton)
            assert row is not None
        self._known = True
        return GraphInfo(**row)

    def close(self) -> None:
        self._session.close()

    def hold(self, tags: Sequence[str], owner: str) -> AbstractContextManager[None]:
        if not self._known:
            self.open()
        return self._leases.hold(tags, owner)

    def check_held(self) -> None:
        """Renews the leases too, so that what begins right after has their whole time."""
        self._leases.confirm()

    def _read(self, work: Callable[[Run], T]) -> T:
        if not self._known:  # somebody else's nodes are not read as ours
            self._known = self._session.read(self._singleton) is not None
        return self._session.read(work)

    def _write(self, work: Callable[[Run], None]) -> None:
        if not self._known:
            self.open()
        self._leases.write(work)

    def _singleton(self, run: Run) -> Row | None:
        """None for a database without anything of ours; nodes of ours without it are somebody else's."""
        row = self._checked(run(statements.READ_SINGLETON))
        if row is None and (taken := run(ANY_OF_OURS) or run(ANY_FOREIGN_POINT)):
            row = self._checked(run(statements.READ_SINGLETON))  # may have been made, and written after, in between
            if row is None:
                raise _foreign(self._place(), taken[0]["labels"])
        return row

    def _checked(self, found: list[Row]) -> Row | None:
        if found and found[0]["schema_version"] != schema.SCHEMA_VERSION:
            raise ConfigurationError(
                f"the graph in {self._place()} has schema version {found[0]['schema_version']}, "
                f"this program writes {schema.SCHEMA_VERSION}",
                "Name another database (NEO4J_DATABASE), or delete our nodes there and ingest again: the graph is rebuilt "
                "from the documents.",
            )
        return found[0] if found else None

    def missing(self) -> list[str]:
        """Names of the constraints and indexes of the schema that the database does not have."""
        there = {row["name"] for row in self._session.read(lambda run: run(INDEXES))}
        return [name for name in map(_name, schema.ddl("neo4j")) if name not in there]

    def _create(self) -> None:
        """The singleton last: whoever was killed before it left an empty schema, which the next one completes."""
        missing = self.missing()
        for statement in schema.ddl("neo4j"):
            if _name(statement) in missing:
                self._define(statement)
        self._session.run(AWAIT_INDEXES, seconds=INDEX_SECONDS)
        row = rows.singleton_row(GraphInfo(uuid.uuid4().hex, schema.SCHEMA_VERSION))
        self._session.write(lambda run: run(statements.create_singleton(), rows=[row]))

    def _define(self, statement: str) -> None:
        from neo4j.exceptions import ClientError

        try:
            self._session.write(lambda run: run(statement))
        except ClientError as error:  # IF NOT EXISTS does not help two that define it at the same moment
            if error.code not in DEFINED_BY_ANOTHER:
                raise

    def _place(self) -> str:
        database = f"the database '{self._session.database}'" if self._session.database else "the default database"
        return f"{database} of Neo4j {self._session.uri}"


def _name(definition: str) -> str:
    """CREATE CONSTRAINT|INDEX name …; a constraint's index has its name."""
    return definition.split()[2]


def _foreign(place: str, labels: list[str]) -> ConfigurationError:
    ours = ", ".join(sorted(set(labels) & {*schema.NODES, "VectorPoint"}))
    return ConfigurationError(
        f"{place} is not ours: it has nodes labelled {ours} but not our {schema.SINGLETON}",
        "Nothing was written. Name another database (NEO4J_DATABASE) or another server (NEO4J_URI).",
    )
