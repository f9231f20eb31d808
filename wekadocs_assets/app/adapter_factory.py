"""The one place that chooses adapters: for each role, the adapter that the settings name and its checks for `doctor`.

To add a store, write one method that returns its `Choice` and name it in `graph` or `vectors`. Adapters connect on first
use, and each is imported in the method that needs it. Opening stores belongs in bootstrap.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypedDict, TypeVar

from wekadocs_assets.config.roots import is_url
from wekadocs_assets.config.settings import Settings
from wekadocs_assets.core.ports.stores import ArtifactStore, GraphStore, Lock, Source
from wekadocs_assets.core.ports.vectors import Embedder, VectorStore
from wekadocs_assets.core.server_urls import address

if TYPE_CHECKING:
    from redis import Redis

    from wekadocs_assets.adapters.neo4j.diagnosis import FirstContact
    from wekadocs_assets.adapters.neo4j.lease import Leases
    from wekadocs_assets.adapters.neo4j.session import Neo4jSession
    from wekadocs_assets.core.checks.diagnosis import Diagnosis
    from wekadocs_assets.core.checks.graph_diagnosis import GraphDiagnosis
    from wekadocs_assets.core.checks.vector_diagnosis import VectorDiagnosis

Adapter = TypeVar("Adapter")
ActiveVersion = Callable[[], str]
"""Returns the embedding version of the active index, '' before the first ingest."""
VectorChecks = Callable[[ActiveVersion, bool], "VectorDiagnosis"]
"""(active version, whether the store is a replica) -> the checks of that vector store."""
Checks = TypeVar("Checks", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Choice(Generic[Adapter, Checks]):
    """An adapter, not connected yet, and a function that returns its checks."""

    adapter: Adapter
    checks: Checks


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Time limits of the adapters, in seconds. retry: how long they retry after transient errors."""

    lock: float
    neo4j_transaction: float
    qdrant_answer: float
    retry: float

    @classmethod
    def of_ingest(cls, settings: Settings) -> TimeLimits:
        return cls(settings.lock_timeout, settings.neo4j_timeout, settings.qdrant_timeout, settings.retry_seconds)

    @classmethod
    def of_doctor(cls, settings: Settings) -> TimeLimits:
        """Short time limits and no retries."""
        return cls(settings.connect_timeout, 10.0, settings.connect_timeout, 0)


class _QdrantLimits(TypedDict):
    timeout: float
    connect_timeout: float
    patience: float


