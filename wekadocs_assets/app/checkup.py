"""Settings to the checks of `doctor`: bootstrap's choice once more, but nothing is opened, verified or made, every part has
short time-outs of its own, and nothing is tried again.
"""

from __future__ import annotations

from collections.abc import Callable

from wekadocs_assets.adapters.dagster_storage.diagnosis import PostgresStorageDiagnosis, SqliteStorageDiagnosis
from wekadocs_assets.adapters.data_folder.diagnosis import FolderDiagnosis
from wekadocs_assets.adapters.data_folder.locks import TurnstileLock
from wekadocs_assets.adapters.embedding.diagnosis import ModelDiagnosis
from wekadocs_assets.adapters.files.diagnosis import ArtifactDiagnosis
from wekadocs_assets.adapters.ladybug.diagnosis import LadybugDiagnosis
from wekadocs_assets.adapters.ladybug.graph import LadybugGraph
from wekadocs_assets.adapters.neo4j.diagnosis import FirstContact, Neo4jDiagnosis, Neo4jVectorsDiagnosis
from wekadocs_assets.adapters.neo4j.session import Neo4jSession
from wekadocs_assets.adapters.qdrant.diagnosis import QdrantDiagnosis
from wekadocs_assets.adapters.qdrant.edge import EdgeVectors
from wekadocs_assets.adapters.qdrant.edge_diagnosis import EdgeDiagnosis
from wekadocs_assets.adapters.qdrant.session import QdrantSession
from wekadocs_assets.adapters.redis.diagnosis import RedisDiagnosis
from wekadocs_assets.adapters.redis.embedded_valkey import socket_path
from wekadocs_assets.config.settings import Settings
from wekadocs_assets.core.checks.diagnosis import Choices, Diagnosis
from wekadocs_assets.core.checks.graph_diagnosis import GraphDiagnosis
from wekadocs_assets.core.checks.vector_diagnosis import VectorDiagnosis
from wekadocs_assets.core.chunking import chunking_part
from wekadocs_assets.core.server_urls import address

TRANSACTION_SECONDS = 10.0


def chosen_diagnoses(settings: Settings) -> list[Diagnosis]:
    lock = TurnstileLock(settings.locks_path, settings.connect_timeout)
    contact = _neo4j(settings)
    graph = _graph(settings, contact, lock)

    def served() -> str:
        info = graph.stored()
        return info.embedding_version if info else ""

    vectors = [_vectors(settings, name, contact, lock, served) for name in settings.vector_stores]
    chunk_tokens = settings.chunk_tokens
    redis = settings.redis_url.get_secret_value()
    return [
        Choices(_choices(settings)),
        FolderDiagnosis(settings.data_folder, settings.reports_root, _engines(settings)),
        graph,
        *vectors,
        ArtifactDiagnosis(settings.artifacts_root),
        *([RedisDiagnosis(redis, settings.connect_timeout)] if redis else []),
        _dagster_storage(settings),
        ModelDiagnosis(settings.embedding_model, chunk_tokens, chunking_part(chunk_tokens), vectors[0], served),
    ]


def _choices(settings: Settings) -> dict[str, str]:
    """Role -> what has it, without a password."""
    redis, postgres = settings.redis_url.get_secret_value(), settings.dagster_postgres_url.get_secret_value()
    return {
        "graph": f"Neo4j {settings.neo4j_uri}" if settings.neo4j_uri else "Ladybug, embedded",
        "vectors": ", then ".join(settings.vector_stores),
        "artifacts": settings.artifacts_url or "the data folder",
        "progress": f"Redis at {address(redis)}"
        if redis
        else f"embedded Valkey, unix://{socket_path(settings.data_folder / 'valkey')} while it runs",
        "Dagster": f"Postgres at {address(postgres)}" if postgres else "SQLite in the data folder",
    }


def _engines(settings: Settings) -> list[str]:
    """Embedded ones that keep files in the data folder."""
    graph = [] if settings.neo4j_uri else ["ladybug"]
    return graph + (["qdrant-edge-py"] if "edge" in settings.vector_stores else [])


def _neo4j(settings: Settings) -> FirstContact:
    """For graph and vectors; connects on first use."""
    session = Neo4jSession(
        settings.neo4j_uri,
        settings.neo4j_user,
        settings.neo4j_password.get_secret_value(),
        settings.neo4j_database,
        connect_timeout=settings.connect_timeout,
        timeout=TRANSACTION_SECONDS,
        retry_seconds=0,
    )
    return FirstContact(session)


def _graph(settings: Settings, contact: FirstContact, lock: TurnstileLock) -> GraphDiagnosis:
    if settings.neo4j_uri:
        return Neo4jDiagnosis(contact)
    path = settings.graph_path
    return LadybugDiagnosis(LadybugGraph(path, lock), path, settings.locks_path)


def _vectors(
    settings: Settings, name: str, contact: FirstContact, lock: TurnstileLock, served: Callable[[], str]
) -> VectorDiagnosis:
    mirror = name != settings.vector_stores[0]
    if name == "neo4j":
        return Neo4jVectorsDiagnosis(contact, served, mirror=mirror)
    if name == "qdrant":
        key, seconds = settings.qdrant_api_key.get_secret_value(), settings.connect_timeout
        qdrant = QdrantSession(settings.qdrant_url, key, timeout=seconds, connect_timeout=seconds, patience=0)
        return QdrantDiagnosis(qdrant, settings.qdrant_collection, served, mirror=mirror)
    path = settings.vectors_path
    return EdgeDiagnosis(EdgeVectors(path, lock), path, settings.locks_path, served, mirror=mirror)


def _dagster_storage(settings: Settings) -> Diagnosis:
    if url := settings.dagster_postgres_url.get_secret_value():
        return PostgresStorageDiagnosis(url, settings.connect_timeout)
    return SqliteStorageDiagnosis(settings.data_folder / "dagster")
