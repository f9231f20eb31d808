"""What the stages share: the ports and settings they work with, batches of documents, and the recording of failures.

Add here what several stages need. What one stage does belongs to core/stages; the adapters are chosen in
app/adapter_factory.py.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from wekadocs_assets.core.errors import WekadocsError
from wekadocs_assets.core.models import Failure, LedgerEntry, Vocabulary
from wekadocs_assets.core.planning.outcome import Outcome
from wekadocs_assets.core.planning.plan import PlannedDocument, as_scanned
from wekadocs_assets.core.ports.stores import ArtifactStore, GraphStore, Lock, Source
from wekadocs_assets.core.ports.vectors import Embedder, VectorStore
from wekadocs_assets.core.recipe import IndexId, Recipe
from wekadocs_assets.core.search.confidence import MODEL, Model

U = TypeVar("U")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class VectorIndex:
    """The points of one embedding_version in one vector store, with the model and chunk size that make them."""

    id: IndexId
    store: VectorStore
    embedder: Embedder
    chunk_tokens: int

    @property
    def version(self) -> str:
        return self.id.embedding_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """Adapters and settings of the stages. source_of: tag -> the source of the collection.

    stores: the vector stores, the primary store first. indexes: the indexes that points are written to: the target
    version in the primary store, then in replica stores, then, during a switch, the active version. active: the active
    index, for which drift is measured; it is not in indexes when its model is not available any more. absent: engine ->
    reason, for replica stores that could not be reached. embedded_by: the settings that make vectors of the target
    version, as JSON. recorded_in: id of the Dagster storage that runs write to, '' when unknown.

    sample_queries: tag -> queries that the collection must answer. derived_queries: number of queries made from the
    text of a collection. confidence: the model that estimates how reliable an answer is.

    lock: held while a batch writes to the stores, so that embedded stores are opened once per batch. Their checkpoint
    at the end takes 1 to 2 s for any number of documents, so documents_per_transaction exceeds documents_per_batch.
    bytes_per_batch limits the memory that embedded engines need.
    """

    source_of: Callable[[str], Source]
    artifacts: ArtifactStore
    graph: GraphStore
    stores: tuple[VectorStore, ...]
    indexes: tuple[VectorIndex, ...]
    active: IndexId
    lock: Lock
    vocabulary: Vocabulary
    recipe: Recipe
    embedded_by: str = ""
    recorded_in: str = ""
    keep_old_vectors: bool = False
    absent: Mapping[str, str] = field(default_factory=dict)
    sample_queries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    derived_queries: int = 100
    confidence: Model = MODEL
    documents_per_batch: int = 50
    documents_per_transaction: int = 250
    bytes_per_batch: int = 8_000_000
    texts_per_window: int = 2_000

    @property
    def vectors(self) -> VectorStore:
        """The primary store."""
        return self.stores[0]

    @property
    def target(self) -> IndexId:
        """The target index: it becomes the active index when it is complete."""
        return self.recipe.indexes[0]

    @property
    def record(self) -> str:
        """Dagster storage and version that events are recorded for: `STORAGE VERSION`; '' if the storage is unknown."""
        return f"{self.recorded_in} {self.target.embedding_version}" if self.recorded_in else ""

    def frozen(self) -> list[tuple[VectorStore, str]]:
        """Frozen versions with their store: kept, abandoned or without a model, and therefore not written."""
        written = {(index.id.store, index.version) for index in self.indexes}
        return [
            (s, v)
            for s in self.stores
            for v in tolerate_replica_failure(s, self, s.versions, list[str]())
            if (s.engine, v) not in written
        ]

    def point_sets(self) -> list[tuple[VectorStore, str]]:
        """Every version in every store; a deleted document is deleted from all of them."""
        return [(index.store, index.version) for index in self.indexes] + self.frozen()

    def ledger_of(self, documents: Sequence[PlannedDocument]) -> dict[str, LedgerEntry]:
        """Returns the ledger entries of these documents by document id; unknown documents are left out."""
        return self.graph.entries([document.document_id for document in documents])

    def artifact(self, asset: str, key: str) -> bytes:
        """Returns the body. If it is absent or damaged, deletes the artifact and raises WekadocsError."""
        try:
            return self.artifacts.read(asset, key)
        except KeyError:
            self.artifacts.delete(asset, [key])
            raise WekadocsError(f"the artifact of {asset} was damaged", "ingest again: it is made again") from None

    def batches(self, documents: Sequence[PlannedDocument], most: int = 0) -> Iterator[list[PlannedDocument]]:
        """Yields batches of at most `most` documents and bytes_per_batch bytes of source, but at least one document.

        most: 0 means documents_per_batch.
        """
        batch: list[PlannedDocument] = []
        size = 0
        for document in documents:
            full = len(batch) >= (most or self.documents_per_batch) or size + document.size > self.bytes_per_batch
            if batch and full:
                yield batch
                batch, size = [], 0
            batch.append(document)
            size += document.size
        if batch:
            yield batch


def tolerate_replica_failure(store: VectorStore, pipeline: Pipeline, work: Callable[[], U], otherwise: U) -> U:
    """Returns work(), or `otherwise` when it fails in a replica store. Errors of the primary store are raised.

    The failure is logged, and the checks of the report find the stale points of the replica store.
    """
    try:
        return work()
    except Exception as error:
        if store is pipeline.vectors:
            raise
        log.warning("the replica store %s failed: %s", store.engine, error)
        return otherwise


def new_entry(document: PlannedDocument) -> LedgerEntry:
    """Returns a ledger entry without fingerprints."""
    return LedgerEntry(
        document_id=document.document_id,
        tag=document.tag,
        source_uri=document.source_uri,
        partition_key=document.partition_key,
    )


def remember_failures(pipeline: Pipeline, stage: str, outcomes: Sequence[Outcome]) -> None:
    """Writes the failures among the outcomes to the ledger. Stored data of the documents' older versions is kept."""
    lost = [outcome for outcome in outcomes if outcome.status == "failed"]
    if not lost:
        return
    ledger = pipeline.ledger_of([outcome.document for outcome in lost])
    pipeline.graph.write_ledger([_with_failure(pipeline, stage, outcome, ledger) for outcome in lost])


def _with_failure(pipeline: Pipeline, stage: str, outcome: Outcome, ledger: dict[str, LedgerEntry]) -> LedgerEntry:
    document = outcome.document
    entry = ledger.get(document.document_id) or new_entry(document)
    failure = Failure(
        stage=stage,
        error=outcome.error,
        hint=outcome.hint,
        permanent=outcome.permanent,
        checksum=document.checksum,
        recipe=pipeline.recipe.digest,
    )
    return replace(as_scanned(entry, document), failure=failure)
