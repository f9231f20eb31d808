"""`GraphStore` in Cypher for any engine: maps each method of the port to the shared statements.

An engine's subclass adds how a statement is run, what a transaction is and how the store is opened.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from wekadocs_assets.adapters.cypher import deletes, reads, statements
from wekadocs_assets.adapters.cypher.batches import Row, Run, over_ids, over_rows
from wekadocs_assets.adapters.cypher.reader import CypherReader
from wekadocs_assets.core.graph import rows, schema
from wekadocs_assets.core.graph.builder import Subgraph
from wekadocs_assets.core.graph.diff import GraphChange
from wekadocs_assets.core.graph.schema import EDGES, NODES
from wekadocs_assets.core.models import Chunk, Collection, GraphInfo, LedgerEntry
from wekadocs_assets.core.ports.graph_reader import GraphReader
from wekadocs_assets.core.ports.stores import GraphStore

K = TypeVar("K")
T = TypeVar("T")
V = TypeVar("V")
HAS_CHUNK = EDGES["HAS_CHUNK", "Section", "Chunk"]


class CypherGraph(GraphStore):
    """The port except `open`, `hold` and `check_held`."""

    @abstractmethod
    def _read(self, work: Callable[[Run], T]) -> T:
        """Runs `work` in one read transaction and returns its result; without a database every statement returns no rows."""

    @abstractmethod
    def _write(self, work: Callable[[Run], None]) -> None:
        """Runs `work` in one transaction: committed at the end, rolled back on the first error. It may run more than once."""

    def stored(self) -> GraphInfo | None:
        """As `open`, but creates nothing: None before the first ingest."""
        found = self._read(lambda run: run(statements.READ_SINGLETON))
        return GraphInfo(**found[0]) if found else None

    few = 0
    """Ids up to which the reader queries one by one, for an engine whose plan over a list scans a whole table."""

    def reader(self) -> GraphReader:
        return CypherReader(self._read, self.few)

    def activate(self, embedding_version: str, embedded_by: str) -> None:
        def work(run: Run) -> None:
            (stored,) = run(statements.nodes_by_id(schema.SINGLETON), ids=[schema.SINGLETON_ID])
            active = {"embedding_version": embedding_version, "embedded_by": embedded_by}
            run(statements.merge_nodes(schema.SINGLETON), rows=[{**stored, **active}])

        self._write(work)

    def collections(self) -> list[Collection]:
        found = self._read(lambda run: run(statements.all_nodes("Collection")))
        known = (
            rows.collection(row) for row in found if row["root"]
        )  # a collection that is held but was never ingested has no root
        return sorted(known, key=lambda collection: collection.tag)

    def save_collection(self, collection: Collection) -> None:
        self._write(lambda run: over_rows(run, statements.merge_nodes("Collection"), [rows.collection_row(collection)]))

    def ledger(self, tag: str | None = None) -> list[LedgerEntry]:
        found = self._read(lambda run: run(statements.ledger(tag is not None), **of_tag(tag)))
        found.sort(key=lambda row: (row["tag"], row["source_uri"]))
        return [rows.ledger_entry(row) for row in found]

    def entries(self, document_ids: Sequence[str]) -> dict[str, LedgerEntry]:
        found = self._read(lambda run: over_ids(run, statements.ledger_of_documents(), document_ids))
        return {row["id"]: rows.ledger_entry(row) for row in found}

    def write_ledger(self, entries: Sequence[LedgerEntry]) -> None:
        if entries:
            self._write(lambda run: write_ledger(run, entries))

    def read(self, document_ids: Sequence[str]) -> dict[str, Subgraph]:
        return self._read(lambda run: reads.subgraphs(run, document_ids))

    def apply(self, changes: Sequence[GraphChange], ledger: Sequence[LedgerEntry]) -> None:
        wanted = [change for change in changes if not change.empty]

        def work(run: Run) -> None:
            write_changes(run, wanted)
            write_ledger(run, ledger)
            for tag, loosened in by_tag(wanted).items():
                deletes.unreached(run, tag, loosened)

        if wanted or ledger:
            self._write(work)

    def delete_sections(self, section_ids: Sequence[str]) -> None:
        if section_ids:
            self._write(lambda run: deletes.sections(run, section_ids))

    def purge(self, document_ids: Sequence[str]) -> None:
        if document_ids:
            self._write(lambda run: deletes.documents(run, document_ids))

    def section_ids(self, document_ids: Sequence[str]) -> dict[str, list[str]]:
        found = self._read(lambda run: over_ids(run, statements.SECTION_IDS, document_ids))
        found.sort(key=lambda row: (row["order"], row["id"]))
        return grouped((row["document_id"], row["id"]) for row in found)

    def orphans(self, tag: str) -> dict[str, list[str]]:
        found = self._read(lambda run: run(statements.ORPHANED_SECTIONS, tag=tag))
        found.sort(key=lambda row: (row["order"], row["id"]))
        return grouped((row["document_id"], row["id"]) for row in found)

    def chunks(self, document_ids: Sequence[str], embedding_version: str) -> dict[str, list[Chunk]]:
        def work(run: Run) -> tuple[list[Row], list[Row]]:
            more = {"embedding_version": embedding_version}
            sections = over_ids(run, statements.SECTION_IDS, document_ids)
            return sections, over_ids(run, statements.CHUNKS_OF_DOCUMENTS, document_ids, **more)

        sections, found = self._read(work)
        places = {row["id"]: row["order"] for row in sections}
        found = [
            row for row in found if row["section_id"] in places
        ]  # a server may show a write between the two statements
        found.sort(key=lambda row: (places[row["section_id"]], row["section_id"], row["order"]))
        return grouped((row["document_id"], rows.chunk(row)) for row in found)

    def write_chunks(self, chunks: Sequence[Chunk], stale_ids: Sequence[str], ledger: Sequence[LedgerEntry]) -> None:
        def work(run: Run) -> None:
            write_chunks(run, chunks)
            deletes.nodes(run, "Chunk", stale_ids)
            write_ledger(run, ledger)

        if chunks or stale_ids or ledger:
            self._write(work)

    def links(self, tag: str) -> dict[str, list[tuple[str, str]]]:
        found = self._read(lambda run: run(statements.LINKS, tag=tag))
        return grouped(sorted((row["from_id"], (row["to_id"], row["anchor"])) for row in found))

    def link_targets(self, tag: str) -> list[tuple[str, str, str]]:
        found = self._read(lambda run: run(statements.LINK_TARGETS, tag=tag))
        return sorted((row["source_uri"], row["id"], row["links"]) for row in found)

    def link_anchors(self, tag: str) -> dict[str, tuple[str, frozenset[str]]]:
        def work(run: Run) -> tuple[list[Row], list[Row]]:
            return run(statements.ANCHORS, tag=tag), run(statements.DOCUMENTS, tag=tag)

        found, documents = self._read(work)
        anchors = grouped((row["document_id"], row["anchor"]) for row in found)
        return {row["source_uri"]: (row["id"], frozenset(anchors.get(row["id"], ())) - {""}) for row in documents}

    def write_links(self, add: Sequence[tuple[str, str, str]], remove: Sequence[tuple[str, str, str]]) -> None:
        def work(run: Run) -> None:
            over_rows(run, statements.delete_edges(rows.LINKS_TO), (rows.link_row(*link) for link in remove))
            over_rows(run, statements.create_edges(rows.LINKS_TO), (rows.link_row(*link) for link in add))

        if add or remove:
            self._write(work)

    def counts(self, tag: str | None = None) -> dict[str, dict[str, int]]:
        return self._read(lambda run: counts(run, tag))

    def export(self, label_or_type: str) -> Iterator[Row]:
        if label_or_type in NODES:
            found = self._read(lambda run: run(statements.all_nodes(label_or_type)))
            return iter(sorted(found, key=lambda row: row["id"]))
        if label_or_type in schema.TYPES:
            edges = schema.edges_of(label_or_type)
            pairs = self._read(lambda run: [(edge, run(statements.all_edges(edge))) for edge in edges])
            return iter([row for edge, found in pairs for row in rows.export_edges(edge, found)])
        raise ValueError(f"not in the graph's schema: {label_or_type}")


def counts(run: Run, tag: str | None) -> dict[str, dict[str, int]]:
    known, more = tag is not None, of_tag(tag)
    types = dict.fromkeys(schema.TYPES, 0)
    nodes = {label: number(run(statements.count_nodes(label, known), **more)) for label in NODES}
    for edge in EDGES.values():
        types[edge.type] += number(run(statements.count_edges(edge, known), **more))
    return {"nodes": nodes, "relationships": types}


def write_ledger(run: Run, entries: Iterable[LedgerEntry]) -> None:
    over_rows(run, statements.merge_ledger(), map(rows.ledger_row, entries))


def write_changes(run: Run, changes: Sequence[GraphChange]) -> None:
    """Edges are deleted before nodes and created after them, so that both ends always exist."""
    for edge in EDGES.values():
        over_rows(run, statements.delete_edges(edge), (r for c in changes for r in c.removed_edges.get(edge, ())))
    for label in NODES:
        deletes.nodes(run, label, [key for change in changes for key in change.removed_nodes.get(label, ())])
    for label in NODES:
        unique = {row["id"]: row for change in changes for row in change.nodes.get(label, ())}
        over_rows(run, statements.merge_nodes(label), unique.values())
    for edge in EDGES.values():
        over_rows(run, statements.update_edges(edge), (r for c in changes for r in c.update.get(edge, ())))
        over_rows(run, statements.create_edges(edge), (r for c in changes for r in c.create.get(edge, ())))


def write_chunks(run: Run, chunks: Sequence[Chunk]) -> None:
    """A chunk whose section is not stored: ValueError. It would be a vector without a source."""
    places = over_ids(run, statements.DOCUMENTS_OF_SECTIONS, {chunk.section_id for chunk in chunks})
    sections = {row["id"]: row for row in places}
    if missing := {chunk.section_id for chunk in chunks} - sections.keys():
        raise ValueError(f"chunks of sections that the graph does not hold: {', '.join(sorted(missing)[:5])}")
    known = {row["id"] for row in over_ids(run, statements.CHUNKS_WITH_SECTION, [chunk.id for chunk in chunks])}
    over_rows(
        run, statements.merge_nodes("Chunk"), (rows.chunk_row(chunk, sections[chunk.section_id]) for chunk in chunks)
    )
    edges = [rows.edge_row(HAS_CHUNK, chunk.section_id, chunk.id, {"order": chunk.order}) for chunk in chunks]
    over_rows(run, statements.update_edges(HAS_CHUNK), (edge for edge in edges if edge["to_id"] in known))
    over_rows(run, statements.create_edges(HAS_CHUNK), (edge for edge in edges if edge["to_id"] not in known))


def by_tag(changes: Iterable[GraphChange]) -> dict[str, dict[str, set[str]]]:
    """Tag -> label -> ids of entities that may have lost their last edge."""
    tags: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for change in changes:
        for label, ids in change.loosened.items():
            tags[change.tag][label] |= ids
    return tags


def grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    """Values by key, both in their given order."""
    groups: dict[K, list[V]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


def of_tag(tag: str | None) -> dict[str, str]:
    return {} if tag is None else {"tag": tag}


def number(found: list[Row]) -> int:
    """The result of a count statement; 0 where there is no database yet."""
    return int(found[0]["n"]) if found else 0
