"""Settings to adapters: the one place that chooses; heavy imports happen inside the functions that need them."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from wekadocs_assets.config.roots import is_url
from wekadocs_assets.config.settings import Settings
from wekadocs_assets.core.chunking import embedding_version
from wekadocs_assets.core.errors import ConfigurationError, WekadocsError
from wekadocs_assets.core.models import Collection, GraphInfo
from wekadocs_assets.core.pipeline import Index, Pipeline
from wekadocs_assets.core.ports.stores import ArtifactStore, GraphStore, Lock, Reports, Source
from wekadocs_assets.core.ports.vectors import Embedder, VectorStore
from wekadocs_assets.core.recipe import IndexId, Recipe, vocabulary_digest
from wekadocs_assets.core.search.confidence import MODEL, Model


@dataclass(frozen=True, slots=True)
class Stores:
    """The adapters of a process. vectors: the source of truth first."""

    graph: GraphStore
    vectors: tuple[VectorStore, ...]
    artifacts: ArtifactStore
    embedder: Embedder
    lock: Lock


@cache
def open_stores(settings: Settings) -> Stores:
    """One a process, so that nothing opens a store or loads a model twice."""
    from wekadocs_assets.adapters.files.artifact_store import FileArtifacts

    lock = _store_lock(settings)
    vectors = tuple(_vectors(settings, name, lock) for name in settings.vector_stores)
    artifacts = FileArtifacts(settings.artifacts_root)
    return Stores(_graph(settings, lock), vectors, artifacts, _embedder(settings), lock)


def open_pipeline(settings: Settings) -> Pipeline:
    """The pipeline of these settings on the stores as they are now; made anew for each ingest."""
    stores = open_stores(settings)
    info = stores.graph.open()
    version = embedding_version(stores.embedder.model_part, settings.chunk_tokens)
    indexes, absent = _wanted(stores, version, settings.chunk_tokens)
    served = _served(settings, stores, info, indexes[0])
    if isinstance(served, Index) and served not in indexes:
        indexes.append(served)
    ids = tuple(index.id for index in indexes)
    return Pipeline(
        source_of=_sources(settings),
        artifacts=stores.artifacts,
        graph=stores.graph,
        stores=stores.vectors,
        indexes=tuple(indexes),
        served=served.id if isinstance(served, Index) else served,
        lock=stores.lock,
        vocabulary=settings.vocabulary,
        recipe=Recipe(vocabulary_digest(settings.vocabulary), stores.artifacts.store_id(), ids),
        embedded_by=json.dumps({"embedding_model": settings.embedding_model, "chunk_tokens": settings.chunk_tokens}),
        recorded_in=_recorded_in(settings),
        keep_old_vectors=settings.keep_old_vectors,
        sample_queries=settings.sample_queries_by_tag(),
        derived_queries=settings.derived_queries,
        confidence=confidence(settings),
        absent=absent,
    )


def open_reader(settings: Settings) -> Pipeline:
    """What is served, to be read alone: nothing is made for a model or chunking that was never ingested with."""
    stores = open_stores(settings)
    served = IndexId(stores.vectors[0].engine, stores.graph.open().embedding_version, "")
    return Pipeline(
        source_of=_sources(settings), artifacts=stores.artifacts, graph=stores.graph, stores=stores.vectors,
        indexes=(), served=served, lock=stores.lock, vocabulary=settings.vocabulary,
        recipe=Recipe(vocabulary_digest(settings.vocabulary), "", (served,)),
    )  # fmt: skip


def known_collections(settings: Settings) -> dict[str, Collection]:
    """Collections by tag: those ingested before and those of COLLECTIONS. Two roots for one tag: ConfigurationError."""
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
    """A folder of this machine, or what lies below a URL."""
    from wekadocs_assets.adapters.files.source_folder import FolderSource
    from wekadocs_assets.adapters.files.source_objects import ObjectSource

    kind = ObjectSource if is_url(root) else FolderSource
    return kind(root, max_bytes=settings.max_document_mb * 1024 * 1024)


def confidence(settings: Settings) -> Model:
    """The packaged model, or one that was fitted to questions of the user's own."""
    from wekadocs_assets.adapters.files.confidence_file import read_model

    return read_model(settings.confidence_model) if settings.confidence_model else MODEL


