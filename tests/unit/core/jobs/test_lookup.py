"""Jobs grouped by their ingest, and the ingest or job that the start of an id means."""

import pytest

from wekadocs_assets.adapters.memory.progress import InMemoryProgress
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.jobs.lookup import IngestStatus, by_ingest, chosen, found_by, match_prefix
from wekadocs_assets.core.jobs.states import JobEvent, JobState


def job(job_id: str, status: str = "PENDING", ingest_id: str = "ingest-1", **facts) -> JobState:
    known = {"source_uri": f"{job_id}.md", "checksum": "c", "tag": "docs", "created_at": 5.0}
    return JobState(job_id=job_id, status=status, ingest_id=ingest_id, **known | facts)


def event(stream: str, stage: str, **facts) -> JobEvent:
    return JobEvent(job_id=stream, attempt=1, stage=stage, percent=0, message="", timestamp=1.0, **facts)


@pytest.mark.parametrize(
    ("jobs", "status"),
    [
        ([job("1", ingest_id=""), job("2", ingest_id="")], "QUEUED"),
        ([job("1", ingest_id=""), job("2", "PARSING")], "RUNNING"),
        ([job("1", "DONE"), job("2")], "RUNNING"),
        ([job("1", "DONE"), job("2", "DONE")], "DONE"),
        ([job("1", "DONE"), job("2", "ERROR")], "ERROR"),
        ([job("1", "ERROR"), job("2", "CANCELLED")], "CANCELLED"),
        ([], "QUEUED"),
    ],
)
def test_an_ingest_runs_until_every_job_ended_and_then_has_the_worst_end(jobs, status):
    ingest = IngestStatus("ingest-1", tuple(jobs))
    assert ingest.status == status and ingest.is_terminal == (status not in ("QUEUED", "RUNNING"))


def test_an_ingest_counts_its_jobs_and_has_the_mean_of_their_percents():
    jobs = (job("1", "DONE", stages_completed=("PARSING",)), job("2", "ERROR"), job("3", "DONE"))
    ingest = IngestStatus("ingest-1", jobs)
    assert ingest.counts == {"DONE": 2, "ERROR": 1} and ingest.percent == 10 // 3
    assert IngestStatus("ingest-2", (), "DONE").status == "DONE" and IngestStatus("ingest-2", ()).percent == 0


def test_ingests_are_listed_oldest_first_with_their_jobs_by_name():
    newer = job("9", ingest_id="ingest-2", created_at=8.0)
    found = by_ingest([newer, job("2"), job("1", created_at=6.0, updated_at=7.0)])
    assert [ingest.ingest_id for ingest in found] == ["ingest-1", "ingest-2"]
    assert [one.job_id for one in found[0].jobs] == ["1", "2"]
    assert (found[0].started_at, found[0].updated_at) == (5.0, 7.0)


def test_a_whole_id_is_found_though_it_begins_another_one():
    assert match_prefix(["ab", "abc"], "ab", "job", "") == "ab"
    assert match_prefix(["ab", "abc"], "abc", "job", "") == "abc"


def test_the_start_of_no_id_and_of_several_is_refused():
    with pytest.raises(ConfigurationError, match="no job begins with 'x'") as refused:
        match_prefix(["ab"], "x", "job", "look it up")
    assert refused.value.hint == "look it up"
    with pytest.raises(ConfigurationError, match="begins 2 ids, for instance aa and ab"):
        match_prefix(["ab", "aa"], "a", "job", "")


def test_the_start_of_an_id_is_an_ingest_or_a_job():
    states = [job("f00d"), job("cafe")]
    assert chosen(states, "ing") == IngestStatus("ingest-1", (states[1], states[0]))
    assert chosen(states, "f0") == states[0]


def test_a_run_leads_to_its_ingest_and_an_ingest_without_jobs_is_known_by_its_events():
    streams = InMemoryProgress()
    streams.write([job("f00d")], [event("run-7", "PENDING", details={"ingest_id": "ingest-1"})])
    assert found_by(streams, "run").ingest_id == "ingest-1" and len(found_by(streams, "run").jobs) == 1
    streams.write([], [event("ingest-2", "PENDING"), event("ingest-2", "DONE")])
    assert found_by(streams, "ingest-2") == IngestStatus("ingest-2", (), "DONE")
    with pytest.raises(ConfigurationError, match="no ingest, Dagster run or job"):
        found_by(streams, "nowhere")
