"""Ports to the outside systems of an ingest: source, artifacts, graph, reports, lock and partitions.

Adapters implement them, stages use them, and tests/contract runs one suite over every implementation. Add a port here when
the core needs another outside system. Vector stores and embedders are in vectors.py, reading the graph in graph_reader.py.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from wekadocs_assets.core.models import Chunk, Collection, GraphInfo, LedgerEntry, Scan, SourceFile

if TYPE_CHECKING:
    from wekadocs_assets.core.graph.builder import Subgraph
    from wekadocs_assets.core.graph.diff import GraphChange
    from wekadocs_assets.core.graph.rows import GraphRow
    from wekadocs_assets.core.ports.graph_reader import GraphReader


class Source(ABC):
    """The files below one collection's root."""

    @abstractmethod
    def scan(self, within: str = "") -> Scan:
        """All documents, or those at or below `within` (relative to the root). Missing root: ConfigurationError."""

    @abstractmethod
    def read(self, path: str) -> bytes:
        """The content of one file. Missing, unreadable or outside the root: BadDocument."""

    @abstractmethod
    def unmark(self, files: Sequence[SourceFile]) -> None:
        """Deletes the `.ready` markers of these files; a marker is kept when its file has changed since it was scanned."""


@dataclass(frozen=True, slots=True)
class ArtifactHeader:
    """fingerprint: of the inputs; output: hash of the result, which is the input of the next stage."""

    fingerprint: str
    output: str


class ArtifactStore(ABC):
    """Parse results, extractions and embeddings: one blob per asset and partition key, replaced atomically."""

    @abstractmethod
    def store_id(self) -> str:
        """A random id, created with the store."""

    @abstractmethod
    def headers(self, asset: str, keys: Sequence[str]) -> dict[str, ArtifactHeader]:
        """Headers by key; absent and damaged artifacts are left out."""

    @abstractmethod
    def absent(self, asset: str, keys: Sequence[str]) -> list[str]:
        """Keys without an artifact, from one listing; empty for stores that would need one request per key."""

    @abstractmethod
    def read(self, asset: str, key: str) -> bytes:
        """The body. Absent or damaged: KeyError."""

    @abstractmethod
    def write(self, asset: str, key: str, header: ArtifactHeader, body: bytes) -> None: ...

    @abstractmethod
    def delete(self, asset: str, keys: Sequence[str]) -> None:
        """Absent keys are ignored."""