def new_ingest_id() -> str:
    """Sorts by time; the tail keeps two of one second apart."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.urandom(3).hex()}"


@contextmanager
def ingest_lock(settings: Settings, ingest_id: str) -> Iterator[None]:
    """One ingest at a time on a data folder that holds an engine; re-entrant in this process. Servers have leases."""
    from wekadocs_assets.adapters.data_folder.engine_versions import set_aside_outdated_files
    from wekadocs_assets.adapters.data_folder.locks import ingest_lock

    if not _has_engine(settings):
        yield
        return
    with ingest_lock(settings.data_folder / "ingest.lock", ingest_id, settings.lock_timeout):
        files = {"ladybug": settings.graph_path.name, "qdrant-edge-py": settings.vectors_path.name}
        set_aside_outdated_files(settings.data_folder, files)
        yield


def hold(settings: Settings, tags: Sequence[str], ingest_id: str) -> AbstractContextManager[None]:
    """One ingest a collection, where workers share a graph on a server; open the pipeline within, as it is then."""
    owner = f"ingest {ingest_id} (process {os.getpid()} on {socket.gethostname()})"
    return open_stores(settings).graph.hold(tags, owner)


def lock_names(settings: Settings, tags: Sequence[str]) -> list[str]:
    """What an ingest of these collections holds, in words that mean the same lock to every process."""
    from wekadocs_assets.adapters.data_folder.store_id import kept_store_id

    folder = [f"data folder {kept_store_id(settings.locks_path)}"] if _has_engine(settings) else []
    graph = open_stores(settings).graph.open().store_id if settings.neo4j_uri else ""
    return folder + [f"graph {graph}: {tag}" for tag in sorted(tags) if graph]


def reports(settings: Settings, *, read_only: bool = False) -> Reports:
    """A folder that cannot be written is refused here, before any work is done for a report."""
    from wekadocs_assets.adapters.files.report_folder import ReportFolder

    return ReportFolder(settings.reports_root, read_only)


def _wanted(stores: Stores, version: str, chunk_tokens: int) -> tuple[list[Index], dict[str, str]]:
    """The wanted version in every vector store, and why a further one could not be reached."""
    indexes: list[Index] = []
    absent: dict[str, str] = {}
    for store in stores.vectors:
        try:
            store_id = store.open(version, stores.embedder.dimensions)
        except WekadocsError as error:
            if not indexes:
                raise
            absent[store.engine] = error.message
        else:
            key = IndexId(store.engine, version, store_id, mirror=bool(indexes))
            indexes.append(Index(key, store, stores.embedder, chunk_tokens))
    return indexes, absent


def _served(settings: Settings, stores: Stores, info: GraphInfo, wanted: Index) -> Index | IndexId:
    """What answers now: the wanted version, or the former one while a switch goes on (its id alone: it gets no new text)."""
    if info.embedding_version in ("", wanted.version):
        return wanted
    store = stores.vectors[0]
    former = former_embedder(settings, info)
    if former is None or info.embedding_version not in store.versions():
        return IndexId(store.engine, info.embedding_version, "")
    embedder, chunk_tokens = former
    store_id = store.open(info.embedding_version, embedder.dimensions)
    return Index(IndexId(store.engine, info.embedding_version, store_id), store, embedder, chunk_tokens)


def former_embedder(settings: Settings, info: GraphInfo) -> tuple[Embedder, int] | None:
    """What made the served vectors, if it can still be had and still makes the same version."""
    try:
        made_by = json.loads(info.embedded_by)
        former = settings.model_copy(update=made_by)
        embedder = _embedder(former)
        version = embedding_version(embedder.model_part, former.chunk_tokens)
    except (ValueError, WekadocsError):
        return None
    return (embedder, former.chunk_tokens) if version == info.embedding_version else None


def _sources(settings: Settings) -> Callable[[str], Source]:
    @cache
    def source_of(tag: str) -> Source:
        return source(settings, known_collections(settings)[tag].root)

    return source_of


def _recorded_in(settings: Settings) -> str:
    from wekadocs_assets.adapters.dagster_storage.record import postgres_storage_id, sqlite_storage_id

    if url := settings.dagster_postgres_url.get_secret_value():
        return postgres_storage_id(url, settings.connect_timeout)
    return sqlite_storage_id(settings.data_folder / "dagster")


def _has_engine(settings: Settings) -> bool:
    return not settings.neo4j_uri or "edge" in settings.vector_stores


def _store_lock(settings: Settings) -> Lock:
    from wekadocs_assets.adapters.data_folder.locks import FreeLock, TurnstileLock

    if not _has_engine(settings):
        return FreeLock()
    return TurnstileLock(settings.locks_path, settings.lock_timeout)


def _graph(settings: Settings, lock: Lock) -> GraphStore:
    if settings.neo4j_uri:
        from wekadocs_assets.adapters.neo4j.graph import Neo4jGraph

        return Neo4jGraph(_neo4j(settings), _leases(settings))
    from wekadocs_assets.adapters.ladybug.graph import LadybugGraph

    return LadybugGraph(settings.graph_path, lock)


def _vectors(settings: Settings, name: str, lock: Lock) -> VectorStore:
    if name == "neo4j":
        from wekadocs_assets.adapters.neo4j.vectors import Neo4jVectors

        return Neo4jVectors(_neo4j(settings), _leases(settings))
    if name == "qdrant":
        from wekadocs_assets.adapters.qdrant.server import QdrantVectors

        key = settings.qdrant_api_key.get_secret_value()
        return QdrantVectors(
            settings.qdrant_url,
            key,
            settings.qdrant_collection,
            timeout=settings.qdrant_timeout,
            connect_timeout=settings.connect_timeout,
            patience=settings.retry_seconds,
        )
    from wekadocs_assets.adapters.qdrant.edge import EdgeVectors

    return EdgeVectors(settings.vectors_path, lock)


@cache
def _neo4j(settings: Settings):
    """One driver for graph and vectors. A server that is absent at start is told at once; later it is waited for."""
    from wekadocs_assets.adapters.neo4j.session import Neo4jSession

    session = Neo4jSession(
        settings.neo4j_uri,
        settings.neo4j_user,
        settings.neo4j_password.get_secret_value(),
        settings.neo4j_database,
        connect_timeout=settings.connect_timeout,
        timeout=settings.neo4j_timeout,
        retry_seconds=settings.retry_seconds,
    )
    session.verify()
    return session


@cache
def _leases(settings: Settings):
    """What this process holds of the collections on the server: graph and vectors ask the same."""
    from wekadocs_assets.adapters.neo4j.lease import Leases

    return Leases(_neo4j(settings), settings.lease_seconds, settings.lock_timeout)


@cache
def _embedder(settings: Settings) -> Embedder:
    """One a model and process: during a switch a process that lives on asks for the other one again and again."""
    if settings.embedding_model == "hash":
        from wekadocs_assets.adapters.embedding.hash_embedder import HashEmbedder

        return HashEmbedder()
    from wekadocs_assets.adapters.embedding.sentence_transformer import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(settings.embedding_model, device=settings.embedding_device)
