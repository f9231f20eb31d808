"""What doctor concludes from what it finds: exit codes, judgments, and that one failure hides nothing else."""

import json
import threading
import time

import pytest

from wekadocs_assets.adapters.data_folder import engine_versions
from wekadocs_assets.adapters.neo4j import vector_statements
from wekadocs_assets.adapters.neo4j.index_diagnosis import compare, defined
from wekadocs_assets.cli.doctor import consult
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
    release,
    switch,
)
from wekadocs_assets.core.errors import ConfigurationError, StoreBusy, StoreUnavailable
from wekadocs_assets.core.graph import schema


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


def test_a_part_that_hangs_is_left_behind_with_what_it_found_till_then():
    released = threading.Event()

    class Hanging(Part):
        def _one(self, verdict):
            yield verdict
            released.wait(30)

    begun = time.monotonic()
    found = consult([Hanging(ok("first")), Part(ok("other"))], 0.3)
    assert time.monotonic() - begun < 25
    released.set()
    assert [finding.detail for finding in found] == ["first", "did not finish within 0.3 s", "other"]
    assert exit_code(found) == 3


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
    assert release("Engine", said, oldest).status == status


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


def stated() -> list[str]:
    return [*schema.ddl("neo4j"), *vector_statements.schema("0" * 12).values()]


def rows_of(statements: list[str]) -> list[dict]:
    """As SHOW INDEXES gives them."""
    return [
        {
            "name": one.name,
            "state": "ONLINE",
            "labelsOrTypes": [one.covers[0]],
            "properties": list(one.covers[1]),
            "owningConstraint": one.name if one.is_constraint else None,
        }
        for one in map(defined, statements)
    ]


def test_every_definition_of_ours_is_understood():
    names = [defined(statement).name for statement in stated()]
    assert len(set(names)) == len(names)
    vector = defined(stated()[-1])
    assert vector.covers == ("VectorPoint", ("embedding_000000000000",)) and not vector.is_constraint
    assert defined(next(schema.ddl("neo4j"))).is_constraint
    composite = next(one for one in map(defined, stated()) if one.name == "VectorPoint_embedding_version_tag")
    assert composite.covers == ("VectorPoint", ("embedding_version", "tag"))


def test_indexes_are_compared_by_what_they_cover():
    assert [verdict.status for verdict in compare(rows_of(stated()), stated(), recreated=False)] == ["ok"]
    there = rows_of(stated())
    gone = there.pop(0)["name"]
    there[3] |= {"properties": ["other"]}
    there[4] |= {"state": "FAILED"}
    there[5] |= {"state": "POPULATING"}
    other = next(row for row in there if row["owningConstraint"] and row not in there[3:6])
    other["owningConstraint"] = None
    found = {verdict.detail: verdict for verdict in compare(there, stated(), recreated=False)}
    assert len(found) == 5
    assert "CREATE CONSTRAINT" in found[f"constraint {gone} is missing"].hint
    assert any("covers" in detail and "(other)" in detail for detail in found)
    assert any("is FAILED" in detail for detail in found)
    assert any(f"{other['name']} is not a constraint" == detail for detail in found)
    assert [v.status for v in found.values()].count("note") == 1


def test_what_an_ingest_makes_anew_needs_no_statement_by_hand():
    (verdict, *_) = compare([], stated(), recreated=True)
    assert verdict.status == "problem" and verdict.hint.startswith("ingest again")


def test_the_stamp_names_the_installed_engines_and_stays(tmp_path):
    folder = tmp_path / "data"
    assert engine_versions.recorded_versions(folder) is None and engine_versions.changed_engines(folder) == {}
    engine_versions.record_versions_once(folder)
    assert engine_versions.recorded_versions(folder) == engine_versions.installed_versions()
    assert set(engine_versions.installed_versions()) <= set(engine_versions.ENGINES)
    written = (folder / engine_versions.NAME).stat().st_ino
    engine_versions.record_versions_once(folder)
    assert (folder / engine_versions.NAME).stat().st_ino == written
    assert [path.name for path in folder.iterdir()] == [engine_versions.NAME]


def test_another_recorded_version_is_a_change_until_it_is_recorded_again(tmp_path):
    engine, now = next(iter(engine_versions.installed_versions().items()))
    (tmp_path / engine_versions.NAME).write_text(json.dumps(engine_versions.installed_versions() | {engine: "0.0.1"}))
    assert engine_versions.changed_engines(tmp_path) == {engine: ("0.0.1", now)}
    engine_versions.record_versions(tmp_path)
    assert engine_versions.changed_engines(tmp_path) == {}


@pytest.mark.parametrize("damaged", ["", "{", "[1]", "7", '"text"', "\udcff"], ids=repr)
def test_a_damaged_stamp_is_of_no_installed_version(tmp_path, damaged):
    (tmp_path / engine_versions.NAME).write_bytes(damaged.encode("utf-8", "surrogateescape"))
    assert engine_versions.changed_engines(tmp_path).keys() == engine_versions.installed_versions().keys()
