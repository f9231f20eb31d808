"""The graph store in Cypher, whatever engine runs it: which of the shared statements each method of the port needs.

An engine's adapter adds how a statement is run, what a transaction is and how the store is opened.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager

from wekadocs_assets.adapters import cypher_deletes, cypher_reads
from wekadocs_assets.adapters.cypher_batches import Run, over_ids, over_rows
from wekadocs_assets.core.graph import rows, schema, statements
from wekadocs_assets.core.graph.builder import Subgraph
from wekadocs_assets.core.graph.diff import GraphChange
from wekadocs_assets.core.graph.schema import EDGES, NODES
from wekadocs_assets.core.models import Chunk, Collection, LedgerEntry
from wekadocs_assets.core.ports import GraphStore, Row

HAS_CHUNK = EDGES["HAS_CHUNK", "Section", "Chunk"]


class CypherGraph(GraphStore):
    """All of the port but `open`."""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Run]:
        """A view that no writer changes; without a database every statement gives no rows."""

    @abstractmethod
    def _writing(self) -> AbstractContextManager[Run]:
        """One transaction: committed at the end, rolled back on the first error."""

    def activate(self, embedding_version: str) -> None:
        with self._writing() as run:
            (stored,) = run(statements.nodes_by_id(schema.SINGLETON), ids=[schema.SINGLETON_ID])
            run(statements.merge_nodes(schema.SINGLETON), rows=[{**stored, "embedding_version": embedding_version}])

    def collections(self) -> list[Collection]:
        with self._reading() as run:
            found = run(statements.all_nodes("Collection"))
        return sorted((rows.collection(row) for row in found), key=lambda collection: collection.tag)

    def save_collection(self, collection: Collection) -> None:
        with self._writing() as run:
            run(statements.merge_nodes("Collection"), rows=[rows.collection_row(collection)])

    def ledger(self, tag: str | None = None) -> list[LedgerEntry]:
        with self._reading() as run:
            found = run(statements.ledger(tag is not None), **of_tag(tag))
        found.sort(key=lambda row: (row["tag"], row["source_uri"]))
        return [rows.ledger_entry(row) for row in found]

    def write_ledger(self, entries: Sequence[LedgerEntry]) -> None:
        if entries:
            with self._writing() as run:
                write_ledger(run, entries)

    def read(self, document_ids: Sequence[str]) -> dict[str, Subgraph]:
        with self._reading() as run:
            return cypher_reads.subgraphs(run, document_ids)

    def apply(self, changes: Sequence[GraphChange], ledger: Sequence[LedgerEntry]) -> None:
        wanted = [change for change in changes if not change.empty]
        if wanted or ledger:
            with self._writing() as run:
                write_changes(run, wanted)
                write_ledger(run, ledger)
                for tag, loosened in by_tag(wanted).items():
                    cypher_deletes.unreached(run, tag, loosened)

    def delete_sections(self, section_ids: Sequence[str]) -> None:
        if section_ids:
            with self._writing() as run:
                cypher_deletes.sections(run, section_ids)

    def purge(self, document_ids: Sequence[str]) -> None:
        if document_ids:
            with self._writing() as run:
                cypher_deletes.documents(run, document_ids)

    def section_ids(self, document_ids: Sequence[str]) -> dict[str, list[str]]:
        with self._reading() as run:
            found = over_ids(run, statements.SECTION_IDS, document_ids)
        found.sort(key=lambda row: (row["order"], row["id"]))
        return grouped((row["document_id"], row["id"]) for row in found)

    def chunks(self, document_ids: Sequence[str], embedding_version: str) -> dict[str, list[Chunk]]:
        with self._reading() as run:
            places = {row["id"]: row["order"] for row in over_ids(run, statements.SECTION_IDS, document_ids)}
            found = over_ids(run, statements.CHUNKS_OF_DOCUMENTS, document_ids, embedding_version=embedding_version)
        found.sort(key=lambda row: (places[row["section_id"]], row["section_id"], row["order"]))
        return grouped((row["document_id"], rows.chunk(row)) for row in found)

    def write_chunks(self, chunks: Sequence[Chunk], stale_ids: Sequence[str], ledger: Sequence[LedgerEntry]) -> None:
        if chunks or stale_ids or ledger:
            with self._writing() as run:
                write_chunks(run, chunks)
                cypher_deletes.nodes(run, "Chunk", stale_ids)
                write_ledger(run, ledger)

    def links(self, tag: str) -> dict[str, list[tuple[str, str]]]:
        with self._reading() as run:
            found = run(statements.LINKS, tag=tag)
        return grouped(sorted((row["from_id"], (row["to_id"], row["anchor"])) for row in found))

    def link_targets(self, tag: str) -> list[tuple[str, str, str]]:
        with self._reading() as run:
            found = run(statements.LINK_TARGETS, tag=tag)
        return sorted((row["source_uri"], row["id"], row["links"]) for row in found)

    def link_anchors(self, tag: str) -> dict[str, tuple[str, frozenset[str]]]:
        with self._reading() as run:
            anchors = grouped((row["document_id"], row["anchor"]) for row in run(statements.ANCHORS, tag=tag))
            documents = run(statements.DOCUMENTS, tag=tag)
        return {row["source_uri"]: (row["id"], frozenset(anchors.get(row["id"], ())) - {""}) for row in documents}

    def write_links(self, add: Sequence[tuple[str, str, str]], remove: Sequence[tuple[str, str, str]]) -> None:
        if add or remove:
            with self._writing() as run:
                over_rows(run, statements.delete_edges(rows.LINKS_TO), (rows.link_row(*link) for link in remove))
                over_rows(run, statements.create_edges(rows.LINKS_TO), (rows.link_row(*link) for link in add))

    def counts(self, tag: str | None = None) -> dict[str, dict[str, int]]:
        known, more = tag is not None, of_tag(tag)
        types = dict.fromkeys(schema.TYPES, 0)
        with self._reading() as run:
            nodes = {label: number(run(statements.count_nodes(label, known), **more)) for label in NODES}
            for edge in EDGES.values():
                types[edge.type] += number(run(statements.count_edges(edge, known), **more))
        return {"nodes": nodes, "relationships": types}

    def export(self, label_or_type: str) -> Iterator[Row]:
        with self._reading() as run:
            if label_or_type in NODES:
                found = run(statements.all_nodes(label_or_type))
                return iter(sorted(found, key=lambda row: row["id"]))
            if label_or_type in schema.TYPES:
                edges = schema.edges_of(label_or_type)
                return iter([row for edge in edges for row in rows.export_edges(edge, run(statements.all_edges(edge)))])
        raise ValueError(f"not in the graph's schema: {label_or_type}")


def write_ledger(run: Run, entries: Iterable[LedgerEntry]) -> None:
    over_rows(run, statements.merge_ledger(), map(rows.ledger_row, entries))


def write_changes(run: Run, changes: Sequence[GraphChange]) -> None:
    """Edges go first and come last, so that none is ever without its ends."""
    for edge in EDGES.values():
        over_rows(run, statements.delete_edges(edge), (r for c in changes for r in c.remove.get(edge, ())))
    for label in NODES:
        cypher_deletes.nodes(run, label, [key for change in changes for key in change.drop.get(label, ())])
    for label in NODES:
        unique = {row["id"]: row for change in changes for row in change.nodes.get(label, ())}
        over_rows(run, statements.merge_nodes(label), unique.values())
    for edge in EDGES.values():
        over_rows(run, statements.update_edges(edge), (r for c in changes for r in c.update.get(edge, ())))
        over_rows(run, statements.create_edges(edge), (r for c in changes for r in c.create.get(edge, ())))


def write_chunks(run: Run, chunks: Sequence[Chunk]) -> None:
    """A chunk whose section is not stored is an error of the caller: it would be a vector without a source."""
    places = over_ids(run, statements.PLACES_OF_SECTIONS, {chunk.section_id for chunk in chunks})
    sections = {row["id"]: row for row in places}
    if lost := {chunk.section_id for chunk in chunks} - sections.keys():
        raise ValueError(f"chunks of sections that the graph does not hold: {', '.join(sorted(lost)[:5])}")
    known = {row["id"] for row in over_ids(run, statements.tags("Chunk"), [chunk.id for chunk in chunks])}
    over_rows(
        run, statements.merge_nodes("Chunk"), (rows.chunk_row(chunk, sections[chunk.section_id]) for chunk in chunks)
    )
    edges = [rows.edge_row(HAS_CHUNK, chunk.section_id, chunk.id, {"order": chunk.order}) for chunk in chunks]
    over_rows(run, statements.update_edges(HAS_CHUNK), (edge for edge in edges if edge["to_id"] in known))
    over_rows(run, statements.create_edges(HAS_CHUNK), (edge for edge in edges if edge["to_id"] not in known))


def by_tag(changes: Iterable[GraphChange]) -> dict[str, dict[str, set[str]]]:
    """Entities that may have lost their last edge, by tag and label."""
    tags: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for change in changes:
        for label, ids in change.loosened.items():
            tags[change.tag][label] |= ids
    return tags


def grouped(pairs: Iterable[tuple]) -> dict:
    """Values by key, both in the order in which they come."""
    groups: dict = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


def of_tag(tag: str | None) -> dict[str, str]:
    return {} if tag is None else {"tag": tag}


def number(found: list[Row]) -> int:
    """Of a count's one row; none where there is no database yet."""
    return int(found[0]["n"]) if found else 0
