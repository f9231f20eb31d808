"""Checks of a graph store for `doctor` that every engine shares: the schema singleton, and how much is stored.

What one engine needs beyond them (rights, indexes, locks) belongs in the diagnosis module of its adapter.
"""

from __future__ import annotations

from abc import abstractmethod

from wekadocs_assets.core.checks.diagnosis import Diagnosis, Verdict, ok
from wekadocs_assets.core.models import GraphInfo

COUNTED = {"Collection": "collections", "Document": "documents", "Section": "sections", "Chunk": "chunks"}


class GraphDiagnosis(Diagnosis):
    """The checks of one graph store."""

    @abstractmethod
    def stored(self) -> GraphInfo | None:
        """The schema singleton; None where nothing was ingested yet, or the graph cannot be opened for reading now."""


def schema_verdict(info: GraphInfo | None, place: str) -> Verdict:
    """place: where the graph is, for the message. A schema of another version was refused before this is called."""
    if info is None:
        return ok(f"{place} is empty: the first ingest creates the schema")
    return ok(f"schema version {info.schema_version}, store {info.store_id[:8]}")


def content_verdict(counts: dict[str, dict[str, int]]) -> Verdict:
    """counts: as `GraphStore.counts` returns them."""
    nodes = counts["nodes"]
    listed = ", ".join(f"{nodes[label]} {words}" for label, words in COUNTED.items())
    return ok(f"{listed}, {sum(counts['relationships'].values())} relationships")
