"""What doctor concludes from what it finds: exit codes, judgments, and that one failure hides nothing else."""

import pytest

from wekadocs_assets.core.checks.diagnosis import (
    GIGABYTE,
    Diagnosis,
    Finding,
    Verdict,
    active_is_stored,
    examine,
    exit_code,
    free_space,
    model_fits,
    note,
    ok,
    problem,
    switch,
    version_verdict,
)
from wekadocs_assets.core.errors import ConfigurationError, StoreBusy, StoreUnavailable


class Part(Diagnosis):
    """Checks named 0, 1, 2…; an exception instead of a verdict is raised."""

    part = "part"

    def __init__(self, *verdicts: Verdict | Exception, needed: bool = True) -> None:
        self._verdicts, self.needed = verdicts, needed

    def checks(self):
        return [(str(n), lambda verdict=verdict: self._one(verdict)) for n, verdict in enumerate(self._verdicts)]

    def _one(self, verdict: Verdict | Exception):
        if isinstance(verdict, Exception):
            raise verdict
        yield verdict


def told(*verdicts: Verdict | Exception, needed: bool = True) -> list[tuple[str, str]]:
    return [(finding.check, finding.status) for finding in examine(Part(*verdicts, needed=needed))]


def test_a_check_that_fails_hides_no_other_one():
    wrong, defect = ConfigurationError("m", "h"), ZeroDivisionError("division")
    assert told(ok(""), wrong, defect, ok("")) == [("0", "ok"), ("1", "problem"), ("2", "problem"), ("3", "ok")]


def test_a_part_that_cannot_be_reached_is_asked_nothing_more():
    assert told(StoreUnavailable("m", "h"), ok("")) == [("0", "problem")]
    assert told(ConfigurationError("wrong password"), ok("")) == [("0", "problem")]
    assert told(problem("", ""), ok("")) == [("0", "problem")]
    assert told(ok(""), StoreUnavailable("went away"), ok("")) == [("0", "ok"), ("1", "problem")]


def test_a_store_that_another_process_writes_is_no_problem():
    assert told(StoreBusy("updated by another"), ok("")) == [("0", "note")]


def test_what_was_found_before_a_failure_stays():
    class Half(Part):
        def _one(self, verdict):
            yield ok("first")
            raise verdict

    assert [finding.detail for finding in examine(Half(ConfigurationError("second")))] == ["first", "second"]


def test_a_defect_is_told_with_its_kind():
    (finding,) = examine(Part(ZeroDivisionError("by zero\nmore")))
    assert finding.detail == "ZeroDivisionError: by zero" and finding.hint


def findings(*parts: Part) -> list[Finding]:
    return [finding for part in parts for finding in examine(part)]


AWAY = StoreUnavailable("away", "start it")


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([Part(ok("")), Part(note("x"))], 0),
        ([Part(problem("x", "y"))], 1),
        ([Part(AWAY), Part(ok(""))], 3),
        ([Part(AWAY), Part(problem("x", "y"))], 1),
        ([Part(AWAY, needed=False)], 1),
        ([Part(AWAY), Part(AWAY, needed=False)], 3),
        ([Part(AWAY), Part(problem("x", "y"), needed=False)], 1),
        ([Part(AWAY), Part(ConfigurationError("wrong password"))], 1),
        ([], 0),
    ],
)
def test_the_exit_code_says_whether_a_needed_part_is_all_that_is_missing(parts, code):
    assert exit_code(findings(*parts)) == code


@pytest.mark.parametrize(
    ("free", "status"), [(0, "problem"), (GIGABYTE // 8, "problem"), (GIGABYTE, "note"), (50 * GIGABYTE, "ok")]
)
def test_little_free_disk_is_told_in_time(free, status):
    verdict = free_space(free, "/data")
    assert verdict.status == status and "/data" in verdict.detail and bool(verdict.hint) == (status != "ok")


@pytest.mark.parametrize(
    ("said", "oldest", "status"),
    [
        ("5.26.12", (5,), "ok"),
        ("2025.01.0", (5,), "ok"),
        ("4.4.40", (5,), "problem"),
        ("1.9.7", (1, 10), "problem"),
        ("1.10.0", (1, 10), "ok"),
        ("v1.18.3-dev", (1, 10), "ok"),
        ("15.13 (Debian 15.13-0+deb12u1)", (12,), "ok"),
        ("dev", (5,), "note"),
        ("", (5,), "note"),
    ],
)
def test_releases_are_compared_by_number(said, oldest, status):
    assert version_verdict("Engine", said, oldest).status == status


def test_a_model_of_other_dimensions_than_its_stored_vectors_is_a_problem():
    assert model_fits("v", 64, {"v": 64, "w": 8}, "store").status == "ok"
    assert model_fits("v", 64, {"w": 8}, "store").status == "ok"
    verdict = model_fits("v", 64, {"v": 8}, "store")
    assert verdict.status == "problem" and "64" in verdict.detail and "8" in verdict.detail


def test_a_switch_is_a_note_that_says_how_far_it_is():
    assert switch("new", "", []).status == "ok"
    assert switch("new", "new", ["new"]).status == "ok"
    assert "begins" in switch("new", "old", ["old"]).detail
    assert "going on" in switch("new", "old", ["old", "new"]).detail
    assert switch("new", "old", ["old"]).status == "note"


def test_vectors_of_the_active_version_must_be_there():
    assert active_is_stored("", [], "store") is None
    assert active_is_stored("v", ["v"], "store") is None
    assert active_is_stored("v", ["w"], "store").status == "problem"
