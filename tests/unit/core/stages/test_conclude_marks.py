"""The marks of an ingest on its collections: started, finished, and which storage has its events."""

from dataclasses import replace

from memory_pipeline import MemoryIndex

from wekadocs_assets.core.models import Collection
from wekadocs_assets.core.planning.ingest import Ingest
from wekadocs_assets.core.stages.conclude import finish, start

PAGES = {"gates.md": b"# Gates\n\nOf gates.\n"}


def collection(index: MemoryIndex) -> Collection:
    (found,) = index.graph.collections()
    return found


def part_of(planned: Ingest) -> Ingest:
    return replace(planned, plans=tuple(replace(plan, partial=True, root="/docs/part") for plan in planned.plans))


def test_a_partial_ingest_does_not_end_what_a_full_one_began():
    index = MemoryIndex(dict(PAGES))
    full, part = index.planned(), part_of(index.planned())
    start(index.pipeline, full)
    start(index.pipeline, part)
    finish(index.pipeline, part.plans, part.id)
    assert (collection(index).root, collection(index).started_ingest_id, collection(index).is_unfinished) == (
        "/docs", full.id, True,
    )  # fmt: skip
    finish(index.pipeline, full.plans, full.id)
    later = part_of(index.planned())
    start(index.pipeline, later)
    assert collection(index).started_ingest_id == later.id
    finish(index.pipeline, later.plans, later.id)
    assert not collection(index).is_unfinished


def test_events_count_as_recorded_when_a_full_ingest_is_finished_and_as_mixed_after_a_part():
    index = MemoryIndex(dict(PAGES))
    pipeline, full = replace(index.pipeline, recorded_in="sqlite-1"), index.planned()
    start(pipeline, full)
    assert collection(index).recorded_in == ""
    finish(pipeline, full.plans, full.id)
    assert collection(index).recorded_in == pipeline.record == f"sqlite-1 {index.version}"
    index.graph.save_collection(replace(collection(index), recorded_in="sqlite-1 old-version"))
    start(pipeline, part_of(index.planned()))
    assert collection(index).recorded_in == "sqlite-1 several"
