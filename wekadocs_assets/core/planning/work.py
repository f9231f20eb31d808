"""Counts of what an ingest changed. An ingest with nothing to do has only zeros.

Each try of a step counts what it committed, and the tries of a repeated step are added. Data that an interrupted batch
had written, and that the next try found in place, is not counted. Add a count here; work_totals.py sums up the records.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wekadocs_assets.core.models import PLACED_KINDS

if TYPE_CHECKING:
    from wekadocs_assets.core.graph.builder import Subgraph
    from wekadocs_assets.core.graph.diff import GraphChange

Work = dict[str, int]
LINK_COUNTS = ("links_added", "links_removed")
DOCUMENT_COUNTS = (
    "documents_parsed", "documents_extracted",
    "nodes_written", "edges_written", "nodes_deleted", "edges_deleted",
    "chunks_embedded", "chunks_reused", "chunk_nodes_written", "chunk_nodes_deleted",
    "points_upserted", "points_deleted",
)  # fmt: skip
"""The counts of one document.

documents_parsed, documents_extracted: documents that were processed, even if the result is the same as before.
nodes_*, edges_*: rows of the document's subgraph: the document, its sections, its entities, mentions and derived edges.
    written: upserted because the stored subgraph lacks them or holds other values.
    deleted: documents, sections, procedures, steps, examples and edges that the new version lacks. Rows of a stale
    section are counted when the graph is written, although they are deleted after the new points are written.
    A shared entity is counted when it is written for a document, but not when it is deleted with its last edge.
chunks_embedded: texts that were encoded. chunks_reused: chunks whose vector existed.
chunk_nodes_*: Chunk nodes, without their HAS_CHUNK edges. points_*: points of the primary store. Both include every
    version that is written, which are two during a switch. A version that is dropped after a switch, and points that
    are deleted from a frozen version, are not counted.
"""
WORK_COUNTS = (*DOCUMENT_COUNTS, *LINK_COUNTS)
"""links_*: LINKS_TO edges that were written or deleted when links were resolved; edges that were deleted with their
document or section are not counted."""
_OWN = ("Document", "Section", *PLACED_KINDS)


def no_work() -> Work:
    """Returns all counts as 0."""
    return dict.fromkeys(WORK_COUNTS, 0)


def sum_work(*parts: Mapping[str, int]) -> Work:
    """Adds counts; an absent name counts as 0. Raises KeyError for a name that is not in WORK_COUNTS."""
    total = no_work()
    for part in parts:
        for name, count in part.items():
            total[name] += count
    return total


def rows_written(change: GraphChange) -> Work:
    """Counts the upserted nodes and edges of a change."""
    edges = (*change.create.values(), *change.update.values())
    return {"nodes_written": sum(map(len, change.nodes.values())), "edges_written": sum(map(len, edges))}


def rows_deleted(old: Subgraph | None, new: Subgraph | None) -> Work:
    """Counts nodes and edges of `old` that `new` lacks: the subgraphs of one document, None when there is none."""
    nodes = {label: rows for label, rows in old.nodes.items() if label in _OWN} if old else {}
    return {
        "nodes_deleted": _count_absent(nodes, new.nodes if new else {}),
        "edges_deleted": _count_absent(old.edges if old else {}, new.edges if new else {}),
    }


def _count_absent(before: Mapping[Any, Mapping[Any, object]], after: Mapping[Any, Mapping[Any, object]]) -> int:
    """Counts keys in the groups of `before` that are absent in the same group of `after`."""
    return sum(len(rows.keys() - after.get(group, {}).keys()) for group, rows in before.items())
