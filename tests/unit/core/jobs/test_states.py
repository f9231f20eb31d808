"""The weights of the stages, what a job's state says of itself, and how open jobs are ended from outside."""

from wekadocs_assets.core.jobs.states import WEIGHTS, JobEvent, JobState, ended, percent


def state(job_id: str, status: str = "PENDING", ingest_id: str = "ingest-1", **facts) -> JobState:
    return JobState(
        job_id=job_id,
        source_uri="a.md",
        checksum="c",
        tag="docs",
        ingest_id=ingest_id,
        created_at=1.0,
        status=status,
        **facts,
    )


def test_the_weights_add_up_to_a_hundred():
    assert sum(WEIGHTS.values()) == 100


def test_a_stage_counts_once_however_often_it_is_completed():
    assert percent([]) == 0
    assert percent(["PARSING", "GRAPHING", "PARSING"]) == WEIGHTS["PARSING"] + WEIGHTS["GRAPHING"]
    assert percent(WEIGHTS) == 100


def test_only_a_pending_job_without_an_ingest_is_queued():
    assert state("1", ingest_id="").is_queued
    assert not state("1").is_queued and not state("1", "PARSING", ingest_id="").is_queued


def test_an_attempt_ends_with_done_error_or_cancelled():
    statuses = ("PENDING", "PARSING", "DONE", "ERROR", "CANCELLED")
    assert [status for status in statuses if state("1", status).is_terminal] == ["DONE", "ERROR", "CANCELLED"]


def test_open_jobs_are_ended_with_the_stage_that_they_were_in_and_ended_ones_are_left():
    parsing = state("1", "PARSING", attempt=2, stages_completed=("PARSING",))
    states, events = ended([parsing, state("2", "DONE")], "ERROR", "the process died", "ingest again", 9.0)
    assert [(one.job_id, one.status, one.completed_at, one.updated_at) for one in states] == [("1", "ERROR", 9.0, 9.0)]
    assert states[0].error == {"stage": "PARSING", "reason": "the process died", "hint": "ingest again"}
    assert events == [
        JobEvent(
            job_id="1",
            attempt=2,
            stage="ERROR",
            percent=WEIGHTS["PARSING"],
            message="the process died",
            timestamp=9.0,
            error="the process died",
        )
    ]


def test_a_cancelled_job_has_no_error():
    (cancelled,), (event,) = ended([state("1")], "CANCELLED", "asked for", "", 9.0)
    assert cancelled.error == {} and (event.stage, event.message, event.error) == ("CANCELLED", "asked for", "")
