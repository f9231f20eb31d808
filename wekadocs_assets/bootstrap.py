"""Settings to adapters: the one place that chooses; heavy imports happen inside the functions that need them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache

from wekadocs_assets.core.chunking import chunking_part
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.models import Collection
from wekadocs_assets.core.ports import ArtifactStore, Embedder, GraphStore, Reports, Source, VectorStore
from wekadocs_assets.core.recipe import Recipe, vocabulary_digest
from wekadocs_assets.core.stages.pipeline import Pipeline
from wekadocs_assets.settings import Settings


@cache
def open_pipeline(settings: Settings) -> Pipeline:
    """The pipeline of these settings; one a process, so that nothing opens a store twice."""
    _refuse_servers(settings)
    lock = _store_lock(settings)
    graph, vectors, artifacts, embedder = (
        _graph(settings, lock),
        _vectors(settings, lock),
        _artifacts(settings),
        _embedder(settings),
    )
    version = f"{embedder.model_part}.{chunking_part(settings.chunk_tokens)}"
    graph.open()
    vector_store_id = vectors.open(version, embedder.dimensions)
    recipe = Recipe(vocabulary_digest(settings.vocabulary), version, artifacts.store_id(), vector_store_id)
    return Pipeline(
        source_of=_sources(settings, graph),
        artifacts=artifacts,
        graph=graph,
        vectors=vectors,
        embedder=embedder,
        lock=lock,
        vocabulary=settings.vocabulary,
        recipe=recipe,
        chunk_tokens=settings.chunk_tokens,
    )


def known_collections(settings: Settings, graph: GraphStore) -> dict[str, Collection]:
    """Collections by tag: those ingested before and those of COLLECTIONS. Two roots for one tag: ConfigurationError."""
    known = {collection.tag: collection for collection in graph.collections()}
    for tag, root in settings.collection_roots().items():
        if tag in known and known[tag].root != root:
            raise ConfigurationError(
                f"COLLECTIONS: '{tag}' is {root}, but it was ingested from {known[tag].root}",
                f"give the new folder another tag, or rebind it: ingestctl ingest {root} --tag {tag} --rebind",
            )
        known.setdefault(tag, Collection(tag, root))
    return known


def folder_source(settings: Settings, root: str) -> Source:
    from wekadocs_assets.adapters.source_folder import FolderSource

    return FolderSource(root, max_bytes=settings.max_document_mb * 1024 * 1024)


def ingest_lock(settings: Settings, ingest_id: str) -> AbstractContextManager[None]:
    """One ingest at a time on a data folder; re-entrant in this process."""
    from wekadocs_assets.adapters.locks import ingest_lock

    return ingest_lock(settings.data_folder / "ingest.lock", ingest_id, settings.lock_timeout)


def _refuse_servers(settings: Settings) -> None:
    for name, value in (("NEO4J_URI", settings.neo4j_uri), ("QDRANT_URL", settings.qdrant_url)):
        if value:
            raise ConfigurationError(
                f"{name} is set, but this version writes to the embedded stores alone",
                f"unset {name}; server adapters come with the next version",
            )


def _sources(settings: Settings, graph: GraphStore) -> Callable[[str], Source]:
    @cache
    def source_of(tag: str) -> Source:
        return folder_source(settings, known_collections(settings, graph)[tag].root)

    return source_of


def _store_lock(settings: Settings):
    from wekadocs_assets.adapters.locks import TurnstileLock

    return TurnstileLock(settings.data_folder / "locks", settings.lock_timeout)


def _graph(settings: Settings, lock) -> GraphStore:
    from wekadocs_assets.adapters.ladybug_graph import LadybugGraph

    return LadybugGraph(settings.data_folder / "graph.lbug", lock)


def _vectors(settings: Settings, lock) -> VectorStore:
    from wekadocs_assets.adapters.edge_vectors import EdgeVectors

    return EdgeVectors(settings.data_folder / "vectors", lock)


def _artifacts(settings: Settings) -> ArtifactStore:
    from wekadocs_assets.adapters.artifact_store import FileArtifacts

    return FileArtifacts(str(settings.data_folder / "artifacts"))


def _embedder(settings: Settings) -> Embedder:
    if settings.embedding_model == "hash":
        from wekadocs_assets.adapters.in_memory_vectors import HashEmbedder

        return HashEmbedder()
    from wekadocs_assets.adapters.embedding_model import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(settings.embedding_model, device=settings.embedding_device)


def reports(settings: Settings) -> Reports:
    """A folder that cannot be written is refused here, before any work is done for a report."""
    from wekadocs_assets.adapters.report_folder import ReportFolder

    return ReportFolder(settings.reports_root)
