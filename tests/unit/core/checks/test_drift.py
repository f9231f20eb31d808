"""Points against Chunk nodes, document by document, and the drift in percent."""

from wekadocs_assets.core import ids
from wekadocs_assets.core.checks.drift import Difference, DriftCounts, compare
from wekadocs_assets.core.models import Chunk
from wekadocs_assets.core.ports.vectors import StoredPoint


def chunk(name: str, checksum: str = "c") -> Chunk:
    return Chunk(
        id=name, section_id="s", order=0, start=0, end=1, checksum=checksum, tokens=1, embedding_version="v"
    )  # fmt: skip


def point(name: str, document: str = "a", checksum: str = "c", **labels: str) -> StoredPoint:
    payload = {"chunk_id": name, "document_id": document, "checksum": checksum} | labels
    return StoredPoint(ids.point_id(name), payload)


TWO = {"a": [chunk("1"), chunk("2")]}


def test_equal_chunks_and_points_do_not_drift():
    found = compare(TWO, [point("1"), point("2")], {"a"})
    assert (found.chunks, found.points, found.union, found.different) == (2, 2, 2, 0)
    assert found.drift_pct == 0 and found.differences == ()


def test_a_chunk_without_a_point_is_missing_and_a_point_without_a_chunk_is_foreign():
    found = compare(TWO, [point("1"), point("3")], {"a"})
    assert found.differences == (Difference(document_id="a", missing=("2",), foreign=(ids.point_id("3"),)),)
    assert (found.union, found.different, found.drift_pct) == (3, 2, 66.6667)


def test_a_point_of_an_older_text_is_stale_and_counts_twice():
    found = compare(TWO, [point("1"), point("2", checksum="old")], {"a"})
    assert found.differences == (Difference(document_id="a", stale=("2",)),)
    assert (found.union, found.different) == (3, 2)


def test_a_point_with_other_labels_is_stale_without_drift():
    wanted = {"1": point("1", title="New").payload}
    found = compare({"a": [chunk("1")]}, [point("1", title="Old")], {"a"}, wanted)
    assert found.differences == (Difference(document_id="a", stale=("1",)),) and found.drift_pct == 0


def test_all_chunks_of_a_document_without_a_current_fingerprint_are_different():
    found = compare(TWO, [point("1"), point("2")], set())
    assert found.differences == (Difference(document_id="a", unfinished=2),) and found.drift_pct == 100


def test_points_of_a_document_without_chunks_are_foreign():
    found = compare({}, [point("1", "b")], {"b"})
    assert found.differences == (Difference(document_id="b", foreign=(ids.point_id("1"),)),) and found.drift_pct == 100


def test_tallies_are_added_and_untracked_points_are_drift():
    both = DriftCounts(chunks=1, points=1, union=1).plus(DriftCounts(chunks=2, points=1, union=2, different=1))
    assert (both.chunks, both.points, both.union, both.different) == (3, 2, 3, 1)
    assert both.with_untracked(1).drift_pct == 50 and DriftCounts().drift_pct == 0
    assert not Difference(document_id="a") and Difference(document_id="a", unfinished=1)
