"""Histories in which the stores suffer too: wiped, restored from a backup, changed by hand; and reconcile mends them."""

from __future__ import annotations

import copy
from collections.abc import Callable

from history_checks import agrees
from history_folder import Place
from history_index import Process
from history_machine import History, number
from history_model import Model, version_of
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from wekadocs_assets.app import bootstrap
from wekadocs_assets.core import ids
from wekadocs_assets.core.ports.vectors import Point, StoredPoint
from wekadocs_assets.core.recipe import EXTRACTED, PARSED, embeddings_of
from wekadocs_assets.core.repair.reconcile import reconcile
from wekadocs_assets.core.repair.repair import repair


class DamagedHistory(History):
    """backup: of one store, and what was known then."""

    def __init__(self) -> None:
        super().__init__()
        self.backup: tuple[str, Callable[[], None], Model] | None = None

    @rule(store=st.sampled_from(["graph", "vectors", "artifacts", "dagster"]))
    def wipe(self, store: str) -> None:
        self.index.wipe(store)
        if store == "graph":
            self.model.graph_lost()
            self.forgotten |= self.versions.keys()
        if store == "vectors":
            self.model.vectors_lost()

    @precondition(lambda self: self.model.is_known)
    @rule(store=st.sampled_from(["graph", "vectors"]))
    def back_up(self, store: str) -> None:
        self.backup = store, self.index.back_up(store), copy.deepcopy(self.model)

    @precondition(lambda self: self.backup)
    @rule()
    def restore(self) -> None:
        store, restore, model = self.backup
        restore()
        self.forgotten |= self.versions.keys()
        if store == "graph":
            self.model, model = copy.deepcopy(model), self.model
        self.model.damaged |= self.model.places | model.places

    @precondition(lambda self: self.model.served)
    @rule(n=number, asset=st.sampled_from([PARSED, EXTRACTED, "embeddings"]))
    def delete_an_artifact(self, n: int, asset: str) -> None:
        place = self.served_place(n)
        with self.opened() as process:
            name = embeddings_of(bootstrap.open_pipeline(process.settings).target.embedding_version)
            name = name if asset == "embeddings" else asset
            process.stores.artifacts.delete(name, [ids.partition_key(*place)])

    @precondition(lambda self: self.model.served)
    @rule(n=number)
    def delete_the_node_of_a_document(self, n: int) -> None:
        place = self.served_place(n)
        self.index.forget_document(self.knobs, ids.document_id(*place))
        self.forgotten |= self.versions.keys() - {version_of(self.knobs)}  # its ledger entry alone named them
        self.model.node_lost(place)

    @precondition(lambda self: self.model.served)
    @rule(n=number, how=st.sampled_from(["lost", "old", "relabelled", "doubled"]))
    def damage_a_point(self, n: int, how: str) -> None:
        place = self.served_place(n)
        with self.opened() as process:
            version = process.stores.graph.open().embedding_version
            store = process.stores.vectors[0]
            points = list(store.scan(version, [ids.document_id(*place)], with_vectors=True))
            if not points:
                return
            point = min(points, key=lambda point: point.id)
            if how == "lost":
                store.delete(version, [point.id])
            else:
                store.upsert(version, [_changed(point, how)])
        self.model.damaged.add(place)

    @precondition(lambda self: self.model.served)
    @rule(n=number, what=st.sampled_from(["section", "chunk", "links"]))
    def delete_from_the_graph(self, n: int, what: str) -> None:
        place = self.served_place(n)
        with self.opened() as process:
            if _delete(process, place, what):
                self.model.damaged.add(place)

    @rule()
    def repair(self) -> None:
        """As `ingestctl reconcile --repair`, which leaves an unfinished ingest alone, and a root that is gone."""
        self.versions[version_of(self.knobs)] = self.knobs
        with self.opened() as process:
            pipeline = bootstrap.open_pipeline(process.settings)
            collections = pipeline.graph.collections()
            if any(each.is_unfinished or each.root != str(self.folder.root(each.tag)) for each in collections):
                return
            found = [reconcile(pipeline, collection) for collection in collections]
            done = [repair(pipeline, each) for each in found]
        remade = {(f.entry.tag, f.entry.source_uri) for each in found for f in each.inconsistencies if f.artifacts}
        lost = {(o.document.tag, o.document.source_uri) for each in done for o in each.lost}
        note(f"not repaired: {lost}")
        self.model.repaired({collection.tag for collection in collections}, lost)
        self.model.remade(remade - lost, self.knobs)
        if self.model.is_known:
            self.is_as_if_it_were_new()
            with self.opened() as process:
                assert self.model.failed or agrees(process)

    def served_place(self, n: int) -> Place:
        places = sorted(self.model.served)
        note(f"the document is {places[n % len(places)]}")
        return places[n % len(places)]


def _changed(point: StoredPoint, how: str) -> Point:
    payload = dict(point.payload)
    key = point.id
    if how == "old":
        payload["checksum"] = ids.checksum("old words")
    elif how == "relabelled":
        payload["title"] = "Another title"
    else:
        payload["chunk_id"] = "made by hand"
        key = ids.point_id(payload["chunk_id"])
    return Point(key, point.vector, "old words", payload)


def _delete(process: Process, place: Place, what: str) -> bool:
    """Whether there was any."""
    graph, document = process.stores.graph, ids.document_id(*place)
    version = graph.open().embedding_version
    sections = sorted(graph.section_ids([document]).get(document, []))
    if what == "section":
        graph.delete_sections(sections[:1])
        return bool(sections)
    if what == "chunk":
        chunks = sorted(chunk.id for chunk in graph.chunks([document], version).get(document, []))
        graph.write_chunks([], chunks[:1], [])
        return bool(chunks)
    links = [(s, d, anchor) for s, found in graph.links(place[0]).items() for d, anchor in found if s in sections]
    graph.write_links([], links)
    return bool(links)
