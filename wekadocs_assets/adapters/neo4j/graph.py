"""`GraphStore` on a Neo4j server: the shared Cypher in managed transactions, with a lease on each collection."""

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

ANY_KNOWN_LABEL = f"MATCH (n:{'|'.join(schema.NODES)}) RETURN labels(n) AS labels LIMIT 1"
ANY_UNOWNED_POINT = "MATCH (n:VectorPoint) WHERE NOT EXISTS { MATCH (:VectorIndex) } RETURN labels(n) AS labels LIMIT 1"
"""Our own points (where Neo4j stores the vectors) always have a VectorIndex node for their version."""
AWAIT_INDEXES = "CALL db.awaitIndexes($seconds)"
INDEX_SECONDS = 300
INDEXES = "SHOW INDEXES YIELD name"
STATEMENTS = (ANY_KNOWN_LABEL, ANY_UNOWNED_POINT, AWAIT_INDEXES, INDEXES)
DEFINED_BY_ANOTHER = (
    "Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists",
    "Neo.ClientError.Schema.ConstraintAlreadyExists",
    "Neo.ClientError.Schema.IndexAlreadyExists",
)


class Neo4jGraph(CypherGraph):
    """One database of the server; nodes with other labels are never touched.

    leases: shared with every other store on that server that this process writes to; default: its own.
    Connects on first use, not in the constructor.
    """

    def __init__(self, session: Neo4jSession, leases: Leases | None = None) -> None:
        self._session = session
        self._leases = leases or Leases(session)
        self._schema_seen = False

    def open(self) -> GraphInfo:
        row = self._session.read(self._singleton)
        if row is None:
            self._create()
            row = self._session.read(self._singleton)
            assert row is not None
        self._schema_seen = True
        return GraphInfo(**row)

    def close(self) -> None:
        self._session.close()

    def hold(self, tags: Sequence[str], owner: str) -> AbstractContextManager[None]:
        if not self._schema_seen:
            self.open()
        return self._leases.hold(tags, owner)

    def check_held(self) -> None:
        """Also renews the leases, so that the next step has their full time."""
        self._leases.confirm()

    def _read(self, work: Callable[[Run], T]) -> T:
        if not self._schema_seen:  # nodes of another program must not be read as ours
            self._schema_seen = self._session.read(self._singleton) is not None
        return self._session.read(work)

    def _write(self, work: Callable[[Run], None]) -> None:
        if not self._schema_seen:
            self.open()
        self._leases.write(work)

    def _singleton(self, run: Run) -> Row | None:
        """The singleton; None for a database without our labels. Our labels without a singleton: ConfigurationError."""
        row = self._checked(run(statements.READ_SINGLETON))
        if row is None and (taken := run(ANY_KNOWN_LABEL) or run(ANY_UNOWNED_POINT)):
            row = self._checked(
                run(statements.READ_SINGLETON)
            )  # another process may have created it since the first read
            if row is None:
                raise _foreign(self._place(), taken[0]["labels"])
        return row

    def _checked(self, found: list[Row]) -> Row | None:
        if found and found[0]["schema_version"] != schema.SCHEMA_VERSION:
            raise ConfigurationError(
                f"the graph in {self._place()} has schema version {found[0]['schema_version']}, "
                f"this program writes {schema.SCHEMA_VERSION}",
                "Name another database (NEO4J_DATABASE), or delete this program's nodes there and ingest again: the graph is "
                "rebuilt from the documents.",
            )
        return found[0] if found else None

    def missing(self) -> list[str]:
        """Names of the schema's constraints and indexes that the database lacks."""
        existing = {row["name"] for row in self._session.read(lambda run: run(INDEXES))}
        return [name for name in map(_name, schema.ddl("neo4j")) if name not in existing]

    def _create(self) -> None:
        """The singleton comes last: after a kill before it, the next process completes the schema."""
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
        except ClientError as error:  # IF NOT EXISTS does not prevent a conflict of two concurrent definitions
            if error.code not in DEFINED_BY_ANOTHER:
                raise

    def _place(self) -> str:
        database = f"the database '{self._session.database}'" if self._session.database else "the default database"
        return f"{database} of Neo4j {self._session.uri}"


def _name(definition: str) -> str:
    """Third word of `CREATE CONSTRAINT|INDEX name …`; the index of a constraint has the same name."""
    return definition.split()[2]


def _foreign(place: str, labels: list[str]) -> ConfigurationError:
    labels_found = ", ".join(sorted(set(labels) & {*schema.NODES, "VectorPoint"}))
    return ConfigurationError(
        f"{place} belongs to another program: it has nodes labelled {labels_found} but no {schema.SINGLETON}",
        "Nothing was written. Name another database (NEO4J_DATABASE) or another server (NEO4J_URI).",
    )
