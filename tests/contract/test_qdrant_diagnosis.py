"""What doctor finds on a server that speaks Qdrant's protocol: key, release, collections, indexes, alias."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from servers.little_qdrant import LittleQdrant

from wekadocs_assets.adapters.qdrant.diagnosis import QdrantDiagnosis
from wekadocs_assets.adapters.qdrant.server import QdrantVectors
from wekadocs_assets.adapters.qdrant.session import QdrantSession
from wekadocs_assets.core.checks.diagnosis import Finding, examine

VERSION = "hash-8-sum.c128-r1"


class Qdrant(LittleQdrant):
    """Also has aliases, and may take writes from nobody."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.aliases: dict[str, str] = {}
        self.read_only = False
        super().__init__(*arguments, **named)

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if path == "/aliases":
            pairs = [{"alias_name": name, "collection_name": to} for name, to in self.aliases.items()]
            return 200, {"aliases": pairs}
        if self.read_only and path.endswith("/points/delete"):
            return 403, "Forbidden: Write access is required"
        return super().answer(method, path, body)


@pytest.fixture
def qdrant() -> Iterator[Qdrant]:
    server = Qdrant(api_key="right")
    yield server
    server.stop()


def found(server: LittleQdrant, key: str = "right", active: str = VERSION) -> dict[str, list[Finding]]:
    session = QdrantSession(server.url, key, timeout=2, connect_timeout=2, patience=0)
    by_check: dict[str, list[Finding]] = {}
    for finding in examine(QdrantDiagnosis(session, "docs", lambda: active, replica=False)):
        by_check.setdefault(finding.check, []).append(finding)
    return by_check


def problems(by_check: dict[str, list[Finding]]) -> dict[str, str]:
    return {check: f.detail for check, findings in by_check.items() for f in findings if f.status == "problem"}


def filled(server: Qdrant) -> None:
    QdrantVectors(server.url, "right", "docs").open(VERSION, 8)
    server.aliases["docs"] = f"docs__{VERSION}"
    server.requests.clear()


def test_an_empty_server_is_well_and_nothing_is_made(qdrant):
    by_check = found(qdrant, active="")
    assert problems(by_check) == {} and qdrant.collections == {}
    assert not [request for request in qdrant.requests if request.startswith("PUT")]


def test_a_filled_server_is_well(qdrant):
    filled(qdrant)
    by_check = found(qdrant)
    assert problems(by_check) == {} and by_check["version"][0].detail == "Qdrant 1.18.3"
    assert by_check["versions"][0].detail == f"{VERSION}: 0 points, 8 dimensions"
    assert by_check["alias"][0].detail == f"docs points to docs__{VERSION}"
    assert not [request for request in qdrant.requests if request.startswith(("PUT", "DELETE"))]


def test_a_wrong_key_ends_the_questions(qdrant):
    by_check = found(qdrant, key="wrong")
    assert list(by_check) == ["reachable"] and "refuses the API key" in problems(by_check)["reachable"]
    assert not by_check["reachable"][0].unreachable


def test_a_key_that_may_only_read(qdrant):
    filled(qdrant)
    qdrant.read_only = True
    assert list(problems(found(qdrant))) == ["rights"]


def test_an_absent_server(qdrant):
    qdrant.stop()
    by_check = found(qdrant)
    assert list(by_check) == ["reachable"] and by_check["reachable"][0].unreachable
    qdrant.start(0)


def test_an_old_release():
    server = Qdrant("1.9.7")
    assert problems(found(server, active="")) == {"version": "Qdrant 1.9.7 is too old"}
    server.stop()


def test_what_somebody_took_away_or_turned_elsewhere(qdrant):
    filled(qdrant)
    del qdrant.collections[f"docs__{VERSION}"]["indexes"]["tag"]
    qdrant.aliases["docs"] = "theirs"
    told = problems(found(qdrant, active="other"))
    assert told["indexes"] == f"docs__{VERSION} has no payload index on tag"
    assert "points to theirs" in told["alias"] and "the active version is other" in told["served"]
    qdrant.aliases.clear()
    assert found(qdrant)["alias"][0].status == "note"


def test_a_collection_of_our_name_without_our_vectors(qdrant):
    filled(qdrant)
    qdrant.collections[f"docs__{VERSION}"]["vectors"] = {"size": 4, "distance": "Cosine"}
    assert found(qdrant)["versions"][0].status == "problem"
