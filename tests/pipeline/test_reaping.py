"""Runs that a dead process left unended: the next holder of what they held marks them failed, and touches no other."""

import dagster as dg
import pytest

from wekadocs_assets.app import bootstrap
from wekadocs_assets.app.bootstrap import new_ingest_id
from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core.models import Collection
from wekadocs_assets.core.planning.ingest import Ingest, save_ingest
from wekadocs_assets.core.stages.plan import plan_collection
from wekadocs_assets.defs import reaping
from wekadocs_assets.defs.build import build_definitions
from wekadocs_assets.defs.launch import launch

STARTED, CANCELING = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING
FAILED = dg.DagsterRunStatus.FAILURE


def locks() -> list[str]:
    return bootstrap.lock_names(read_settings(), ["docs"])


def left_behind(instance, held: list[str], status=STARTED) -> str:
    """A run as a killed process leaves it."""
    job = build_definitions().resolve_job_def("ingest")
    run = instance.create_run_for_job(job, status=status)
    instance.add_run_tags(run.run_id, reaping.holding(run.run_id, held))
    return run.run_id


def status_of(instance, run_id: str) -> dg.DagsterRunStatus:
    return instance.get_run_by_id(run_id).status


def last_word(instance, run_id: str) -> str:
    return instance.get_records_for_run(run_id).records[-1].event_log_entry.dagster_event.message


@pytest.mark.parametrize("status", reaping.UNENDED)
def test_a_run_of_a_dead_process_is_marked_failed_by_the_next_run_that_plans_for_itself(place, status):
    place.write("a.md")
    dead = left_behind(place.instance, locks(), status)
    assert place.run().success
    assert status_of(place.instance, dead) == FAILED
    assert "died" in last_word(place.instance, dead) and "Finished work is kept" in last_word(place.instance, dead)


def test_a_run_over_partitions_reaps_too(place):
    place.write("a.md")
    place.run()
    dead = left_behind(place.instance, locks(), CANCELING)
    place.run(["parsed_documents"], {"dagster/partition": "docs/a.md"})
    assert status_of(place.instance, dead) == FAILED


def test_ingestctl_reaps_before_its_own_runs_begin(place, monkeypatch):
    place.write("a.md")
    settings, pipeline = read_settings(), place.pipeline
    source = bootstrap.source(settings, str(place.docs))
    plan = plan_collection(source, pipeline, Collection(tag="docs", root=str(place.docs)), 1_700_000_000)
    ingest = Ingest(new_ingest_id(), (plan,), 500, 1_700_000_000)
    save_ingest(pipeline.artifacts, ingest)
    dead, stranger = left_behind(place.instance, locks()), left_behind(place.instance, ["data folder of another"])
    monkeypatch.setattr(dg.DagsterInstance, "get", lambda: _kept(place.instance))
    launched = launch(ingest, place.listener)
    assert launched.crash is None and not launched.interrupted
    assert status_of(place.instance, dead) == FAILED
    assert status_of(place.instance, stranger) == STARTED
    (run_id,) = launched.run_ids
    assert status_of(place.instance, run_id) == dg.DagsterRunStatus.SUCCESS


def test_runs_that_wait_or_hold_something_else_or_are_ended_are_left_alone(place):
    place.write("a.md")
    instance, job = place.instance, build_definitions().resolve_job_def("ingest")
    waiting = instance.create_run_for_job(job, status=STARTED).run_id
    elsewhere = left_behind(instance, ["data folder 0123", "graph 4567: docs"])
    again = left_behind(instance, [])
    instance.add_run_tags(again, reaping.holding(elsewhere, locks()))  # executed again: the tags are copied
    theirs = instance.create_run_for_job(job, status=STARTED, tags={reaping.HOLDS: "everything"}).run_id
    ended = left_behind(instance, locks(), dg.DagsterRunStatus.SUCCESS)
    assert place.run().success
    assert [status_of(instance, run) for run in (waiting, elsewhere, again, theirs)] == [STARTED] * 4
    assert status_of(instance, ended) == dg.DagsterRunStatus.SUCCESS


def test_a_run_says_what_it_holds_while_it_does_and_no_longer(place, monkeypatch):
    """It writes its own end after it has let go; until then somebody else may hold the same."""
    place.write("a.md")
    seen = []
    publish = place.listener.publish

    def look(events):
        (run,) = place.instance.get_runs()
        seen.append(reaping.held_by(run))
        publish(events)

    monkeypatch.setattr(place.listener, "publish", look)
    assert place.run().success
    (run,) = place.instance.get_runs()
    assert seen and all(held == locks() for held in seen) and reaping.held_by(run) == []


def test_a_run_never_reaps_itself(place):
    run_id = left_behind(place.instance, locks())
    assert reaping.reap(place.instance, locks(), run_id) == []
    assert [run.run_id for run in reaping.reap(place.instance, locks())] == [run_id]
    assert reaping.reap(place.instance, locks()) == []


class _kept:
    """The test's instance in place of the one of dagster.yaml, which the caller would close."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self._instance = instance

    def __enter__(self) -> dg.DagsterInstance:
        return self._instance

    def __exit__(self, *_: object) -> None:
        pass
