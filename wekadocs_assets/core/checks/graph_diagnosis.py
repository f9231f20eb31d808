"""Checks of a graph store for `doctor` that all engines share: the schema singleton and the number of nodes.

Add a check here if it applies to every engine. Checks of one engine (indexes, locks) belong to its adapter.
"""

from __future__ import annotations

from abc import abstractmethod

from wekadocs_assets.core.checks.diagnosis import Diagnosis, Verdict, ok
from wekadocs_assets.core.models import GraphInfo

COUNTED = {"Collection": "collections", "Document": "documents", "Section": "sections", "Chunk": "chunks"}


class GraphDiagnosis(Diagnosis):
    """The checks of one graph store; each adapter derives its own class."""

    @abstractmethod
    def stored(self) -> GraphInfo | None:
        """The schema singleton; None before the first ingest, or if the graph cannot be opened for reading now."""


def schema_verdict(info: GraphInfo | None, place: str) -> Verdict:
    """Reports the schema.

    place: where the graph is, for the message. An unsupported schema version was rejected earlier.
    """
    if info is None:
        return ok(f"{place} is empty: the first ingest creates the schema")
    return ok(f"schema version {info.schema_version}, store {info.store_id[:8]}")


def content_verdict(counts: dict[str, dict[str, int]]) -> Verdict:
    """Reports the number of nodes and relationships. counts: the result of `GraphStore.counts`."""
    nodes = counts["nodes"]
    listed = ", ".join(f"{nodes[label]} {words}" for label, words in COUNTED.items())
    return ok(f"{listed}, {sum(counts['relationships'].values())} relationships")
