"""Queued jobs: what is put into the queue, what becomes of each, and the ends that are published."""

from itertools import count

from handmade_plans import plan_of, planned

from wekadocs_assets.adapters.memory.progress import InMemoryProgress
from wekadocs_assets.adapters.memory.queue import InMemoryQueue
from wekadocs_assets.core.jobs.queue import QueuedJob, job_of, queued_job
from wekadocs_assets.core.jobs.queued import JobEnd, end_jobs, enqueue, plan_jobs, report_ends
from wekadocs_assets.core.jobs.states import JobEvent
from wekadocs_assets.core.jobs.tracker import ProgressTracker


def job(uri: str, tag: str = "docs", checksum: str = "") -> QueuedJob:
    return job_of({"source_uri": uri, "tag": tag, "checksum": checksum})


def test_only_added_jobs_are_returned_and_published_as_waiting():
    queue, streams = InMemoryQueue(lambda: 0.0), InMemoryProgress()
    first, second = queued_job(planned("a.md"), 1.0), queued_job(planned("b.md"), 2.0)
    enqueue(queue, streams, [first])
    assert enqueue(queue, streams, [first, second]) == [second]
    states = {state.source_uri: state for state in streams.states()}
    assert all(state.is_queued for state in states.values()) and states.keys() == {"a.md", "b.md"}
    assert [event.message for _, event in streams.events(second.job_id, "0", 0)] == ["queued"]


def test_changed_documents_are_planned_and_the_other_jobs_end():
    plan = plan_of(planned("new.md"), planned("same.md", "unchanged"), planned("other.md", "changed"))
    jobs = [job("new.md"), job("same.md"), job("gone.md"), job("other.md", checksum="of before")]
    (made,), ends = plan_jobs(jobs, {"docs"}, lambda tag: plan)
    assert made.partial and made.deleted == ()
    assert {document.source_uri for document in made.work} == {"new.md", "other.md"}
    assert {end.job.source_uri: end.status for end in ends} == {
        "same.md": "DONE",
        "gone.md": "ERROR",
        "other.md": "CANCELLED",
    }


def test_jobs_of_an_unknown_collection_end_with_a_hint_and_hold_up_no_other_collection():
    plans, (end,) = plan_jobs([job("a.md"), job("a.md", tag="nowhere")], {"docs"}, lambda tag: plan_of(planned("a.md")))
    assert [plan.tag for plan in plans] == ["docs"]
    assert (end.job.tag, end.status) == ("nowhere", "ERROR") and "COLLECTIONS=nowhere=" in end.hint


def test_every_kind_of_end_is_published():
    streams, ticks = InMemoryProgress(), count(1)
    done, cancelled, failed = job("a.md"), job("b.md"), job("c.md")
    ends = [
        JobEnd(job=done, status="DONE", reason="already ingested"),
        JobEnd(job=cancelled, status="CANCELLED", reason="other bytes"),
        JobEnd(job=failed, status="ERROR", reason="no such document", hint="look at its path"),
    ]
    report_ends(streams, ends, "ingest-1", lambda: float(next(ticks)))
    assert [streams.state(one.job_id).status for one in (done, cancelled, failed)] == ["DONE", "CANCELLED", "ERROR"]
    assert streams.state(failed.job_id).error == {
        "stage": "PENDING",
        "reason": "no such document",
        "hint": "look at its path",
    }
    assert {state.ingest_id for state in streams.states()} == {"ingest-1"}


def test_the_open_jobs_of_a_dead_ingest_are_ended_and_so_is_the_ingest():
    streams = InMemoryProgress()
    tracker = ProgressTracker(streams, "ingest-1", lambda: 1.0)
    tracker.begin([("docs", "a.md", "c"), ("docs", "b.md", "c")])
    tracker.complete([next(iter(tracker.jobs))])
    tracker.tell("PARSING", "parsing", 1, 2)
    other = ProgressTracker(streams, "ingest-2", lambda: 1.0)
    other.begin([("docs", "c.md", "c")])
    assert end_jobs(streams, "ingest-1", "ERROR", "its process died", "ingest again", 9.0) == 1
    assert sorted((s.source_uri, s.status) for s in streams.states()) == [
        ("a.md", "DONE"),
        ("b.md", "ERROR"),
        ("c.md", "PENDING"),
    ]
    events: list[JobEvent] = [event for _, event in streams.events("ingest-1", "0", 0)]
    assert (events[-1].stage, events[-1].error) == ("ERROR", "its process died")
    assert events[-1].percent == events[-2].percent
    assert end_jobs(streams, "ingest-1", "ERROR", "again", "", 10.0) == 0
    assert len(streams.events("ingest-1", "0", 0)) == len(events)
