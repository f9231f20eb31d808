"""Checks of a Neo4j server for `doctor`: as the graph store, and as a vector store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

from wekadocs_assets.adapters.cypher.batches import Row, Run
from wekadocs_assets.adapters.neo4j import vector_statements
from wekadocs_assets.adapters.neo4j.graph import Neo4jGraph
from wekadocs_assets.adapters.neo4j.index_diagnosis import INDEXES, compare
from wekadocs_assets.adapters.neo4j.session import Neo4jSession
from wekadocs_assets.adapters.neo4j.vectors import Neo4jVectors
from wekadocs_assets.core.checks.diagnosis import Check, Verdict, note, ok, version_verdict
from wekadocs_assets.core.checks.graph_diagnosis import GraphDiagnosis, content_verdict, schema_verdict
from wekadocs_assets.core.checks.vector_diagnosis import VectorDiagnosis
from wekadocs_assets.core.errors import WekadocsError
from wekadocs_assets.core.graph import schema
from wekadocs_assets.core.models import GraphInfo

OLDEST = (5,)
DATABASE = "CALL db.info() YIELD name RETURN name"
PROBE = "CREATE (n) RETURN 1 AS one"
"""Without a label: a database keeps the name of a label even when its transaction is rolled back."""
LEASES = (
    "MATCH (n:Collection) WHERE n.`lease_owner` <> '' RETURN n.`id` AS tag, n.`lease_owner` AS owner, "
    "n.`lease_until` - timestamp() AS milliseconds ORDER BY tag"
)
STATEMENTS = (DATABASE, PROBE, LEASES, INDEXES)


class RolledBack(Exception):
    """Raised in the transaction of a probe, so that it is rolled back."""


class FirstContact:
    """One login for all checks of the server: a wrong password from each of them would lock the user out."""

    def __init__(self, session: Neo4jSession) -> None:
        self.session = session
        self._guard = threading.Lock()
        self._answer: str | WekadocsError = ""

    def version(self) -> str:
        """The server's version. A failure of the first login is raised again on every call."""
        with self._guard:
            if not self._answer:
                try:
                    self._answer = self.session.verify()
                except WekadocsError as error:
                    self._answer = error
        if isinstance(self._answer, WekadocsError):
            raise self._answer
        return self._answer


class Neo4jDiagnosis(GraphDiagnosis):
    part = "graph (Neo4j)"

    def __init__(self, contact: FirstContact) -> None:
        self._contact, self._session = contact, contact.session
        self._graph = Neo4jGraph(contact.session)

    def checks(self) -> Sequence[Check]:
        return (
            ("reachable", self._reachable),
            ("version", lambda: [version_verdict("Neo4j", self._contact.version(), OLDEST)]),
            ("rights", lambda: [write_rights(self._session)]),
            ("schema", lambda: [schema_verdict(self.stored(), f"Neo4j {self._session.uri}")]),
            ("indexes", self._indexes),
            ("leases", self._leases),
            ("content", self._content),
        )

    def stored(self) -> GraphInfo | None:
        self._contact.version()
        return self._graph.stored()

    def _reachable(self) -> Iterator[Verdict]:
        self._contact.version()
        (row,) = self._session.read(lambda run: run(DATABASE))
        yield ok(f"{self._session.uri}, database '{row['name']}', user '{self._session.user}'")

    def _indexes(self) -> Iterator[Verdict]:
        if self.stored() is None:
            yield ok("not created yet: the first ingest creates them")
        else:
            yield from compare(_existing_indexes(self._session), schema.ddl("neo4j"), ingest_creates_missing=False)

    def _leases(self) -> Iterator[Verdict]:
        held = self._session.read(lambda run: run(LEASES))
        for row in held:
            yield lease(row)
        if not held:
            yield ok("no collection is held by an ingest")

    def _content(self) -> Iterator[Verdict]:
        if self.stored() is not None:
            yield content_verdict(self._graph.counts())


class Neo4jVectorsDiagnosis(VectorDiagnosis):
    engine = "neo4j"

    def __init__(self, contact: FirstContact, active_version: Callable[[], str], *, replica: bool) -> None:
        super().__init__(active_version, replica=replica)
        self._contact, self._session = contact, contact.session
        self._store, self.place = Neo4jVectors(self._session), f"Neo4j {self._session.uri}"

    def checks(self) -> Sequence[Check]:
        return (
            ("reachable", self._reachable),
            ("rights", lambda: [write_rights(self._session)]),
            ("versions", self._versions),
            ("indexes", self._indexes),
            ("served", self._active_is_stored),
        )

    def stored(self) -> dict[str, int]:
        self._contact.version()
        return self._store.stored()

    def count(self, version: str) -> int:
        return self._store.count(version)

    def _reachable(self) -> Iterator[Verdict]:
        yield version_verdict("Neo4j", self._contact.version(), OLDEST)

    def _indexes(self) -> Iterator[Verdict]:
        slugs = map(vector_statements.slug_of, self.stored())
        wanted = {name: text for slug in slugs for name, text in vector_statements.schema(slug).items()}
        if wanted:
            yield from compare(_existing_indexes(self._session), wanted.values(), ingest_creates_missing=True)
        else:
            yield ok("not created yet: the first ingest creates them")


def write_rights(session: Neo4jSession) -> Verdict:
    """Writes a node and rolls back. A refusal by the server is raised with its reason."""

    def probe(run: Run) -> None:
        run(PROBE)
        raise RolledBack

    try:
        session.write(probe)
    except RolledBack:
        return ok(f"user '{session.user}' may write")
    raise AssertionError("a probe always rolls back")


def lease(row: Row) -> Verdict:
    """The verdict on a held collection. row: one result row of the LEASES statement."""
    seconds = (row["milliseconds"] or 0) / 1000
    if seconds <= 0:
        text = f"collection {row['tag']} was held by {row['owner']}, whose lease expired {-seconds:.0f} s ago"
        return note(text, "the next ingest takes it over")
    text = f"collection {row['tag']} is held by {row['owner']}, for {seconds:.0f} s more unless renewed"
    return note(text, "another ingest of it waits, LOCK_TIMEOUT seconds at most")


def _existing_indexes(session: Neo4jSession) -> list[Row]:
    return session.read(lambda run: run(INDEXES))
