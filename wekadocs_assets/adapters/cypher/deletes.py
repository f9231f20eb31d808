"""Deletes from a Cypher store: what goes with a section or document, and the shared entities that nothing reaches then."""

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
    for tag, ids in _by_tag(run, "Document", document_ids).items():
        _sections(run, tag, [row["id"] for row in over_ids(run, statements.SECTION_IDS, ids)])
        over_ids(run, statements.delete_nodes("Document"), ids, tag=tag)


def sections(run: Run, section_ids: Iterable[str]) -> None:
    for tag, ids in _by_tag(run, "Section", section_ids).items():
        _sections(run, tag, ids)


def nodes(run: Run, label: str, ids: Iterable[str]) -> None:
    """With their edges; ids that are not there are no error."""
    for tag, known in _by_tag(run, label, ids).items():
        over_ids(run, statements.delete_nodes(label), known, tag=tag)


def unreached(run: Run, tag: str, candidates: Mapping[str, Iterable[str]]) -> None:
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
    """Shared entities at the far end of anything that goes with these sections."""
    ends: Ends = defaultdict(set)
    for edge in TO_SHARED:
        _gather(ends, edge, over_ids(run, statements.edges_from(edge), ids))
    for edge in DERIVED:
        _gather(ends, edge, over_ids(run, statements.edges_derived_from(edge), ids))
    for edge in FROM_PLACED:
        _gather(ends, edge, over_ids(run, statements.edges_from_placed(edge), ids))
    return ends


def _gather(ends: Ends, edge: EdgeType, found: Iterable[Row]) -> None:
    for row in found:
        for label, end in ((edge.from_label, "from_id"), (edge.to_label, "to_id")):
            if label in SHARED_KINDS:
                ends[label].add(str(row[end]))


def _by_tag(run: Run, label: str, ids: Iterable[str]) -> dict[str, list[str]]:
    """Those of the ids that are there: every delete matches on the tag as well."""
    tags: dict[str, list[str]] = defaultdict(list)
    for row in over_ids(run, statements.tags(label), ids):
        tags[str(row["tag"])].append(str(row["id"]))
    return tags
