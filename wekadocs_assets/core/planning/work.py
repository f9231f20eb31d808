"""What an ingest really did, counted exactly: an ingest with nothing to do is all zeros.

Each try of a step counts what it committed; a step that was tried again adds its tries up. What a batch had written when
it broke off, and the next try found in place, is in no count.
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
"""What is counted of each document.

documents_*: came to a new result, whether or not it is another one than before.
nodes_*, edges_*: rows of the document as the graph's builder makes them: the page, its sections, the entities it names,
    mentions and derived edges. Written: upserted because the document's stored part lacks them or holds them otherwise.
    Deleted: pages, sections, procedures, steps and examples that the new version lacks, and all its edges; what belongs
    to a section that is superseded counts when the graph is written, though it stays until the new points stand. An
    entity that pages share is none's own: it counts when it is written for a page, and not when its last edge takes it
    along.
chunks_*: strings that were encoded, and chunks whose vector was there.
chunk_nodes_*: Chunk nodes, without their HAS_CHUNK edges. points_*: of the vector store that is the source of truth, a
    second one is its copy. Both in every version that is written: two during a switch. A version that is dropped whole
    when the switch ends, and what is trimmed from a kept older one, is not counted point by point.
"""
WORK_COUNTS = (*DOCUMENT_COUNTS, *LINK_COUNTS)
"""links_*: LINKS_TO edges that the resolution of links wrote and took away; those that went with their page or section are
not among them."""
_OWN = ("Document", "Section", *PLACED_KINDS)


def no_work() -> Work:
    return dict.fromkeys(WORK_COUNTS, 0)


def sum_work(*parts: Mapping[str, int]) -> Work:
    """Of names that may be absent; one that does not exist is an error of the caller: KeyError."""
    total = no_work()
    for part in parts:
        for name, count in part.items():
            total[name] += count
    return total


def rows_written(change: GraphChange) -> Work:
    edges = (*change.create.values(), *change.update.values())
    return {"nodes_written": sum(map(len, change.nodes.values())), "edges_written": sum(map(len, edges))}


def rows_deleted(old: Subgraph | None, new: Subgraph | None) -> Work:
    """old, new: one document's part of the graph; None: it has none."""
    nodes = {label: rows for label, rows in old.nodes.items() if label in _OWN} if old else {}
    return {
        "nodes_deleted": _count_absent(nodes, new.nodes if new else {}),
        "edges_deleted": _count_absent(old.edges if old else {}, new.edges if new else {}),
    }


def _count_absent(before: Mapping[Any, Mapping[Any, object]], after: Mapping[Any, Mapping[Any, object]]) -> int:
    """How many keys of the groups before are not in the same group after."""
    return sum(len(rows.keys() - after.get(group, {}).keys()) for group, rows in before.items())
