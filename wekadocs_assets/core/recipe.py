"""The pipeline's recipe and its fingerprints: what must be equal for an effect to be current.

A fingerprint is H(asset, code version, parent's output, the settings that matter). Raise a code version when the same
input gives another output: only documents whose output really changes are redone below it.
"""

from __future__ import annotations

from dataclasses import dataclass

from wekadocs_assets.core import ids
from wekadocs_assets.core.models import LedgerEntry, Vocabulary

PARSED, EXTRACTED, GRAPH = "parsed_documents", "extracted_entities", "document_graph"
EMBEDDED, POINTS = "section_embeddings", "vector_points"
PLAN, PLAN_VERSION = "source_documents", "plan"
"""The asset above them all. Its data version never changes: fingerprints say what is stale, not that a plan was made."""
ASSETS = (PARSED, EXTRACTED, GRAPH, EMBEDDED, POINTS)
"""The partitioned assets in the order in which a document's data flows."""

CODE_VERSIONS = {PARSED: "1", EXTRACTED: "1", GRAPH: "1", EMBEDDED: "1", POINTS: "1"}


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings and store ids that fingerprints depend on.

    artifact_store_id: a replaced artifact store has no parse results. vector_store_id: a replaced vector store has no
    points; it is the readable first part of vector fingerprints, so that a ledger entry tells whose points it counts.
    """

    vocabulary: str
    embedding_version: str
    artifact_store_id: str
    vector_store_id: str

    @property
    def digest(self) -> str:
        """Of everything: a document that failed is not tried again by sensors while this and its bytes stay."""
        versions = (f"{asset}={version}" for asset, version in sorted(CODE_VERSIONS.items()))
        return ids.digest(self.vocabulary, self.embedding_version, *versions)

    def parse(self, source_uri: str, checksum: str) -> str:
        return self._fingerprint(PARSED, self.artifact_store_id, source_uri, checksum)

    def extract(self, parse_output: str) -> str:
        return self._fingerprint(EXTRACTED, self.vocabulary, parse_output)

    def graph(self, parse_output: str, extract_output: str) -> str:
        return self._fingerprint(GRAPH, parse_output, extract_output)

    def embed(self, parse_output: str) -> str:
        return self._fingerprint(EMBEDDED, self.embedding_version, parse_output)

    def points(self, embed_output: str) -> str:
        return f"{self.vector_store_id}:{self._fingerprint(POINTS, self.embedding_version, embed_output)}"

    def points_kept(self, entry: LedgerEntry) -> bool:
        """Whether the points that this entry counts are in the vector store that we have now."""
        return bool(entry.vector_fingerprint) and entry.vector_fingerprint.startswith(f"{self.vector_store_id}:")

    def is_current(self, entry: LedgerEntry, checksum: str) -> bool:
        """Whether all five assets of the document stand on these bytes."""
        return (
            entry.parse_fingerprint == self.parse(entry.source_uri, checksum)
            and entry.extract_fingerprint == self.extract(entry.parse_output)
            and entry.graph_fingerprint == self.graph(entry.parse_output, entry.extract_output)
            and entry.embed_fingerprint == self.embed(entry.parse_output)
            and entry.vector_fingerprint == self.points(entry.embed_output)
        )

    def _fingerprint(self, asset: str, *inputs: str) -> str:
        return ids.digest(asset, CODE_VERSIONS[asset], *inputs)


def vocabulary_digest(vocabulary: Vocabulary) -> str:
    return ids.digest(*sorted(vocabulary.programs), "|", *sorted(vocabulary.components))
