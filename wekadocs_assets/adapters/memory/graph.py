"""A simple in-memory GraphStore. Contract tests compare the other stores with it, so clarity comes before speed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from wekadocs_assets.adapters.memory.reader import InMemoryReader, Row
from wekadocs_assets.core.graph import rows, schema
from wekadocs_assets.core.graph.builder import Subgraph
from wekadocs_assets.core.graph.diff import GraphChange
from wekadocs_assets.core.graph.schema import EDGES, NODES, EdgeType
from wekadocs_assets.core.models import PLACED_KINDS, SHARED_KINDS, Chunk, Collection, GraphInfo, LedgerEntry
from wekadocs_assets.core.ports.graph_reader import GraphReader
from wekadocs_assets.core.ports.stores import GraphStore

HAS_CHUNK = EDGES["HAS_CHUNK", "Section", "Chunk"]
HAS_SECTION = ("HAS_SECTION", "Document", "Section")
SUBGRAPH_EDGES = {(edge.type, edge.from_label, edge.to_label) for edge in schema.OF_DOCUMENT}
"""Names of the edges that a document's Subgraph holds."""


class InMemoryGraph(GraphStore):
    """Not thread-safe; the content ends with the process."""

    def __init__(self) -> None:
        self._info = GraphInfo(uuid.uuid4().hex, schema.SCHEMA_VERSION)
        self._all = Subgraph()
        self._ledger: dict[str, LedgerEntry] = {}
        self._collections: dict[str, Collection] = {}

    def open(self) -> GraphInfo:
        return self._info

    def stored(self) -> GraphInfo | None:
        return self._info

    def hold(self, tags: Sequence[str], owner: str) -> AbstractContextManager[None]:
        return nullcontext()

    def check_held(self) -> None:
        pass

    def reader(self) -> GraphReader:
        return InMemoryReader(self._nodes, self._edges)

    def activate(self, embedding_version: str, embedded_by: str) -> None:
        self._info = replace(self._info, embedding_version=embedding_version, embedded_by=embedded_by)

    def collections(self) -> list[Collection]:
        return [self._collections[tag] for tag in sorted(self._collections)]

    def save_collection(self, collection: Collection) -> None:
        self._collections[collection.tag] = collection

    def ledger(self, tag: str | None = None) -> list[LedgerEntry]:
        found = (entry for entry in self._ledger.values() if tag in (None, entry.tag))
        return sorted(found, key=lambda entry: (entry.tag, entry.source_uri))

    def entries(self, document_ids: Sequence[str]) -> dict[str, LedgerEntry]:
        return {key: self._ledger[key] for key in document_ids if key in self._ledger}

    def write_ledger(self, entries: Sequence[LedgerEntry]) -> None:
        self._ledger.update({entry.document_id: entry for entry in entries})

    def read(self, document_ids: Sequence[str]) -> dict[str, Subgraph]:
        known = self._nodes("Document").keys() & set(document_ids)
        return {key: self._subgraph(key) for key in sorted(known)}

    def apply(self, changes: Sequence[GraphChange], ledger: Sequence[LedgerEntry]) -> None:
        for change in changes:
            for edge, gone in change.removed_edges.items():
                self._drop_edges(edge, gone)
            self._drop_nodes({(label, key) for label, ids in change.removed_nodes.items() for key in ids})
        for change in changes:
            for label, upserts in change.nodes.items():
                for row in upserts:
                    self._all.add_node(label, dict(row))
            for edge, written in (*change.update.items(), *change.create.items()):
                for row in written:
                    self._all.add_edge(edge, dict(row))
        self.write_ledger(ledger)
        self._drop_unreached_entities()

    def delete_sections(self, section_ids: Sequence[str]) -> None:
        gone = set(section_ids)
        for edge, _, row in self._all.all_edges():
            if row.get("derived_from_section_id") in gone:
                self._drop_edges(edge, [row])
        placed = {
            (label, key)
            for label in (*PLACED_KINDS, "Chunk")
            for key, row in self._nodes(label).items()
            if row["section_id"] in gone
        }
        self._drop_nodes(placed | {("Section", key) for key in gone})
        self._drop_unreached_entities()

    def section_ids(self, document_ids: Sequence[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for row in self._sections(set(document_ids)):
            found.setdefault(row["document_id"], []).append(row["id"])
        return found

    def orphans(self, tag: str) -> dict[str, list[str]]:
        attached = {section for _, section in self._all.edges.get(HAS_SECTION, {})}
        found: dict[str, list[str]] = {}
        for row in sorted(self._nodes("Section").values(), key=lambda row: (row["order"], row["id"])):
            if row["tag"] == tag and row["id"] not in attached:
                found.setdefault(row["document_id"], []).append(row["id"])
        return found

    def chunks(self, document_ids: Sequence[str], embedding_version: str) -> dict[str, list[Chunk]]:
        found: dict[str, list[Chunk]] = {}
        for section in self._sections(set(document_ids)):
            of_section = [row for row in self._nodes("Chunk").values() if row["section_id"] == section["id"]]
            for row in sorted(of_section, key=lambda row: row["order"]):
                if row["embedding_version"] == embedding_version:
                    found.setdefault(section["document_id"], []).append(rows.chunk(row))
        return found

    def write_chunks(self, chunks: Sequence[Chunk], stale_ids: Sequence[str], ledger: Sequence[LedgerEntry]) -> None:
        if missing := {chunk.section_id for chunk in chunks} - self._nodes("Section").keys():
            raise ValueError(f"chunks of sections that the graph does not hold: {', '.join(sorted(missing)[:5])}")
        for chunk in chunks:
            self._all.add_node("Chunk", rows.chunk_row(chunk, self._nodes("Section")[chunk.section_id]))
            self._all.add_edge(HAS_CHUNK, rows.edge_row(HAS_CHUNK, chunk.section_id, chunk.id, {"order": chunk.order}))
        self._drop_nodes({("Chunk", key) for key in stale_ids})
        self.write_ledger(ledger)

    def links(self, tag: str) -> dict[str, list[tuple[str, str]]]:
        found: dict[str, list[tuple[str, str]]] = {}
        for row in self._edges(rows.LINKS_TO, tag):
            found.setdefault(row["from_id"], []).append((row["to_id"], row["anchor"]))
        return {key: sorted(found[key]) for key in sorted(found)}

    def link_targets(self, tag: str) -> list[tuple[str, str, str]]:
        documents = {key: row["source_uri"] for key, row in self._nodes("Document").items()}
        return sorted(
            (documents[row["document_id"]], row["id"], row["links"])
            for row in self._sections(set(documents))
            if row["tag"] == tag and row["links"] != "[]"
        )

    def link_anchors(self, tag: str) -> dict[str, tuple[str, frozenset[str]]]:
        return {
            row["source_uri"]: (key, frozenset(s["anchor"] for s in self._sections({key})) - {""})
            for key, row in self._nodes("Document").items()
            if row["tag"] == tag
        }

    def write_links(self, add: Sequence[tuple[str, str, str]], remove: Sequence[tuple[str, str, str]]) -> None:
        self._drop_edges(rows.LINKS_TO, [rows.link_row(*link) for link in remove])
        for link in add:
            self._all.add_edge(rows.LINKS_TO, rows.link_row(*link))

    def purge(self, document_ids: Sequence[str]) -> None:
        self.delete_sections([row["id"] for row in self._sections(set(document_ids))])
        self._drop_nodes({("Document", key) for key in document_ids})
        for key in document_ids:
            self._ledger.pop(key, None)

    def counts(self, tag: str | None = None) -> dict[str, dict[str, int]]:
        nodes = {label: len([row for row in self._rows(label) if tag in (None, row["tag"])]) for label in NODES}
        nodes["Document"] = len([row for row in self._nodes("Document").values() if tag in (None, row["tag"])])
        types = dict.fromkeys(schema.TYPES, 0)
        for edge in EDGES.values():
            types[edge.type] += len(self._edges(edge, tag))
        return {"nodes": nodes, "relationships": types}

    def export(self, label_or_type: str) -> Iterator[Row]:
        if label_or_type in NODES:
            return iter(sorted(self._rows(label_or_type), key=lambda row: row["id"]))
        if label_or_type in schema.TYPES:
            pairs = schema.edges_of(label_or_type)
            return iter([row for edge in pairs for row in rows.export_edges(edge, self._edges(edge, None))])
        raise ValueError(f"not in the graph's schema: {label_or_type}")

    def _rows(self, label: str) -> list[Row]:
        """Rows of a label as `export` returns them."""
        if label == schema.SINGLETON:
            return [rows.singleton_row(self._info)]
        if label == "Collection":
            return [rows.collection_row(collection) for collection in self._collections.values()]
        if label == "Document":
            return [self._document_row(key) for key in self._ledger.keys() | self._nodes(label).keys()]
        return [dict(row) for row in self._nodes(label).values()]

    def _document_row(self, key: str) -> Row:
        """The document's properties and its ledger, as an engine's Document node holds them."""
        facts = self._nodes("Document").get(key, {})
        entry = self._ledger.get(key)
        return rows.typed(NODES["Document"].columns, {**(rows.ledger_row(entry) if entry else {}), **facts})

    def _nodes(self, label: str) -> dict[str, Row]:
        return self._all.nodes.get(label, {})

    def _edges(self, edge: EdgeType, tag: str | None) -> list[Row]:
        start = self._nodes(edge.from_label)
        found = self._all.edges.get((edge.type, edge.from_label, edge.to_label), {}).values()
        return [dict(row) for row in found if tag in (None, start[str(row["from_id"])]["tag"])]

    def _sections(self, document_ids: set[str]) -> list[Row]:
        edges = self._all.edges.get(HAS_SECTION, {}).values()
        found: list[Row] = [row for row in edges if row["from_id"] in document_ids]
        attached = sorted((row["from_id"], row["order"], row["to_id"]) for row in found)
        return [self._nodes("Section")[section] for _, _, section in attached]

    def _subgraph(self, document_id: str) -> Subgraph:
        part = Subgraph()
        part.add_node("Document", dict(self._nodes("Document")[document_id]))
        own = {row["id"] for row in self._sections({document_id})}
        for edge, _, row in self._all.all_edges():
            origin = row.get("derived_from_section_id", row["from_id"])
            if (edge.type, edge.from_label, edge.to_label) in SUBGRAPH_EDGES and origin in own | {document_id}:
                part.add_edge(edge, dict(row))
                for label, key in ((edge.from_label, str(row["from_id"])), (edge.to_label, str(row["to_id"]))):
                    part.add_node(label, dict(self._nodes(label)[key]))
        return part

    def _drop_edges(self, edge: EdgeType, gone: Iterable[Row]) -> None:
        keys = {rows.edge_key(edge, row) for row in gone}
        self._keep_edges(lambda other, row: other != edge or rows.edge_key(edge, row) not in keys)

    def _drop_nodes(self, gone: set[tuple[str, str]]) -> None:
        for label, key in gone:
            self._nodes(label).pop(key, None)
        self._keep_edges(
            lambda edge, row: not {(edge.from_label, row["from_id"]), (edge.to_label, row["to_id"])} & gone
        )

    def _keep_edges(self, wanted: Callable[[EdgeType, Row], bool]) -> None:
        for name, edges in self._all.edges.items():
            self._all.edges[name] = {key: row for key, row in edges.items() if wanted(EDGES[name], row)}

    def _drop_unreached_entities(self) -> None:
        """Deletes shared entities without an edge."""
        reached = {
            end
            for edge, _, row in self._all.all_edges()
            for end in ((edge.from_label, row["from_id"]), (edge.to_label, row["to_id"]))
        }
        everything = {(label, key) for label in SHARED_KINDS for key in self._nodes(label)}
        self._drop_nodes(everything - reached)
