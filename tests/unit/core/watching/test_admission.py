"""How many documents come in, by what machine and servers bear."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wekadocs_assets.core.watching.admission import Limits, Load, admit

LIMITS = Limits(documents=500, runs=1, queued=1000, probe_seconds=4.0, redis_pct=90.0, free_mb=1000.0)
IDLE = Load(runs=0, queued=0, graph_seconds=0.01, vectors_seconds=0.01, redis_pct=10.0, free_mb=50_000.0)


def test_all_may_come_where_nothing_is_near_its_limit():
    assert admit(IDLE, LIMITS).documents == 500 and admit(IDLE, LIMITS).reason == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"runs": 1}, "1 of 1 ingests"),
        ({"queued": 1001}, "1001 jobs"),
        ({"graph_seconds": 4.1}, "graph takes 4.10 s"),
        ({"vectors_seconds": 5.0}, "vector store takes 5.00 s"),
        ({"redis_pct": 91.0}, "91 %"),
        ({"free_mb": 999.0}, "999 MB are free"),
        ({"free_mb": 0.0}, "0 MB are free"),
    ],
)
def test_beyond_a_limit_none_comes_and_the_reason_is_said(change, words):
    found = admit(replace(IDLE, **change), LIMITS)
    assert found.documents == 0 and words in found.reason


def test_every_limit_that_is_passed_is_said():
    reason = admit(replace(IDLE, graph_seconds=9.0, free_mb=1.0), LIMITS).reason
    assert "graph" in reason and "MB" in reason


def test_from_half_of_a_limit_on_fewer_come_and_it_is_said_why():
    found = admit(replace(IDLE, graph_seconds=3.0), LIMITS)
    assert found.documents == 250 and "graph" in found.reason


@given(st.lists(st.floats(0.0, 4.0), min_size=2, max_size=2).map(sorted))
def test_more_load_never_lets_more_in(seconds):
    light, heavy = (admit(replace(IDLE, vectors_seconds=one), LIMITS).documents for one in seconds)
    assert 1 <= heavy <= light <= 500
