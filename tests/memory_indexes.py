"""Indexes in memory with more than one index to write: with a replica store, or in a switch to another chunking."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from memory_pipeline import CHUNK_TOKENS, TAG, MemoryIndex

from wekadocs_assets.adapters.memory.vectors import InMemoryVectors
from wekadocs_assets.core.chunking import embedding_version
from wekadocs_assets.core.errors import StoreUnavailable
from wekadocs_assets.core.models import Collection
from wekadocs_assets.core.pipeline import Pipeline, VectorIndex
from wekadocs_assets.core.ports.vectors import VectorStore
from wekadocs_assets.core.recipe import IndexId
from wekadocs_assets.core.stages.purge_and_link import resolve_links

FEWER_TOKENS = CHUNK_TOKENS // 2


class ReplicaVectors(InMemoryVectors):
    """A second engine; while it is away every method of the port fails."""

    engine = "replica"
    away = False

    def __getattribute__(self, name: str) -> object:
        if name in VectorStore.__abstractmethods__ and super().__getattribute__("away"):
            return _refuse
        return super().__getattribute__(name)


def _refuse(*arguments: object, **options: object) -> None:
    raise StoreUnavailable("the replica store is away")


@dataclass
class IndexWithReplica(MemoryIndex):
    replica: ReplicaVectors = field(default_factory=ReplicaVectors)

    @property
    def pipeline(self) -> Pipeline:
        base = super().pipeline
        store_id = InMemoryVectors.open(self.replica, self.version, self.embedder.dimensions)
        added = IndexId(self.replica.engine, self.version, store_id, True)
        index = VectorIndex(id=added, store=self.replica, embedder=self.embedder, chunk_tokens=CHUNK_TOKENS)
        return with_indexes(replace(base, stores=(self.vectors, self.replica)), *base.indexes, index)


@dataclass
class SwitchingIndex(MemoryIndex):
    """Its active version is cut into chunks of CHUNK_TOKENS, its target version into chunks of FEWER_TOKENS."""

    @property
    def target(self) -> str:
        return embedding_version(self.embedder.model_part, FEWER_TOKENS)

    @property
    def pipeline(self) -> Pipeline:
        base = super().pipeline
        store_id = self.vectors.open(self.target, self.embedder.dimensions)
        added = IndexId(self.vectors.engine, self.target, store_id)
        index = VectorIndex(id=added, store=self.vectors, embedder=self.embedder, chunk_tokens=FEWER_TOKENS)
        return with_indexes(base, index, *base.indexes)


def switching(index: MemoryIndex) -> SwitchingIndex:
    """The same stores after the setting of the chunk size was changed."""
    return SwitchingIndex(
        pages=index.pages,
        graph=index.graph,
        vectors=index.vectors,
        artifacts=index.artifacts,
        reports=index.reports,
        embedder=index.embedder,
        ingests=index.ingests,
    )


def completed(index: MemoryIndex) -> MemoryIndex:
    """The index after an ingest of its pages, with their links and their collection."""
    index.run(index.planned())
    resolve_links(index.pipeline, TAG)
    index.graph.save_collection(Collection(tag=TAG, root="/docs"))
    return index


def with_indexes(pipeline: Pipeline, *indexes: VectorIndex) -> Pipeline:
    """The first one is the target in the primary store."""
    recipe = replace(pipeline.recipe, indexes=tuple(index.id for index in indexes))
    return replace(pipeline, indexes=indexes, recipe=recipe)
