"""The few derived values of a report."""

from memory_pipeline import MemoryIndex

from wekadocs_assets.core.reports.files import read_ingest_report
from wekadocs_assets.core.reports.model import ReplicaState, as_data


def replica(**facts) -> ReplicaState:
    return ReplicaState(
        **{"store": "neo4j", "points": 1, "missing": 0, "stale": 0, "foreign": 0, "problem": ""} | facts
    )


def test_a_replica_store_is_behind_when_anything_differs():
    assert not replica().is_behind
    for facts in ({"missing": 1}, {"stale": 1}, {"foreign": 1}, {"problem": "away"}):
        assert replica(**facts).is_behind, facts


def test_a_report_as_data_has_the_keys_of_its_class_in_order():
    index = MemoryIndex({"a.md": b"# A\n"})
    written = index.ingest()
    report = read_ingest_report(index.reports, "ingest-1")
    assert list(as_data(report)) == list(written) == list(type(report).__dataclass_fields__)
    assert as_data(report)["documents"] == written["documents"]
