"""Opens what a process works with: stores, the pipeline of an ingest, a reader, locks, sources and reports.

Add a function here when an entry point (defs, cli, mcp_server) needs something opened. The choice of an adapter belongs in
adapter_factory.py, Redis in messaging.py.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from wekadocs_assets.app import adapter_factory
from wekadocs_assets.app.adapter_factory import AdapterFactory
from wekadocs_assets.config.settings import Settings
from wekadocs_assets.core.chunking import embedding_version
from wekadocs_assets.core.errors import ConfigurationError, WekadocsError
from wekadocs_assets.core.models import Collection, GraphInfo
from wekadocs_assets.core.pipeline import Pipeline, VectorIndex
from wekadocs_assets.core.ports.stores import ArtifactStore, GraphStore, Lock, Reports, Source
from wekadocs_assets.core.ports.vectors import Embedder, VectorStore
from wekadocs_assets.core.recipe import IndexId, Recipe, vocabulary_digest
from wekadocs_assets.core.search.confidence import MODEL, Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """The adapters of a process. vectors: the primary store, then the replica store if there is one."""

    graph: GraphStore
    vectors: tuple[VectorStore, ...]
    artifacts: ArtifactStore
    embedder: Embedder
    lock: Lock


@cache
def open_stores(settings: Settings) -> Stores:
    """The stores of these settings, cached for the process: each store is opened and each model is loaded once.

    Raises StoreUnavailable or ConfigurationError when Neo4j cannot be used. This first contact is not retried; later
    transactions are.
    """
    factory = adapters_of(settings)
    if factory.graph_is_server:
        factory.neo4j.verify()
    return Stores(
        graph=factory.graph().adapter,
        vectors=tuple(factory.vectors(name).adapter for name in settings.vector_stores),
        artifacts=factory.artifacts(),
        embedder=adapter_factory.embedder(settings),
        lock=factory.lock,
    )


@cache
def adapters_of(settings: Settings) -> AdapterFactory:
    """The factory of these settings, cached, so that graph and vectors share one Neo4j session and its leases."""
    return AdapterFactory(settings)


def open_pipeline(settings: Settings) -> Pipeline:
    """The pipeline of an ingest. It captures the current state of the stores, so open a new one for each ingest."""
    stores = open_stores(settings)
    info = stores.graph.open()
    version = embedding_version(stores.embedder.model_part, settings.chunk_tokens)
    indexes, absent = _target_indexes(stores, version, settings.chunk_tokens)
    active = _active_index(settings, stores, info, indexes[0])
    if isinstance(active, VectorIndex) and active not in indexes:
        indexes.append(active)
    ids = tuple(index.id for index in indexes)
    return Pipeline(
        source_of=_sources(settings),
        artifacts=stores.artifacts,
        graph=stores.graph,
        stores=stores.vectors,
        indexes=tuple(indexes),
        active=active.id if isinstance(active, VectorIndex) else active,
        lock=stores.lock,
        vocabulary=settings.vocabulary,
        recipe=Recipe(vocabulary_digest(settings.vocabulary), stores.artifacts.store_id(), ids),
        embedded_by=json.dumps({"embedding_model": settings.embedding_model, "chunk_tokens": settings.chunk_tokens}),
        recorded_in=adapters_of(settings).dagster_storage_id(),
        keep_old_vectors=settings.keep_old_vectors,
        sample_queries=settings.sample_queries_by_tag(),
        derived_queries=settings.derived_queries,
        confidence=confidence(settings),
        absent=absent,
    )


def open_reader(settings: Settings) -> Pipeline:
    """A pipeline that reads the active index. It creates no index for the model and chunking of the settings."""
    stores = open_stores(settings)
    active = IndexId(stores.vectors[0].engine, stores.graph.open().embedding_version, "")
    return Pipeline(
        source_of=_sources(settings), artifacts=stores.artifacts, graph=stores.graph, stores=stores.vectors,
        indexes=(), active=active, lock=stores.lock, vocabulary=settings.vocabulary,
        recipe=Recipe(vocabulary_digest(settings.vocabulary), "", (active,)),
    )  # fmt: skip


def known_collections(settings: Settings) -> dict[str, Collection]:
    """Tag -> collection, from the graph and from COLLECTIONS. Raises ConfigurationError when their roots for a tag differ."""
    graph = open_stores(settings).graph
    known = {collection.tag: collection for collection in graph.collections()}
    for tag, root in settings.collection_roots().items():
        if tag in known and known[tag].root != root:
            raise ConfigurationError(
                f"COLLECTIONS: '{tag}' is {root}, but it was ingested from {known[tag].root}",
                f"give the new folder another tag, or rebind it: ingestctl ingest {root} --tag {tag} --rebind",
            )
        known.setdefault(tag, Collection(tag=tag, root=root))
    return known


def source(settings: Settings, root: str) -> Source:
    """The source that lists and reads documents below `root`, a folder or a URL."""
    return adapters_of(settings).source(root)


def confidence(settings: Settings) -> Model:
    """The confidence model from the file CONFIDENCE_MODEL, or else the packaged one."""
    from wekadocs_assets.adapters.files.confidence_file import read_model

    return read_model(settings.confidence_model) if settings.confidence_model else MODEL


def new_ingest_id() -> str:
    """UTC time and a random suffix: ids sort by time, and the suffix distinguishes ingests of the same second."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.urandom(3).hex()}"


