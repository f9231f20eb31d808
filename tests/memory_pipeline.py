"""A pipeline on the in-memory adapters and a walk of pages through its stages, for unit tests: no file, no engine, no Dagster."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from wekadocs_assets.adapters.data_folder.locks import FreeLock
from wekadocs_assets.adapters.embedding.hash_embedder import HashEmbedder
from wekadocs_assets.adapters.memory.artifacts import InMemoryArtifacts
from wekadocs_assets.adapters.memory.graph import InMemoryGraph
from wekadocs_assets.adapters.memory.source import InMemorySource
from wekadocs_assets.adapters.memory.vectors import InMemoryVectors
from wekadocs_assets.core.chunking import embedding_version
from wekadocs_assets.core.models import Collection, Vocabulary
from wekadocs_assets.core.pipeline import Pipeline, VectorIndex
from wekadocs_assets.core.planning.ingest import Ingest
from wekadocs_assets.core.planning.outcome import Outcome
from wekadocs_assets.core.planning.record import StageRecord, outcome_row, save_record
from wekadocs_assets.core.ports.stores import Reports
from wekadocs_assets.core.recipe import EMBEDDED, EXTRACTED, GRAPH, PARSED, POINTS, IndexId, Recipe, vocabulary_digest
from wekadocs_assets.core.reports.files import report_name
from wekadocs_assets.core.stages.conclude import conclude
from wekadocs_assets.core.stages.embed import embed_sections
from wekadocs_assets.core.stages.extract import extract_entities
from wekadocs_assets.core.stages.graph import write_graph
from wekadocs_assets.core.stages.parse import parse_documents
from wekadocs_assets.core.stages.plan import plan_collection
from wekadocs_assets.core.stages.points import write_points

TAG, CHUNK_TOKENS = "docs", 128
STAGES = {
    PARSED: parse_documents,
    EXTRACTED: extract_entities,
    GRAPH: write_graph,
    EMBEDDED: embed_sections,
    POINTS: write_points,
}


class KeptReports(Reports):
    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def write(self, name: str, content: bytes) -> None:
        self.kept[name] = content

    def read(self, name: str) -> bytes:
        return self.kept[name]

    def names(self) -> list[str]:
        return sorted(self.kept)

    def place(self, name: str) -> str:
        return name


@dataclass
class MemoryIndex:
    """pages: name -> content, which a test may change between two ingests."""

    pages: dict[str, bytes]
    graph: InMemoryGraph = field(default_factory=InMemoryGraph)
    vectors: InMemoryVectors = field(default_factory=InMemoryVectors)
    artifacts: InMemoryArtifacts = field(default_factory=InMemoryArtifacts)
    reports: KeptReports = field(default_factory=KeptReports)
    embedder: HashEmbedder = field(default_factory=HashEmbedder)
    ingests: int = 0

    @property
    def version(self) -> str:
        return embedding_version(self.embedder.model_part, CHUNK_TOKENS)

    @property
    def pipeline(self) -> Pipeline:
        source = InMemorySource(self.pages)
        store_id = self.vectors.open(self.version, self.embedder.dimensions)
        index = VectorIndex(
            IndexId(self.vectors.engine, self.version, store_id), self.vectors, self.embedder, CHUNK_TOKENS
        )
        return Pipeline(
            source_of=lambda tag: source, artifacts=self.artifacts, graph=self.graph, stores=(self.vectors,),
            indexes=(index,), active=index.id, lock=FreeLock(), vocabulary=Vocabulary(),
            recipe=Recipe(vocabulary_digest(Vocabulary()), self.artifacts.store_id(), (index.id,)),
        )  # fmt: skip

    def planned(self) -> Ingest:
        self.ingests += 1
        plan = plan_collection(InMemorySource(self.pages), self.pipeline, Collection(tag=TAG, root="/docs"), 1_000)
        return Ingest.in_one_part(f"ingest-{self.ingests}", [plan], 1_000)

    def run(self, ingest: Ingest, *assets: str) -> dict[str, list[Outcome]]:
        """Outcomes by asset, all stages unless some are named; each is recorded."""
        found: dict[str, list[Outcome]] = {}
        for asset in assets or STAGES:
            outcomes = [one for batch in STAGES[asset](self.pipeline, ingest.part(0)) for one in batch]
            rows = tuple(outcome_row(outcome, 0.0) for outcome in outcomes)
            save_record(
                self.pipeline.artifacts, ingest.id, StageRecord(asset=asset, part=0, rows=rows, wall_ms=0, cpu_ms=0)
            )
            found[asset] = outcomes
        return found

    def ingest(self) -> dict:
        """The report, as it was written."""
        planned = self.planned()
        self.run(planned)
        conclude(self.pipeline, self.reports, planned, 1_060)
        return json.loads(self.reports.read(report_name(planned.id)))