class AdapterFactory:
    """Makes the adapters of these settings. The lock, the Neo4j session and the leases are made once and shared."""

    def __init__(self, settings: Settings, limits: TimeLimits | None = None) -> None:
        self._settings, self._limits = settings, limits or TimeLimits.of_ingest(settings)

    @property
    def graph_is_server(self) -> bool:
        """Whether the graph is in Neo4j and not in the data folder."""
        return bool(self._settings.neo4j_uri)

    def graph(self) -> Choice[GraphStore, Callable[[], GraphDiagnosis]]:
        return self._neo4j_graph() if self.graph_is_server else self._ladybug_graph()

    def vectors(self, name: str) -> Choice[VectorStore, VectorChecks]:
        """name: an entry of the setting `vector_stores`."""
        return {"edge": self._edge_vectors, "qdrant": self._qdrant_vectors, "neo4j": self._neo4j_vectors}[name]()

    def artifacts(self) -> ArtifactStore:
        from wekadocs_assets.adapters.files.artifact_store import FileArtifacts

        return FileArtifacts(self._settings.artifacts_root)

    def source(self, root: str) -> Source:
        """root: a folder, or a URL that fsspec can open."""
        from wekadocs_assets.adapters.files.source_folder import FolderSource
        from wekadocs_assets.adapters.files.source_objects import ObjectSource

        max_bytes = self._settings.max_document_mb * 1024 * 1024
        return ObjectSource(root, max_bytes) if is_url(root) else FolderSource(root, max_bytes)

    @contextmanager
    def redis(self) -> Iterator[tuple[Redis, str]]:
        """A client and the place of its server: REDIS_URL, or a Valkey in the data folder, which stops with its last client."""
        from wekadocs_assets.adapters.redis.client import open_redis
        from wekadocs_assets.adapters.redis.embedded_valkey import embedded_valkey

        url, seconds = self._settings.redis_url.get_secret_value(), self._settings.connect_timeout
        folder = self._valkey_folder
        with open_redis(url, seconds) if url else embedded_valkey(folder, seconds) as client:
            yield client, address(url) if url else str(folder)

    def redis_checks(self) -> list[Diagnosis]:
        """The checks of the server at REDIS_URL. Empty for the Valkey in the data folder, which `doctor` would have to start."""
        from wekadocs_assets.adapters.redis.diagnosis import RedisDiagnosis

        url = self._settings.redis_url.get_secret_value()
        return [RedisDiagnosis(url, self._settings.connect_timeout)] if url else []

    def dagster_storage_id(self) -> str:
        """The id of Dagster's storage; '' when it is unknown."""
        from wekadocs_assets.adapters.dagster_storage.record import postgres_storage_id, sqlite_storage_id

        if url := self._settings.dagster_postgres_url.get_secret_value():
            return postgres_storage_id(url, self._settings.connect_timeout)
        return sqlite_storage_id(self._settings.data_folder / "dagster")

    def dagster_storage_checks(self) -> Diagnosis:
        from wekadocs_assets.adapters.dagster_storage.diagnosis import PostgresStorageDiagnosis, SqliteStorageDiagnosis

        if url := self._settings.dagster_postgres_url.get_secret_value():
            return PostgresStorageDiagnosis(url, self._settings.connect_timeout)
        return SqliteStorageDiagnosis(self._settings.data_folder / "dagster")

    def embedded_engines(self) -> list[str]:
        """Package names of the engines that keep files in the data folder and need its lock."""
        graph = [] if self.graph_is_server else ["ladybug"]
        return graph + (["qdrant-edge-py"] if "edge" in self._settings.vector_stores else [])

    def in_words(self) -> dict[str, str]:
        """Role -> description of the chosen adapter, without passwords."""
        from wekadocs_assets.adapters.redis.embedded_valkey import socket_path

        settings = self._settings
        redis, postgres = settings.redis_url.get_secret_value(), settings.dagster_postgres_url.get_secret_value()
        valkey = f"embedded Valkey, unix://{socket_path(self._valkey_folder)} while it runs"
        return {
            "graph": f"Neo4j {settings.neo4j_uri}" if self.graph_is_server else "Ladybug, embedded",
            "vectors": ", then ".join(settings.vector_stores),
            "artifacts": settings.artifacts_url or "the data folder",
            "progress": f"Redis at {address(redis)}" if redis else valkey,
            "Dagster": f"Postgres at {address(postgres)}" if postgres else "SQLite in the data folder",
        }

    @property
    def _valkey_folder(self) -> Path:
        return self._settings.data_folder / "valkey"

    @cached_property
    def lock(self) -> Lock:
        """The lock of the embedded stores; always free when all stores are servers."""
        from wekadocs_assets.adapters.data_folder.locks import FreeLock, TurnstileLock

        return TurnstileLock(self._settings.locks_path, self._limits.lock) if self.embedded_engines() else FreeLock()

    @cached_property
    def neo4j(self) -> Neo4jSession:
        """One driver, shared by graph and vectors."""
        from wekadocs_assets.adapters.neo4j.session import Neo4jSession

        return Neo4jSession(
            self._settings.neo4j_uri,
            self._settings.neo4j_user,
            self._settings.neo4j_password.get_secret_value(),
            self._settings.neo4j_database,
            connect_timeout=self._settings.connect_timeout,
            timeout=self._limits.neo4j_transaction,
            retry_seconds=self._limits.retry,
        )

    def close(self) -> None:
        """Closes the Neo4j session, if it was opened. Embedded stores are closed when their lock is released."""
        if "neo4j" in vars(self):
            self.neo4j.close()

    @cached_property
    def _leases(self) -> Leases:
        from wekadocs_assets.adapters.neo4j.lease import Leases

        return Leases(self.neo4j, self._settings.lease_seconds, self._limits.lock)

    @cached_property
    def _contact(self) -> FirstContact:
        from wekadocs_assets.adapters.neo4j.diagnosis import FirstContact

        return FirstContact(self.neo4j)

    def _ladybug_graph(self) -> Choice[GraphStore, Callable[[], GraphDiagnosis]]:
        from wekadocs_assets.adapters.ladybug.graph import LadybugGraph

        path = self._settings.graph_path
        graph = LadybugGraph(path, self.lock)

        def checks() -> GraphDiagnosis:
            from wekadocs_assets.adapters.ladybug.diagnosis import LadybugDiagnosis

            return LadybugDiagnosis(graph, path, self._settings.locks_path)

        return Choice(graph, checks)

    def _neo4j_graph(self) -> Choice[GraphStore, Callable[[], GraphDiagnosis]]:
        from wekadocs_assets.adapters.neo4j.graph import Neo4jGraph

        def checks() -> GraphDiagnosis:
            from wekadocs_assets.adapters.neo4j.diagnosis import Neo4jDiagnosis

            return Neo4jDiagnosis(self._contact)

        return Choice(Neo4jGraph(self.neo4j, self._leases), checks)

    def _edge_vectors(self) -> Choice[VectorStore, VectorChecks]:
        from wekadocs_assets.adapters.qdrant.edge import EdgeVectors

        path = self._settings.vectors_path
        store = EdgeVectors(path, self.lock)

        def checks(active_version: ActiveVersion, replica: bool) -> VectorDiagnosis:
            from wekadocs_assets.adapters.qdrant.edge_diagnosis import EdgeDiagnosis

            return EdgeDiagnosis(store, path, self._settings.locks_path, active_version, replica=replica)

        return Choice(store, checks)

    def _qdrant_vectors(self) -> Choice[VectorStore, VectorChecks]:
        from wekadocs_assets.adapters.qdrant.server import QdrantVectors

        url, key = self._settings.qdrant_url, self._settings.qdrant_api_key.get_secret_value()
        name = self._settings.qdrant_collection
        limits: _QdrantLimits = {
            "timeout": self._limits.qdrant_answer,
            "connect_timeout": self._settings.connect_timeout,
            "patience": self._limits.retry,
        }

        def checks(active_version: ActiveVersion, replica: bool) -> VectorDiagnosis:
            from wekadocs_assets.adapters.qdrant.diagnosis import QdrantDiagnosis
            from wekadocs_assets.adapters.qdrant.session import QdrantSession

            return QdrantDiagnosis(QdrantSession(url, key, **limits), name, active_version, replica=replica)

        return Choice(QdrantVectors(url, key, name, **limits), checks)

    def _neo4j_vectors(self) -> Choice[VectorStore, VectorChecks]:
        from wekadocs_assets.adapters.neo4j.vectors import Neo4jVectors

        def checks(active_version: ActiveVersion, replica: bool) -> VectorDiagnosis:
            from wekadocs_assets.adapters.neo4j.diagnosis import Neo4jVectorsDiagnosis

            return Neo4jVectorsDiagnosis(self._contact, active_version, replica=replica)

        return Choice(Neo4jVectors(self.neo4j, self._leases), checks)


@cache
def embedder(settings: Settings) -> Embedder:
    """The embedder of the setting `embedding_model`, cached: during a switch, a process alternates between two models."""
    if settings.embedding_model == "hash":
        from wekadocs_assets.adapters.embedding.hash_embedder import HashEmbedder

        return HashEmbedder()
    from wekadocs_assets.adapters.embedding.sentence_transformer import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(settings.embedding_model, device=settings.embedding_device)
