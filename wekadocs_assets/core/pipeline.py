"""What the stages share: the ports and settings they work with, the outcome of a document, and how a failure is told."""

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
class Index:
    """The points of one embedding_version in one vector store, and what makes them."""

    id: IndexId
    store: VectorStore
    embedder: Embedder
    chunk_tokens: int

    @property
    def version(self) -> str:
        return self.id.embedding_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """Adapters and settings of the five stages. source_of: the source of a collection's root.

    indexes: all that points are written to: the wanted embedding_version in the source of truth, then the same in further
    stores, then, during a switch, the version that is still served. served: the one that answers and that drift is
    about. It is missing among the indexes when its model cannot be had any more. stores: vector stores, the source of
    truth first. absent: further stores that could not be reached, by engine, with the reason. sample_queries: what each
    collection must be able to answer, by tag; derived_queries: how many it asks itself; confidence: how sure answers are.

    recorded_in: id of the Dagster storage that runs of these settings write to, '' where it is not known.

    lock: held over all that a batch does to the stores, so that embedded ones open once a batch. Their checkpoint at the
    end of a hold costs a second or two, be it for ten documents or for hundreds: hence the larger transactions;
    bytes_per_batch keeps them within the memory of the embedded engines.
    """

    source_of: Callable[[str], Source]
    artifacts: ArtifactStore
    graph: GraphStore
    stores: tuple[VectorStore, ...]
    indexes: tuple[Index, ...]
    served: IndexId
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
        """The source of truth."""
        return self.stores[0]

    @property
    def wanted(self) -> IndexId:
        """What is to be served once it is whole."""
        return self.recipe.indexes[0]

    @property
    def record(self) -> str:
        """Where the events of these settings are, in one word for storage and version: '' where it is not known."""
        return f"{self.recorded_in} {self.wanted.embedding_version}" if self.recorded_in else ""

    def frozen(self) -> list[tuple[VectorStore, str]]:
        """Versions that exist but are written no more: kept old ones, abandoned ones, those whose model is gone."""
        written = {(index.id.store, index.version) for index in self.indexes}
        return [
            (s, v)
            for s in self.stores
            for v in tolerate_replica_failure(s, self, s.versions, list[str]())
            if (s.engine, v) not in written
        ]

    def point_sets(self) -> list[tuple[VectorStore, str]]:
        """Every version in every store: what a deleted document must leave."""
        return [(index.store, index.version) for index in self.indexes] + self.frozen()

    def ledger_of(self, documents: Sequence[PlannedDocument]) -> dict[str, LedgerEntry]:
        """Ledger entries of these documents by document id."""
        return self.graph.entries([document.document_id for document in documents])

    def artifact(self, asset: str, key: str) -> bytes:
        """Its body; a damaged one is deleted, so that it counts as absent from now on and is made again."""
        try:
            return self.artifacts.read(asset, key)
        except KeyError:
            self.artifacts.delete(asset, [key])
            raise WekadocsError(f"the artifact of {asset} was damaged", "ingest again: it is made anew") from None

    def batches(self, documents: Sequence[PlannedDocument], most: int = 0) -> Iterator[list[PlannedDocument]]:
        """At most `most` documents (default documents_per_batch) and bytes_per_batch of source a batch, one at least."""
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
    """What `work` on this store gives; a further store that fails, however it does, does not fail the ingest.

    It is logged, and the report finds the store behind.
    """
    try:
        return work()
    except Exception as error:
        if store is pipeline.vectors:
            raise
        log.warning("the second vector store, %s, failed: %s", store.engine, error)
        return otherwise


def new_entry(document: PlannedDocument) -> LedgerEntry:
    return LedgerEntry(
        document_id=document.document_id,
        tag=document.tag,
        source_uri=document.source_uri,
        partition_key=document.partition_key,
    )


def remember_failures(pipeline: Pipeline, stage: str, outcomes: Sequence[Outcome]) -> None:
    """Writes failures to the ledger; the effects of the document's older version stay as they are."""
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
