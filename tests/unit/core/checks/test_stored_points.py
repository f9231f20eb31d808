"""The points of a store compared with Chunk nodes, and points that no document of the ledger owns."""

import numpy
from handmade_plans import entry

from wekadocs_assets.adapters.memory.vectors import InMemoryVectors
from wekadocs_assets.core import ids
from wekadocs_assets.core.checks.drift import Difference
from wekadocs_assets.core.checks.stored_points import compare_points, count_untracked, untracked_points
from wekadocs_assets.core.models import Chunk
from wekadocs_assets.core.ports.vectors import Point
from wekadocs_assets.core.recipe import IndexId

KNOWN, GONE = entry("known.md"), entry("gone.md")


def store(*owners: tuple[str, str]) -> InMemoryVectors:
    """A point for each (document id, tag)."""
    made = InMemoryVectors()
    made.open("v", 2)
    for document, tag in owners:
        payload = {"chunk_id": document, "document_id": document, "tag": tag, "section_id": "s", "checksum": "c"}
        made.upsert("v", [Point(ids.point_id(document), numpy.array([1, 0], "<f4"), "text", payload)])
    return made


def chunk(document: str) -> Chunk:
    return Chunk(id=document, section_id="s", order=0, start=0, end=1, checksum="c", tokens=1, embedding_version="v")


def test_only_documents_with_points_in_the_present_store_count_as_finished():
    made = store((KNOWN.document_id, "docs"), ("another document", "docs"))
    index = IndexId(made.engine, "v", "store-1")
    chunks = {KNOWN.document_id: [chunk(KNOWN.document_id)]}
    of_this_store = entry("known.md", vector_fingerprints={index.name: "store-1:f"})
    assert compare_points(made, index, [of_this_store], chunks).differences == ()
    of_another = entry("known.md", vector_fingerprints={index.name: "store-0:f"})
    assert compare_points(made, index, [of_another], chunks).differences == (
        Difference(document_id=KNOWN.document_id, unfinished=1),
    )


def test_untracked_points_have_the_tag_and_no_document_of_the_ledger():
    made = store((KNOWN.document_id, "docs"), (GONE.document_id, "docs"), ("x", "faq"))
    known = {KNOWN.document_id}
    assert untracked_points(made, "v", "docs", known, 1) == [ids.point_id(GONE.document_id)]
    assert count_untracked(made, "v", "docs", 1) == 1 and count_untracked(made, "v", "docs", 5) == 0


def test_points_are_not_read_when_their_number_is_that_of_the_tracked_ones():
    made = store((KNOWN.document_id, "docs"))
    made.scan = None  # would be called
    assert untracked_points(made, "v", "docs", {KNOWN.document_id}, 1) == []
