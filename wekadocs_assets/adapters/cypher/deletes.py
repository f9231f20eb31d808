"""Deletes documents, sections and nodes with everything that belongs to them, then shared entities that became unreached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from wekadocs_assets.adapters.cypher import statements
from wekadocs_assets.adapters.cypher.batches import Row, Run, over_ids
from wekadocs_assets.core.graph.schema import DERIVED, OF_DOCUMENT, EdgeType
from wekadocs_assets.core.models import PLACED_KINDS, SHARED_KINDS

TO_SHARED = tuple(edge for edge in OF_DOCUMENT if edge.type == "MENTIONS" and edge.to_label in SHARED_KINDS)
FROM_PLACED = tuple(edge for edge in DERIVED if edge.from_label in PLACED_KINDS and edge.to_label in SHARED_KINDS)
Ends = dict[str, set[str]]


def documents(run: Run, document_ids: Iterable[str]) -> None:
    """With their sections; unknown ids are ignored."""
    for tag, ids in _by_tag(run, "Document", document_ids).items():
        _sections(run, tag, [row["id"] for row in over_ids(run, statements.SECTION_IDS, ids)])
        over_ids(run, statements.delete_nodes("Document"), ids, tag=tag)


def sections(run: Run, section_ids: Iterable[str]) -> None:
    """With their chunks, placed entities and edges; unknown ids are ignored."""
    for tag, ids in _by_tag(run, "Section", section_ids).items():
        _sections(run, tag, ids)


def nodes(run: Run, label: str, ids: Iterable[str]) -> None:
    """Nodes of one label with their edges; unknown ids are ignored."""
    for tag, known in _by_tag(run, label, ids).items():
        over_ids(run, statements.delete_nodes(label), known, tag=tag)


def unreached(run: Run, tag: str, candidates: Mapping[str, Iterable[str]]) -> None:
    """Those of the shared entities (label -> ids) that have no edge any more."""
    for label, ids in candidates.items():
        over_ids(run, statements.delete_unreached(label), ids, tag=tag)


def _sections(run: Run, tag: str, ids: list[str]) -> None:
    loosened = _loosened(run, ids)
    for edge in DERIVED:
        over_ids(run, statements.delete_edges_derived_from(edge), ids, tag=tag)
    for label in PLACED_KINDS:
        over_ids(run, statements.delete_placed(label), ids, tag=tag)
    over_ids(run, statements.DELETE_CHUNKS_OF_SECTIONS, ids, tag=tag)
    over_ids(run, statements.delete_nodes("Section"), ids, tag=tag)
    unreached(run, tag, loosened)


def _loosened(run: Run, ids: list[str]) -> Ends:
    """Label -> ids of shared entities that lose an edge when these sections are deleted."""
    ends: Ends = defaultdict(set)
    for edge in TO_SHARED:
        _add_shared_ends(ends, edge, over_ids(run, statements.edges_from(edge), ids))
    for edge in DERIVED:
        _add_shared_ends(ends, edge, over_ids(run, statements.edges_derived_from(edge), ids))
    for edge in FROM_PLACED:
        _add_shared_ends(ends, edge, over_ids(run, statements.edges_from_placed(edge), ids))
    return ends


def _add_shared_ends(ends: Ends, edge: EdgeType, found: Iterable[Row]) -> None:
    for row in found:
        for label, end in ((edge.from_label, "from_id"), (edge.to_label, "to_id")):
            if label in SHARED_KINDS:
                ends[label].add(str(row[end]))


def _by_tag(run: Run, label: str, ids: Iterable[str]) -> dict[str, list[str]]:
    """Tag -> existing ids: every delete matches on the tag as well."""
    tags: dict[str, list[str]] = defaultdict(list)
    for row in over_ids(run, statements.tags(label), ids):
        tags[str(row["tag"])].append(str(row["id"]))
    return tags
