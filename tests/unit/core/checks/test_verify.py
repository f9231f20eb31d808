"""Verification on in-memory stores: vectors against the graph's chunks, and what the stores hold of a collection."""

import pytest
from memory_pipeline import TAG, MemoryIndex

from wekadocs_assets.core.checks.verify import verify

PAGE = b"# Gates\n\nOf gates.\n\n## Open\n\nRun `gatectl open --force`.\n"


@pytest.fixture
def index() -> MemoryIndex:
    made = MemoryIndex({"gates.md": PAGE, "empty.md": b""})
    made.ingest()
    return made


def verified(index: MemoryIndex):
    return verify(index.pipeline, index.pipeline.active, TAG)


def test_an_index_as_an_ingest_leaves_it_agrees(index):
    found = verified(index)
    assert (found.documents, found.points, found.chunks, found.drift_pct) == (2, 2, 2, 0.0)
    assert list(found.empty) == ["empty.md"] and not any(found.orphans.values())
    assert found.differing == () and "gates.md" in found.found


def test_a_point_that_is_gone_is_missing_and_names_its_document(index):
    first = next(iter(index.vectors.scan(index.version)))
    index.vectors.delete(index.version, [first.id])
    found = verified(index)
    assert (found.points, found.missing_points, found.stale_points, found.foreign_points) == (1, 1, 0, 0)
    assert found.drift_pct == 50.0 and list(found.differing) == ["gates.md"]