@contextmanager
def ingest_lock(settings: Settings, ingest_id: str) -> Iterator[None]:
    """Admits one ingest at a time to a data folder with an embedded engine, which stays open between its reads.

    Re-entrant within the process. Does nothing when all stores are servers: `hold` takes leases there.
    """
    from wekadocs_assets.adapters.data_folder.engine_versions import set_aside_outdated_files
    from wekadocs_assets.adapters.data_folder.locks import ingest_lock

    if not adapters_of(settings).embedded_engines():
        yield
        return
    with ingest_lock(settings.data_folder / "ingest.lock", ingest_id, settings.lock_timeout):
        files = {"ladybug": settings.graph_path.name, "qdrant-edge-py": settings.vectors_path.name}
        set_aside_outdated_files(settings.data_folder, files)
        with adapters_of(settings).lock.keeping():
            yield


def hold(settings: Settings, tags: Sequence[str], ingest_id: str) -> AbstractContextManager[None]:
    """Leases these collections on a graph server, so that one ingest at a time works on each.

    Open the pipeline inside the block: another ingest may change the stores before it.
    """
    owner = f"ingest {ingest_id} (process {os.getpid()} on {socket.gethostname()})"
    return open_stores(settings).graph.hold(tags, owner)


def lock_names(settings: Settings, tags: Sequence[str]) -> list[str]:
    """Names of the locks and leases that an ingest of these collections holds; the same in every process."""
    from wekadocs_assets.adapters.data_folder.store_id import kept_store_id

    factory = adapters_of(settings)
    folder = [f"data folder {kept_store_id(settings.locks_path)}"] if factory.embedded_engines() else []
    graph = open_stores(settings).graph.open().store_id if factory.graph_is_server else ""
    return folder + [f"graph {graph}: {tag}" for tag in sorted(tags) if graph]


def reports(settings: Settings, *, read_only: bool = False) -> Reports:
    """The folder of reports. Unless read_only, it is made now, so that an ingest fails before its work begins.

    Raises ConfigurationError when the folder cannot be made or written.
    """
    from wekadocs_assets.adapters.files.report_folder import ReportFolder

    folder = ReportFolder(settings.reports_root)
    if not read_only:
        folder.prepare()
    return folder


def _target_indexes(stores: Stores, version: str, chunk_tokens: int) -> tuple[list[VectorIndex], dict[str, str]]:
    """The target index in each vector store, and engine -> error message of a replica that could not be opened.

    Raises the error of the primary store.
    """
    indexes: list[VectorIndex] = []
    absent: dict[str, str] = {}
    for store in stores.vectors:
        try:
            store_id = store.open(version, stores.embedder.dimensions)
        except WekadocsError as error:
            if not indexes:
                raise
            absent[store.engine] = error.message
        else:
            key = IndexId(store.engine, version, store_id, replica=bool(indexes))
            indexes.append(VectorIndex(key, store, stores.embedder, chunk_tokens))
    return indexes, absent


def _active_index(settings: Settings, stores: Stores, info: GraphInfo, target: VectorIndex) -> VectorIndex | IndexId:
    """The active index: the target index, or the former index during a switch.

    Only the id of the former index when its model or its vectors are not available.
    """
    if info.embedding_version in ("", target.version):
        return target
    store = stores.vectors[0]
    former = former_embedder(settings, info)
    if former is None or info.embedding_version not in store.versions():
        return IndexId(store.engine, info.embedding_version, "")
    embedder, chunk_tokens = former
    store_id = store.open(info.embedding_version, embedder.dimensions)
    return VectorIndex(IndexId(store.engine, info.embedding_version, store_id), store, embedder, chunk_tokens)


def former_embedder(settings: Settings, info: GraphInfo) -> tuple[Embedder, int] | None:
    """Embedder and chunk size of the active index.

    None when the model is not available or now yields another embedding version.
    """
    try:
        made_by = json.loads(info.embedded_by)
        former = settings.model_copy(update=made_by)
        embedder = adapter_factory.embedder(former)
        version = embedding_version(embedder.model_part, former.chunk_tokens)
    except (ValueError, WekadocsError):
        return None
    return (embedder, former.chunk_tokens) if version == info.embedding_version else None


def _sources(settings: Settings) -> Callable[[str], Source]:
    """A cached function: tag -> the source of that collection."""

    @cache
    def source_of(tag: str) -> Source:
        return source(settings, known_collections(settings)[tag].root)

    return source_of
