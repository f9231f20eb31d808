"""What holds after an ingest beside the equality of exports: nothing left over, nothing left to do, nothing encoded twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from history_folder import File, Folder, Place
from history_index import InMemoryIndex, Knobs, Process
from history_ingest import Asked, Done, planned
from history_model import Version, version_of

from wekadocs_assets.app import bootstrap
from wekadocs_assets.core import ids
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.recipe import EXTRACTED, PARSED, embeddings_of
from wekadocs_assets.core.repair.reconcile import reconcile


def has_no_drift(done: Done) -> None:
    assert done.report is None or done.report.drift_pct == 0, done.report.vector


def has_nothing_left_over(process: Process, knobs: Knobs, served: Mapping[Place, Version], forgotten: set[str]) -> None:
    """In every version that is kept, too: points of served documents alone, and a Chunk node for each.

    forgotten: versions that a graph knew which was wiped, or that a store had which is not written any more: nobody knows
    whose they are, or nobody can reach them.
    """
    store, graph = process.stores.vectors[0], process.stores.graph
    sections = {row["id"] for row in graph.export("Section")}
    versions = [version for version in store.versions() if version not in forgotten]
    points = [(version, point.payload) for version in versions for point in store.scan(version)]
    nodes = [(row["embedding_version"], row["id"]) for row in graph.export("Chunk")]
    nodes = [(version, key) for version, key in nodes if version not in forgotten]
    if knobs.keep_old_vectors:  # a version that was wiped is no reason to drop what is known of it
        nodes = [(version, key) for version, key in nodes if version in versions]
    assert {(payload["tag"], payload["source_uri"]) for _, payload in points} <= served.keys()
    assert {payload["section_id"] for _, payload in points} <= sections
    assert sorted(nodes) == sorted((version, payload["chunk_id"]) for version, payload in points)


def has_its_mirrors_equal(process: Process, knobs: Knobs) -> None:
    contents = [
        {p.id: (p.payload, p.vector.tobytes()) for p in store.scan(version_of(knobs), with_vectors=True)}
        for store in process.stores.vectors
    ]
    assert all(content == contents[0] for content in contents)


def agrees(process: Process) -> bool:
    """Whether reconcile finds nothing in any collection."""
    pipeline = bootstrap.open_pipeline(process.settings)
    return all(reconcile(pipeline, collection).agrees for collection in pipeline.graph.collections())


def has_nothing_to_do(process: Process, folder: Folder, files: Mapping[Place, File]) -> None:
    """Another ingest would find failing and unreadable pages alone, and the ledger says why they fail."""
    pipeline = bootstrap.open_pipeline(process.settings)
    assert pipeline.active == pipeline.target or not files or _of_fate(files, "good") != files.keys()
    plans, unfinished = planned(process, pipeline, folder, Asked())
    assert not unfinished
    assert {(d.tag, d.source_uri): d.change for plan in plans for d in plan.work} == dict.fromkeys(
        _of_fate(files, "bad"), "failing"
    )
    assert {(plan.tag, u.source_uri) for plan in plans for u in plan.unreadable} == _of_fate(files, "unreadable")
    assert not any(plan.deleted for plan in plans)
    if _of_fate(files, "good") == files.keys():
        assert not any(plan.findings for plan in plans)
    failures = {(e.tag, e.source_uri): e.failure for e in pipeline.graph.ledger() if e.failure}
    assert not _of_fate(files, "good") & failures.keys()
    for place in _of_fate(files, "bad"):
        assert failures[place].checksum == ids.checksum(files[place].content) and failures[place].permanent
    _has_its_artifacts(pipeline, _of_fate(files, "good"))


def _of_fate(files: Mapping[Place, File], fate: str) -> set[Place]:
    return {place for place, file in files.items() if file.fate == fate}


def _has_its_artifacts(pipeline: Pipeline, places: Iterable[Place]) -> None:
    keys = [ids.partition_key(*place) for place in places]
    for asset in (PARSED, EXTRACTED, embeddings_of(pipeline.target.embedding_version)):
        assert pipeline.artifacts.headers(asset, keys).keys() == set(keys), asset


class Reader:
    """Asks between the writes of an ingest what a search would ask: the points of pages that stay, and their sections."""

    def __init__(self, index: InMemoryIndex, knobs: Knobs, files: Mapping[Place, File]) -> None:
        self._graph, self._vectors = index.graph, index.vectors[knobs.stores[0]]
        staying = {place for place, file in files.items() if file.fate != "good" or file.content.strip()}
        self._staying = staying & {(p["tag"], p["source_uri"]) for p in self._points()}
        self.met: list[str] = []

    def __call__(self) -> None:
        points = self._points()
        sections = {row["id"] for row in self._graph.export("Section")}
        if any(payload["section_id"] not in sections for payload in points):
            self.met.append("a point without its section")
        if missing := self._staying - {(payload["tag"], payload["source_uri"]) for payload in points}:
            self.met.append(f"no point of {missing}")

    def _points(self) -> list[dict[str, str]]:
        return [point.payload for point in self._vectors.scan(self._graph.open().embedding_version)]


def checksums(process: Process) -> set[tuple[str, str]]:
    """(model part, checksum) of every text whose vector the source of truth has."""
    store = process.stores.vectors[0]
    found = ((version, point.payload["checksum"]) for version in store.versions() for point in store.scan(version))
    return {(version.rpartition(".")[0], checksum) for version, checksum in found}


def encoded_only_what_is_new(done: Done, stored: set[tuple[str, str]]) -> None:
    encoded = [(part, ids.checksum(text)) for part, text in done.encoded]
    assert not stored & set(encoded), "a text was encoded whose vector was there"
    assert len(encoded) == len(set(encoded)), "a text was encoded twice"
