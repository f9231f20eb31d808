"""The plan of a collection: which files are read, and what is refused."""

from dataclasses import replace

import pytest
from memory_pipeline import TAG, MemoryIndex

from wekadocs_assets.adapters.memory.graph import InMemoryGraph
from wekadocs_assets.adapters.memory.source import InMemorySource
from wekadocs_assets.core.errors import BadDocument, ConfigurationError
from wekadocs_assets.core.models import Collection, Scan
from wekadocs_assets.core.planning.plan import Plan
from wekadocs_assets.core.stages.plan import plan_collection, save_touched

COLLECTION = Collection(tag=TAG, root="/docs")
LATER = 1_000_000
"""Seconds after the modification of every file."""


class Reading(InMemorySource):
    """Notes what is read; `locked.md` cannot be."""

    def __init__(self, files) -> None:
        super().__init__(files)
        self.read_paths: list[str] = []

    def read(self, path: str) -> bytes:
        self.read_paths.append(path)
        if path == "locked.md":
            raise BadDocument("no permission", "chmod")
        return super().read(path)


@pytest.fixture
def index() -> MemoryIndex:
    return MemoryIndex({"a.md": b"# A\n\nOf a.\n", "b.md": b"# B\n\nOf b.\n"})


def plan(index: MemoryIndex, source: InMemorySource | None = None, collection=COLLECTION, **options) -> Plan:
    return plan_collection(source or InMemorySource(index.pages), index.pipeline, collection, LATER, **options)


def ingested(index: MemoryIndex) -> None:
    planned = index.planned()
    index.run(replace(planned, plans=(plan(index),)))


def test_every_file_of_a_new_collection_is_read_and_new(index):
    source = Reading(index.pages)
    made = plan(index, source)
    assert sorted(source.read_paths) == ["a.md", "b.md"]
    assert {document.source_uri: document.change for document in made.documents} == {"a.md": "new", "b.md": "new"}


def test_files_that_look_unchanged_are_read_only_when_it_is_asked_for(index):
    ingested(index)
    source = Reading(index.pages)
    assert plan(index, source).nothing_to_do and source.read_paths == []
    assert plan(index, source, verify=True).nothing_to_do and sorted(source.read_paths) == ["a.md", "b.md"]


def test_a_file_that_cannot_be_read_is_named_and_not_deleted(index):
    index.pages["locked.md"] = b"# L\n"
    made = plan(index, Reading(index.pages))
    (unreadable,) = made.unreadable
    assert (unreadable.source_uri, unreadable.reason, unreadable.hint) == ("locked.md", "no permission", "chmod")
    assert "locked.md" not in {document.source_uri for document in made.documents}


def test_a_part_of_the_root_is_a_partial_plan_without_deletions(index):
    ingested(index)
    del index.pages["b.md"]
    made = plan(index, scan=InMemorySource(index.pages).scan("a.md"))
    assert made.partial and made.deleted == ()
    assert [entry.source_uri for entry in plan(index).deleted] == ["b.md"]
    assert plan(index, delete=False).deleted == ()


def test_a_new_collection_without_a_document_is_refused_and_a_known_one_is_not():
    empty = MemoryIndex({})
    with pytest.raises(ConfigurationError, match="/docs: no document found") as refused:
        plan(empty)
    assert ".md" in refused.value.hint
    assert plan(empty, collection=replace(COLLECTION, started_ingest_id="1")).documents == ()
    assert plan(empty, scan=Scan(files=(), postponed=frozenset({"a.md"}))).documents == ()


def test_points_without_a_graph_are_counted_in_the_plan(index):
    ingested(index)
    index.graph = InMemoryGraph()
    made = plan(index)
    assert made.untracked_points == 2 and len(made.findings) == 1


def test_a_touched_file_is_saved_so_that_the_next_scan_skips_it(index):
    ingested(index)
    (old, *_) = index.graph.ledger()
    index.graph.write_ledger([replace(old, mtime_ns=old.mtime_ns - 1)])
    made = plan(index)
    assert made.nothing_to_do and save_touched(index.graph, made) == 1
    source = Reading(index.pages)
    assert plan(index, source).touched == () and source.read_paths == []
