"""The recipe and its fingerprints: all code versions and settings that affect the result of a document.

A fingerprint is a hash of asset, code version, parent output and settings. Raise a code version here when an asset
gives another output for the same input; later assets are repeated only for documents whose output changes. A setting
that does not affect the stored result does not belong in the recipe.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wekadocs_assets.core import ids
from wekadocs_assets.core.models import LedgerEntry, Vocabulary

PARSED, EXTRACTED, GRAPH = "parsed_documents", "extracted_entities", "document_graph"
EMBEDDED, POINTS = "section_embeddings", "vector_points"
PLAN, PLAN_VERSION = "source_documents", "plan"
"""The first asset. Its data version is constant, because a new plan does not make documents stale; fingerprints do."""
ASSETS = (PARSED, EXTRACTED, GRAPH, EMBEDDED, POINTS)
"""The partitioned assets, in the order of processing."""
CLEANUP, REPORT = "collection_cleanup", "ingest_report"
"""The unpartitioned assets that follow, once per ingest."""

CODE_VERSIONS = {PARSED: "1", EXTRACTED: "1", GRAPH: "1", EMBEDDED: "1", POINTS: "1"}


def index_name(store: str, embedding_version: str) -> str:
    """Returns the key of an index in LedgerEntry.vector_fingerprints. store: the engine's name."""
    return f"{store}/{embedding_version}"


@dataclass(frozen=True, slots=True)
class IndexId:
    """The points of one embedding_version in one vector store. store: the engine's name.

    store_id: a random id that was created with the version in the store. It is the readable first part of vector
    fingerprints, so that a ledger entry shows which store its points were written to. replica: it is in a replica store.
    """

    store: str
    embedding_version: str
    store_id: str
    replica: bool = False

    @property
    def name(self) -> str:
        """The key of the index in LedgerEntry.vector_fingerprints."""
        return index_name(self.store, self.embedding_version)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings and store ids that fingerprints depend on.

    vocabulary: its digest. artifact_store_id: the readable first part of parse fingerprints, because a replaced
    artifact store has no parse results. indexes: those that points are written to, the primary store's target first.
    """

    vocabulary: str
    artifact_store_id: str
    indexes: tuple[IndexId, ...]

    @property
    def embedding_version(self) -> str:
        """The target version."""
        return self.indexes[0].embedding_version

    @property
    def digest(self) -> str:
        """Hash of the recipe. Sensors retry a permanent failure only when this or the file's checksum has changed."""
        versions = (f"{asset}={version}" for asset, version in sorted(CODE_VERSIONS.items()))
        return ids.digest(self.vocabulary, self.embedding_version, *versions)

    def parse(self, source_uri: str, checksum: str) -> str:
        """Returns the fingerprint of parsed_documents. checksum: of the source file."""
        return f"{self.artifact_store_id}:{self._fingerprint(PARSED, source_uri, checksum)}"

    def extract(self, parse_output: str) -> str:
        """Returns the fingerprint of extracted_entities."""
        return self._fingerprint(EXTRACTED, self.vocabulary, parse_output)

    def graph(self, parse_output: str, extract_output: str) -> str:
        """Returns the fingerprint of document_graph."""
        return self._fingerprint(GRAPH, parse_output, extract_output)

    def embed(self, embedding_version: str, parse_output: str) -> str:
        """Returns the fingerprint of section_embeddings for one version."""
        return self._fingerprint(EMBEDDED, embedding_version, parse_output)

    def points(self, index: IndexId, parse_output: str) -> str:
        """Returns the fingerprint of vector_points for one index."""
        embed = self.embed(index.embedding_version, parse_output)
        return f"{index.store_id}:{self._fingerprint(POINTS, index.store, embed)}"

    def holds(self, index: IndexId, entry: LedgerEntry) -> bool:
        """Whether the index holds the current points of the document, as the ledger entry records it."""
        return entry.vector_fingerprints.get(index.name) == self.points(index, entry.parse_output)

    def is_current(self, entry: LedgerEntry, checksum: str, *, replicas: bool = True) -> bool:
        """Whether all fingerprints are current for this source checksum. replicas: check replica stores as well."""
        return (
            entry.parse_fingerprint == self.parse(entry.source_uri, checksum)
            and entry.extract_fingerprint == self.extract(entry.parse_output)
            and entry.graph_fingerprint == self.graph(entry.parse_output, entry.extract_output)
            and all(self.holds(index, entry) for index in self.indexes if replicas or not index.replica)
        )

    def _fingerprint(self, asset: str, *inputs: str) -> str:
        return ids.digest(asset, CODE_VERSIONS[asset], *inputs)


def has_points(index: IndexId, entry: LedgerEntry) -> bool:
    """Whether the entry records points in the present store. An unknown store id ('') matches every store."""
    counted = entry.vector_fingerprints.get(index.name, "")
    return bool(counted) and not is_of_another_store(counted, index.store_id)


def is_of_another_store(fingerprint: str, store_id: str) -> bool:
    """Whether the result was written to another store than the present one. An unknown store id ('') gives False."""
    return bool(fingerprint and store_id) and not fingerprint.startswith(f"{store_id}:")


def mark_stale(fingerprints: Mapping[str, str]) -> dict[str, str]:
    """Returns the fingerprints as stale ones; they are written before points change.

    Otherwise a document whose ingest was interrupted, and that was then edited back, would count as current although
    its points are incomplete.
    """
    return {name: stale_fingerprint(fingerprint) for name, fingerprint in fingerprints.items()}


def stale_fingerprint(fingerprint: str) -> str:
    """Keeps the store id only, which matches no current fingerprint; not empty, because the index may hold points."""
    return f"{fingerprint.partition(':')[0]}:"


def embeddings_of(embedding_version: str) -> str:
    """Returns the name of section_embeddings in the artifact store, one for each version."""
    return f"{EMBEDDED}/{embedding_version}"


def vocabulary_digest(vocabulary: Vocabulary) -> str:
    """Returns a hash of the vocabulary that ignores the order of its words."""
    return ids.digest(*sorted(vocabulary.programs), "|", *sorted(vocabulary.components))
