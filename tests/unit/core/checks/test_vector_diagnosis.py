"""What doctor reports of any vector store: its versions, and whether the active one is there."""

import pytest

from wekadocs_assets.core.checks.diagnosis import Finding, examine
from wekadocs_assets.core.checks.vector_diagnosis import VectorDiagnosis
from wekadocs_assets.core.errors import StoreUnavailable


class Diagnosed(VectorDiagnosis):
    """versions: number of dimensions by version; every version has three points."""

    engine, place = "little", "the store"

    def __init__(self, versions: dict[str, int], active: str = "", *, second: bool = False) -> None:
        super().__init__(lambda: self.active(), replica=second)
        self.versions, self.name = versions, active

    def active(self) -> str:
        if self.name == "unknown":
            raise StoreUnavailable("the graph is away")
        return self.name

    def stored(self) -> dict[str, int]:
        return self.versions

    def count(self, version: str) -> int:
        return 3

    def checks(self):
        return [("versions", self._versions), ("active", self._active_is_stored)]


def findings(*arguments, **options) -> list[Finding]:
    return list(examine(Diagnosed(*arguments, **options)))


def test_every_version_is_listed_with_its_points_and_foreign_data_is_a_problem():
    good, foreign = findings({"v": 64, "alien": 0}, "v")[:2]
    assert (good.status, good.detail) == ("ok", "v: 3 points, 64 dimensions")
    assert (foreign.status, "alien" in foreign.detail, bool(foreign.hint)) == ("problem", True, True)


@pytest.mark.parametrize(
    ("versions", "active", "status", "words"),
    [
        ({}, "", "ok", "no version is active yet"),
        ({"v": 64}, "v", "ok", "v is active"),
        ({"w": 64}, "v", "problem", "the active version is v, but the store has no such vectors"),
        ({"v": 64}, "unknown", "note", "not compared with the graph"),
    ],
)
def test_the_active_version_must_be_stored(versions, active, status, words):
    last = findings(versions, active)[-1]
    assert last.status == status and words in last.detail


def test_an_ingest_does_not_need_the_replica_store():
    assert (findings({})[0].part, findings({})[0].needed) == ("vectors (little)", True)
    second = findings({}, second=True)[0]
    assert (second.part, second.needed) == ("vectors (little, replica)", False)