class GraphStore(ABC):
    """Documents, sections, entities and chunks as a property graph; the Document node is the ledger.

    Every method is one transaction. `read` and `apply` leave LINKS_TO, HAS_CHUNK and Chunk nodes to their own methods.
    """

    @abstractmethod
    def open(self) -> GraphInfo:
        """Creates the schema in an empty database. Nodes with the schema's labels but no schema node: ConfigurationError."""

    @abstractmethod
    def stored(self) -> GraphInfo | None:
        """What `open` returns, without creating anything; None for a database without the schema."""

    @abstractmethod
    def reader(self) -> GraphReader:
        """Read-only queries on the same graph."""

    @abstractmethod
    def hold(self, tags: Sequence[str], owner: str) -> AbstractContextManager[None]:
        """Holds the leases of these collections (servers only; re-entrant in a process). Taken or lost: StoreBusy."""

    @abstractmethod
    def check_held(self) -> None:
        """Raises StoreBusy when this process has lost a lease; called before writes to other stores."""

    @abstractmethod
    def activate(self, embedding_version: str, embedded_by: str) -> None:
        """Makes this the active index. embedded_by: the settings that make its vectors, as JSON."""

    @abstractmethod
    def collections(self) -> list[Collection]: ...

    @abstractmethod
    def save_collection(self, collection: Collection) -> None: ...

    @abstractmethod
    def ledger(self, tag: str | None = None) -> list[LedgerEntry]:
        """All entries of the tag (None: of all tags), sorted by tag and source_uri."""

    @abstractmethod
    def entries(self, document_ids: Sequence[str]) -> dict[str, LedgerEntry]:
        """Entries by document id; unknown ids are left out."""

    @abstractmethod
    def write_ledger(self, entries: Sequence[LedgerEntry]) -> None:
        """Upserts the ledger properties of Document nodes; creates the node of a document that has only failed so far."""

    @abstractmethod
    def read(self, document_ids: Sequence[str]) -> dict[str, Subgraph]:
        """The stored Subgraph by document id, without ledger properties; unknown ids are left out."""

    @abstractmethod
    def apply(self, changes: Sequence[GraphChange], ledger: Sequence[LedgerEntry]) -> None:
        """Writes changes and ledger entries, then deletes shared entities that have lost their last edge."""

    @abstractmethod
    def delete_sections(self, section_ids: Sequence[str]) -> None:
        """Deletes sections with their chunks, placed entities and edges, then shared entities without edges."""

    @abstractmethod
    def section_ids(self, document_ids: Sequence[str]) -> dict[str, list[str]]:
        """Ids of all stored sections by document, including stale ones, which only delete_sections deletes."""

    @abstractmethod
    def orphans(self, tag: str) -> dict[str, list[str]]:
        """Ids of sections by document id whose Document node is missing (deleted by hand)."""

    @abstractmethod
    def chunks(self, document_ids: Sequence[str], embedding_version: str) -> dict[str, list[Chunk]]:
        """Chunk nodes of the version by document, in order; documents without chunks are left out."""

    @abstractmethod
    def write_chunks(self, chunks: Sequence[Chunk], stale_ids: Sequence[str], ledger: Sequence[LedgerEntry]) -> None:
        """Upserts Chunk nodes with their HAS_CHUNK edges, deletes the stale ones, writes the ledger entries."""

    @abstractmethod
    def links(self, tag: str) -> dict[str, list[tuple[str, str]]]:
        """LINKS_TO by section id: sorted (target document id, anchor)."""

    @abstractmethod
    def link_targets(self, tag: str) -> list[tuple[str, str, str]]:
        """(source_uri, section id, raw targets as a JSON list) of every section that has link targets."""

    @abstractmethod
    def link_anchors(self, tag: str) -> dict[str, tuple[str, frozenset[str]]]:
        """Possible targets: source_uri -> (document id, anchors of its sections), for documents with sections in the graph."""

    @abstractmethod
    def write_links(self, add: Sequence[tuple[str, str, str]], remove: Sequence[tuple[str, str, str]]) -> None:
        """Creates and deletes LINKS_TO edges, given as (section id, document id, anchor)."""

    @abstractmethod
    def purge(self, document_ids: Sequence[str]) -> None:
        """Deletes documents with sections, chunks, placed entities and edges, then shared entities without edges."""

    @abstractmethod
    def counts(self, tag: str | None = None) -> dict[str, dict[str, int]]:
        """{'nodes': {label: n}, 'relationships': {type: n}}, without documents that have only failed."""

    @abstractmethod
    def export(self, label_or_type: str) -> Iterator[GraphRow]:
        """All rows of a node label, or of a relationship type (with from_label, from, to_label, to), sorted by key."""


class Reports(ABC):
    """The folder of reports by ingest and by job."""

    @abstractmethod
    def write(self, name: str, content: bytes) -> None:
        """Writes atomically and creates parent folders. name: relative path."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """Absent: KeyError."""

    @abstractmethod
    def names(self) -> list[str]:
        """All file names in the folder, sorted, including files that are not reports; empty for a missing folder."""

    @abstractmethod
    def place(self, name: str) -> str:
        """The path or URL to show to a user."""


class Lock(ABC):
    """Readers-writer lock for embedded stores, which allow one writing process; does nothing for servers.

    Both holds are re-entrant, and reading within writing is allowed; writing within reading is an error."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[None]: ...

    @abstractmethod
    def writing(self) -> AbstractContextManager[None]: ...

    @abstractmethod
    def keeping(self) -> AbstractContextManager[None]:
        """Within the block a reading hold that ends is kept until this process writes or another process waits for the lock.

        Embedded stores then stay open between two reads; opening one costs as much as a hundred reads. Not for a process
        that waits for a writing child within the block.
        """

    @abstractmethod
    def on_release(self, callback: Callable[[], None]) -> None:
        """Calls back once, just before this process releases the lock; stores close themselves there."""

    @abstractmethod
    def is_wanted(self) -> bool:
        """Whether another process is waiting for the lock; returns at once."""


class Partitions(Protocol):
    """Records of documents outside the stores, by partition key (Dagster's partitions).

    They are deleted before the ledger entry, because the keys come from the ledger. Implemented in defs/partitions.py.
    """

    def of(self, tag: str) -> Sequence[str]:
        """Partition keys of the collection's documents."""

    def forget(self, keys: Sequence[str]) -> None:
        """Deletes the records of these partition keys."""
