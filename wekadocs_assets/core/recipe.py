"""The pipeline's recipe and its fingerprints: what must be equal for an effect to be current.

A fingerprint is H(asset, code version, parent's output, the settings that matter). Raise a code version when the same
input gives another output: only documents whose output really changes are redone below it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wekadocs_assets.core import ids
from wekadocs_assets.core.models import LedgerEntry, Vocabulary

PARSED, EXTRACTED, GRAPH = "parsed_documents", "extracted_entities", "document_graph"
EMBEDDED, POINTS = "section_embeddings", "vector_points"
PLAN, PLAN_VERSION = "source_documents", "plan"
"""The asset above them all. Its data version never changes: fingerprints say what is stale, not that a plan was made."""
ASSETS = (PARSED, EXTRACTED, GRAPH, EMBEDDED, POINTS)
"""The partitioned assets in the order in which a document's data flows."""
CLEANUP, REPORT = "collection_cleanup", "ingest_report"
"""The assets after them, once an ingest: neither belongs to a document."""

CODE_VERSIONS = {PARSED: "1", EXTRACTED: "1", GRAPH: "1", EMBEDDED: "1", POINTS: "1"}


def index_name(store: str, embedding_version: str) -> str:
    """Under which the ledger keeps an index's fingerprints; store: the engine's name."""
    return f"{store}/{embedding_version}"


@dataclass(frozen=True, slots=True)
class IndexId:
    """Which points: those of one embedding_version in one vector store. store: the engine's name.

    store_id: the random id made with that version in that store; it is the readable first part of vector fingerprints,
    so that a ledger entry tells whose points it counts. mirror: a further store, kept beside the source of truth.
    """

    store: str
    embedding_version: str
    store_id: str
    mirror: bool = False

    @property
    def name(self) -> str:
        return index_name(self.store, self.embedding_version)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings and store ids that fingerprints depend on.

    artifact_store_id: the readable first part of parse fingerprints, for a replaced artifact store has no parse results.
    indexes: all that a document's points go to, first the wanted embedding_version in the source of truth.
    """

    vocabulary: str
    artifact_store_id: str
    indexes: tuple[IndexId, ...]

    @property
    def embedding_version(self) -> str:
        return self.indexes[0].embedding_version

    @property
    def digest(self) -> str:
        """Of everything: a document that failed is not tried again by sensors while this and its bytes stay."""
        versions = (f"{asset}={version}" for asset, version in sorted(CODE_VERSIONS.items()))
        return ids.digest(self.vocabulary, self.embedding_version, *versions)

    def parse(self, source_uri: str, checksum: str) -> str:
        return f"{self.artifact_store_id}:{self._fingerprint(PARSED, source_uri, checksum)}"

    def extract(self, parse_output: str) -> str:
        return self._fingerprint(EXTRACTED, self.vocabulary, parse_output)

    def graph(self, parse_output: str, extract_output: str) -> str:
        return self._fingerprint(GRAPH, parse_output, extract_output)

    def embed(self, embedding_version: str, parse_output: str) -> str:
        return self._fingerprint(EMBEDDED, embedding_version, parse_output)

    def points(self, index: IndexId, parse_output: str) -> str:
        embed = self.embed(index.embedding_version, parse_output)
        return f"{index.store_id}:{self._fingerprint(POINTS, index.store, embed)}"

    def holds(self, index: IndexId, entry: LedgerEntry) -> bool:
        """Whether the index has the points of the document's parse result."""
        return entry.vector_fingerprints.get(index.name) == self.points(index, entry.parse_output)

    def is_current(self, entry: LedgerEntry, checksum: str, *, mirrors: bool = True) -> bool:
        """Whether all five assets of the document stand on these bytes; mirrors: in every further vector store too."""
        return (
            entry.parse_fingerprint == self.parse(entry.source_uri, checksum)
            and entry.extract_fingerprint == self.extract(entry.parse_output)
            and entry.graph_fingerprint == self.graph(entry.parse_output, entry.extract_output)
            and all(self.holds(index, entry) for index in self.indexes if mirrors or not index.mirror)
        )

    def _fingerprint(self, asset: str, *inputs: str) -> str:
        return ids.digest(asset, CODE_VERSIONS[asset], *inputs)


def has_points(index: IndexId, entry: LedgerEntry) -> bool:
    """Whether the points that this entry counts are in the store that we have now (its id unknown: any will do)."""
    counted = entry.vector_fingerprints.get(index.name, "")
    return bool(counted) and not is_of_another_store(counted, index.store_id)


def is_of_another_store(fingerprint: str, store_id: str) -> bool:
    """Whether the effect was written to a store that is not the one we have now; store_id '': not known."""
    return bool(fingerprint and store_id) and not fingerprint.startswith(f"{store_id}:")


def mark_stale(fingerprints: Mapping[str, str]) -> dict[str, str]:
    """Of no parse result, but still telling whose points they count: what to write before points are about to change.

    Else a document that is edited, broken off half-way and put back would count as current on what is half done.
    """
    return {name: stale_fingerprint(fingerprint) for name, fingerprint in fingerprints.items()}


def stale_fingerprint(fingerprint: str) -> str:
    """Never current, and never empty: something of the document is there."""
    return f"{fingerprint.partition(':')[0]}:"


def embeddings_of(embedding_version: str) -> str:
    """The name under which artifacts of section_embeddings are kept: those of two versions stand side by side."""
    return f"{EMBEDDED}/{embedding_version}"


def vocabulary_digest(vocabulary: Vocabulary) -> str:
    return ids.digest(*sorted(vocabulary.programs), "|", *sorted(vocabulary.components))
