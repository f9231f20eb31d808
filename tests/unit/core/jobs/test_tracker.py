"""States and events that a tracker makes, in an order in which any run may bring them."""

from itertools import count, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wekadocs_assets.adapters.memory.progress import InMemoryProgress
from wekadocs_assets.core import ids
from wekadocs_assets.core.jobs.states import STAGE_OF, TERMINAL
from wekadocs_assets.core.jobs.tracker import ProgressReader, ProgressTracker

DOCUMENT = ("docs", "a.md", "c0ffee")
JOB = ids.job_id(*DOCUMENT)
OTHER = ("docs", "b.md", "c0ffee")


class Told:
    """A tracker, what it wrote, and a clock that counts calls."""

    def __init__(self, *documents) -> None:
        self.streams, ticks = InMemoryProgress(), count(1_700_000_000)
        self.tracker = ProgressTracker(self.streams, "ingest-1", lambda: float(next(ticks)))
        self.tracker.begin(documents or [DOCUMENT])

    def state(self, job=JOB):
        return self.streams.state(job)

    def events(self, stream=JOB):
        return [event for _, event in self.streams.events(stream, "0", 0)]


def test_the_state_goes_from_pending_to_done():
    told = Told()
    assert told.state().status == "PENDING" and told.state().percent == 0
    for stage in STAGE_OF.values():
        told.tracker.emit([JOB], stage, "started")
        assert told.state().status == stage
        told.tracker.advance([JOB], stage, "done", {JOB: 12.5})
    assert told.state().percent == 85 and not told.state().is_terminal
    told.tracker.complete([JOB])
    state = told.state()
    assert (state.status, state.percent, state.attempt) == ("DONE", 100, 1)
    assert state.created_at < state.started_at < state.completed_at <= state.updated_at
    assert set(state.stats) == set(STAGE_OF.values()) and set(state.stats.values()) == {12.5}


@given(st.lists(st.tuples(st.sampled_from(list(STAGE_OF.values())), st.booleans()), max_size=20))
def test_percents_never_fall_whatever_comes_in_whichever_order(news):
    told = Told()
    for stage, ended in news:
        (told.tracker.advance if ended else told.tracker.emit)([JOB], stage, "")
    told.tracker.complete([JOB])
    percents = [event.percent for event in told.events()]
    assert percents == sorted(percents) and percents[0] == 0 and percents[-1] == 100


@pytest.mark.parametrize("order", permutations(["EXTRACTING", "GRAPHING", "EMBEDDING"]))
def test_the_branches_may_come_in_any_order(order):
    told = Told()
    for stage in ("PARSING", *order):
        told.tracker.advance([JOB], stage, "")
    assert told.state().percent == 70


def test_a_failure_ends_the_job_with_stage_and_reason_and_leaves_the_others():
    told = Told(DOCUMENT, OTHER)
    told.tracker.error({JOB: ("PARSING", "not UTF-8", "save it as UTF-8")})
    state, other = told.state(), told.state(ids.job_id(*OTHER))
    assert state.status == "ERROR" and other.status == "PENDING"
    assert state.error == {"stage": "PARSING", "reason": "not UTF-8", "hint": "save it as UTF-8"}
    assert told.events()[-1].error == "not UTF-8" and told.events()[-1].stage == "ERROR"


def test_nothing_comes_after_the_end():
    told = Told()
    told.tracker.error({JOB: ("PARSING", "r", "h")})
    told.tracker.advance([JOB], "EXTRACTING", "")
    told.tracker.complete([JOB])
    assert told.state().status == "ERROR"
    assert [event.stage for event in told.events() if event.stage in TERMINAL] == ["ERROR"]


def test_a_second_attempt_begins_anew_and_counts():
    told = Told()
    told.tracker.advance([JOB], "PARSING", "")
    told.tracker.begin([DOCUMENT])
    assert (told.state().status, told.state().attempt, told.state().percent) == ("PENDING", 2, 0)
    assert [(event.stage, event.attempt) for event in told.events()] == [("PENDING", 2)]


def test_the_ingests_own_stream_rises_to_a_hundred_and_tells_how_many():
    told = Told(DOCUMENT, OTHER)
    told.tracker.tell("PARSING", "parsing", 1, 2)
    told.tracker.advance([JOB, ids.job_id(*OTHER)], "PARSING", "")
    told.tracker.tell("EXTRACTING", "extracting", 1, 2)
    told.tracker.tell("DONE", "2 documents are in")
    events = told.events("ingest-1")
    assert [event.percent for event in events] == [5, 17, 100]
    assert events[0].details == {"done": 1, "total": 2}


def test_a_reader_waits_for_the_end_and_gives_up_in_time():
    told = Told()
    now = iter(range(10_000))
    reader = ProgressReader(told.streams, lambda: next(now))
    assert reader.wait_for_completion(JOB, 0) is None
    told.tracker.complete([JOB])
    assert reader.wait_for_completion(JOB, 1).stage == "DONE"
    assert reader.get_latest(JOB).status == "DONE" and reader.get_latest("nobody") is None
    (entry, _), *more = reader.read_events(JOB)
    assert [event for _, event in reader.read_events(JOB, entry)] == [event for _, event in more]
