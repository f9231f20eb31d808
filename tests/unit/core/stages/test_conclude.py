"""The end of an ingest: its reports are written, and its collections are marked as finished or not."""

from dataclasses import replace

import pytest
from handmade_plans import record
from memory_indexes import IndexWithReplica
from memory_pipeline import TAG, MemoryIndex

from wekadocs_assets.core.models import Collection
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.planning.record import CleanupResult, save_record
from wekadocs_assets.core.recipe import CLEANUP
from wekadocs_assets.core.reports.files import read_ingest_report
from wekadocs_assets.core.reports.model import IngestReport
from wekadocs_assets.core.stages.conclude import asked_by, conclude, start

PAGES = {"gates.md": b"# Gates\n\nOf gates.\n\n## Open\n\nRun `gatectl open --force`.\n"}
CLEANED = CleanupResult()


class Asking(MemoryIndex):
    queries: tuple[str, ...] = ("how to open with gatectl",)

    @property
    def pipeline(self) -> Pipeline:
        return replace(super().pipeline, sample_queries={TAG: self.queries}, derived_queries=0)


def ingest(index: MemoryIndex, cleanup: CleanupResult | None = CLEANED, **options) -> IngestReport:
    planned = index.planned()
    start(index.pipeline, planned)
    index.run(planned)
    return conclude(index.pipeline, index.reports, planned, 1_060, cleanup=cleanup, **options)


def collection(index: MemoryIndex) -> Collection:
    (found,) = index.graph.collections()
    return found


def test_an_ingest_that_did_everything_is_finished_and_its_report_is_kept():
    index = MemoryIndex(dict(PAGES))
    report = ingest(index)
    assert read_ingest_report(index.reports, "ingest-1") == report and report.documents.ingested == 1
    assert not collection(index).is_unfinished and collection(index).finished_ingest_id == "ingest-1"


def test_without_a_clean_up_the_ingest_stays_unfinished():
    index = MemoryIndex(dict(PAGES))
    ingest(index, cleanup=None)
    assert collection(index).is_unfinished and collection(index).started_ingest_id == "ingest-1"


def test_a_switch_that_waits_for_another_worker_stays_unfinished():
    index = MemoryIndex(dict(PAGES))
    report = ingest(index, CleanupResult(switch_waits_for=("another process holds it",)))
    assert report.vector.switch.first == ("another process holds it",) and collection(index).is_unfinished


def test_a_replica_store_that_is_behind_leaves_something_to_do():
    index = IndexWithReplica(dict(PAGES))
    planned = index.planned()
    start(index.pipeline, planned)
    index.run(planned)
    pipeline = index.pipeline
    index.replica.away = True
    report = conclude(pipeline, index.reports, planned, 1_060, cleanup=CLEANED)
    assert report.vector.mirrors[0].problem == "the replica store is away" and collection(index).is_unfinished


def test_an_idle_ingest_repeats_the_results_of_a_good_verdict_and_asks_after_a_bad_one():
    index = Asking(dict(PAGES))
    first = ingest(index)
    assert first.ready_for_queries
    index.vectors.candidates = None  # would be called
    assert ingest(index).sample_queries == first.sample_queries
    index.queries = ("zeppelin",)
    with pytest.raises(TypeError):
        ingest(index)


def test_the_settings_that_a_verdict_depends_on_are_digested():
    index = Asking(dict(PAGES))
    known = asked_by(index.pipeline)
    index.queries = ("another",)
    others = {asked_by(index.pipeline), asked_by(replace(index.pipeline, derived_queries=7))}
    assert len({known, *others}) == 3 and len(known) == 16


def test_queries_of_an_unknown_collection_and_lost_progress_are_in_the_report():
    index = MemoryIndex(dict(PAGES))
    planned = index.planned()
    start(index.pipeline, planned)
    index.run(planned)
    pipeline = replace(index.pipeline, sample_queries={"absent": ("x",)})
    report = conclude(pipeline, index.reports, planned, 1_060, cleanup=CLEANED, unpublished="Redis is away")
    assert [warning.tag for warning in report.warnings] == ["absent"]
    assert report.progress == "progress was not fully published: Redis is away"


def test_the_record_of_a_clean_up_is_read_when_none_is_given():
    index = MemoryIndex(dict(PAGES))
    planned = index.planned()
    start(index.pipeline, planned)
    index.run(planned)
    save_record(index.artifacts, planned.id, record(CLEANUP, links={"resolved": 1}))
    report = conclude(index.pipeline, index.reports, planned, 1_060)
    assert report.graph.links == {"resolved": 1} and not collection(index).is_unfinished
