"""Two pages that an ingest completed in memory, for all tests of this folder."""

import pytest
from memory_indexes import completed
from memory_pipeline import TAG, MemoryIndex

from wekadocs_assets.core import ids
from wekadocs_assets.core.repair.reconcile import Inconsistency, Reconciliation, reconcile

PAGES = {"a.md": b"# A\n\nSee [b](b.md).\n", "b.md": b"# B\n\nOf b.\n\n## More\n\nRun `bctl on`.\n"}
B = ids.document_id(TAG, "b.md")


@pytest.fixture
def index() -> MemoryIndex:
    return completed(MemoryIndex(dict(PAGES)))


def found(index: MemoryIndex) -> Reconciliation:
    (collection,) = index.graph.collections()
    return reconcile(index.pipeline, collection)


def only(index: MemoryIndex) -> Inconsistency:
    (inconsistency,) = found(index).inconsistencies
    return inconsistency
