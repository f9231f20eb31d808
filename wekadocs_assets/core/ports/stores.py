"""Every outside thing as an abstract class: adapters implement them, stages use them, tests run one suite over each.

Vector stores and models stand in vector_ports.py, what answers need of the graph in search/graph_reader.py.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wekadocs_assets.core.models import Chunk, Collection, GraphInfo, LedgerEntry, Scan, SourceFile

if TYPE_CHECKING:
    from wekadocs_assets.core.graph.builder import Subgraph
    from wekadocs_assets.core.graph.diff import GraphChange
    from wekadocs_assets.core.graph.rows import GraphRow
    from wekadocs_assets.core.ports.graph_reader import GraphReader


class Source(ABC):
    """The documents of one collection's root."""

    @abstractmethod
    def scan(self, within: str = "") -> Scan:
        """All documents, or those below `within` (a file or folder, relative). A missing root: ConfigurationError."""

    @abstractmethod
    def read(self, path: str) -> bytes:
        """The bytes of one file. Gone, unreadable or outside the root: BadDocument."""

    @abstractmethod
    def unmark(self, files: Sequence[SourceFile]) -> None:
        """Takes away the `.ready` markers of these files as they were seen; one whose file was written since stays."""


@dataclass(frozen=True, slots=True)
class ArtifactHeader:
    """What is known of an artifact without reading its body. output: hash of what it holds (early cut-off)."""

    fingerprint: str
    output: str


class ArtifactStore(ABC):
    """Parse results, extractions and embeddings: one blob an asset and partition, replaced atomically."""

    @abstractmethod
    def store_id(self) -> str:
        """The random id made when the store was created."""

    @abstractmethod
    def headers(self, asset: str, keys: Sequence[str]) -> dict[str, ArtifactHeader]:
        """Headers of those that exist; a damaged one counts as absent."""

    @abstractmethod
    def absent(self, asset: str, keys: Sequence[str]) -> list[str]:
        """Those that are not there, by one listing; none where that would cost a request for each."""

    @abstractmethod
    def read(self, asset: str, key: str) -> bytes:
        """The body. Absent or damaged: KeyError."""

    @abstractmethod
    def write(self, asset: str, key: str, header: ArtifactHeader, body: bytes) -> None: ...

    @abstractmethod
    def delete(self, asset: str, keys: Sequence[str]) -> None:
        """Absent ones are no error."""


class GraphStore(ABC):
    """Documents, sections, entities and chunks as a property graph; the Document node is the ledger.

    Every method is one transaction. `read` and `apply` leave LINKS_TO, HAS_CHUNK and Chunk nodes to their own methods.
    """

    @abstractmethod
    def open(self) -> GraphInfo:
        """Creates the schema where the database is empty. Nodes of ours without our singleton: ConfigurationError."""

    @abstractmethod
    def reader(self) -> GraphReader:
        """The same graph, for those that only ask."""

    @abstractmethod
    def hold(self, tags: Sequence[str], owner: str) -> AbstractContextManager[None]:
        """A lease where workers share the graph, re-entrant in a process. Another's after a while, or lost: StoreBusy."""

    @abstractmethod
    def check_held(self) -> None:
        """StoreBusy where a lease of this process was lost; asked before other stores are written to."""

    @abstractmethod
    def activate(self, embedding_version: str, embedded_by: str) -> None:
        """From now on searches and drift go by the vectors of this version; embedded_by: the settings that make it."""

    @abstractmethod
    def collections(self) -> list[Collection]: ...

    @abstractmethod
    def save_collection(self, collection: Collection) -> None: ...

    @abstractmethod
    def ledger(self, tag: str | None = None) -> list[LedgerEntry]:
        """Every entry of the tag (None: of all), sorted by tag and source_uri."""

    @abstractmethod
    def entries(self, document_ids: Sequence[str]) -> dict[str, LedgerEntry]:
        """The entries of these documents by id; absent documents are absent."""

    @abstractmethod
    def write_ledger(self, entries: Sequence[LedgerEntry]) -> None:
        """Upserts the ledger part of Document nodes, creating absent ones (a document that only failed)."""

    @abstractmethod
    def read(self, document_ids: Sequence[str]) -> dict[str, Subgraph]:
        """What is stored of each document (its node without ledger fields); absent documents are absent."""

    @abstractmethod
    def apply(self, changes: Sequence[GraphChange], ledger: Sequence[LedgerEntry]) -> None:
        """Carries out the changes and writes the ledger entries, then drops shared entities that lost their last edge."""

    @abstractmethod
    def delete_sections(self, section_ids: Sequence[str]) -> None:
        """Sections with their chunks, placed entities and all their edges, then entities that nothing reaches."""

    @abstractmethod
    def section_ids(self, document_ids: Sequence[str]) -> dict[str, list[str]]:
        """Ids of all stored sections by document, superseded ones included: `apply` leaves those to delete_sections."""

    @abstractmethod
    def orphans(self, tag: str) -> dict[str, list[str]]:
        """Ids of sections, by their document, that hang on no Document node: somebody deleted it by hand."""

    @abstractmethod
    def chunks(self, document_ids: Sequence[str], embedding_version: str) -> dict[str, list[Chunk]]:
        """Chunk nodes of the version by document, in order; documents without any are absent."""

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
        """Where links can lead: source_uri -> (document id, anchors of its sections), documents in the graph alone."""

    @abstractmethod
    def write_links(self, add: Sequence[tuple[str, str, str]], remove: Sequence[tuple[str, str, str]]) -> None:
        """Edges as (section id, document id, anchor)."""

    @abstractmethod
    def purge(self, document_ids: Sequence[str]) -> None:
        """Document nodes with their sections, chunks, placed entities and edges, then entities that nothing reaches."""

    @abstractmethod
    def counts(self, tag: str | None = None) -> dict[str, dict[str, int]]:
        """{'nodes': {label: n}, 'relationships': {type: n}} of the whole schema; documents that only failed left out."""

    @abstractmethod
    def export(self, label_or_type: str) -> Iterator[GraphRow]:
        """All rows of a node label, or of a relationship type (with from_label, from, to_label, to), sorted by key."""


class Reports(ABC):
    """The folder that people read: reports by ingest and by job."""

    @abstractmethod
    def write(self, name: str, content: bytes) -> None:
        """Atomically; name is relative, folders are made."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """Absent: KeyError."""

    @abstractmethod
    def names(self) -> list[str]:
        """Every name that can be read, sorted; whatever else lies in the folder is among them. A folder not there: none."""

    @abstractmethod
    def place(self, name: str) -> str:
        """Where a person finds it."""


class Lock(ABC):
    """Access to stores that allow one writing process; on servers both are free.

    Both holds are re-entrant, reading within writing included; writing within reading is an error."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[None]: ...

    @abstractmethod
    def writing(self) -> AbstractContextManager[None]: ...

    @abstractmethod
    def on_release(self, callback: Callable[[], None]) -> None:
        """Calls back once, just before this process lets go of its outermost hold (stores close themselves there)."""

    @abstractmethod
    def is_wanted(self) -> bool:
        """Whether somebody waits to get in; asked by those that hold it longer than their work needs. Never waits."""
