"""An ingest: the plans of one or more collections under one id, split into parts; saved as an artifact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wekadocs_assets.core import ids
from wekadocs_assets.core.artifacts import codec
from wekadocs_assets.core.planning.plan import Plan, PlannedDocument
from wekadocs_assets.core.ports.stores import ArtifactHeader, ArtifactStore

INGESTS = "ingests"


@dataclass(frozen=True, slots=True)
class Ingest:
    """documents_per_part: how many documents one Dagster run takes. started_at: seconds since the epoch."""

    id: str
    plans: tuple[Plan, ...]
    documents_per_part: int
    started_at: int

    @classmethod
    def in_one_part(cls, ingest_id: str, plans: Sequence[Plan], started_at: int) -> Ingest:
        """One Dagster run takes all documents."""
        return cls(ingest_id, tuple(plans), max(1, sum(len(plan.work) for plan in plans)), started_at)

    @property
    def work(self) -> list[PlannedDocument]:
        return [document for plan in self.plans for document in plan.work]

    @property
    def parts(self) -> int:
        return max(1, -(-len(self.work) // self.documents_per_part))

    def part(self, number: int) -> list[PlannedDocument]:
        start = number * self.documents_per_part
        return self.work[start : start + self.documents_per_part]

    @property
    def findings(self) -> list[str]:
        """What is amiss with the stores, each once: a store is shared by the collections."""
        return list(dict.fromkeys(finding for plan in self.plans for finding in plan.findings))

    def counts(self) -> dict[str, int]:
        """The plans' counts added up."""
        totals: dict[str, int] = {}
        for plan in self.plans:
            for name, count in plan.counts().items():
                totals[name] = totals.get(name, 0) + count
        return totals


def save_ingest(store: ArtifactStore, ingest: Ingest) -> None:
    """Without the unchanged documents: a plan of 10,000 that changes three is three lines."""
    slim = replace(ingest, plans=tuple(replace(plan, documents=tuple(plan.work), touched=()) for plan in ingest.plans))
    body = codec(Ingest).dump_json(slim)
    store.write(INGESTS, ingest.id, ArtifactHeader(ingest.id, ids.checksum(body)), body)


def load_ingest(store: ArtifactStore, ingest_id: str) -> Ingest | None:
    try:
        found: Ingest = codec(Ingest).validate_json(store.read(INGESTS, ingest_id))
    except KeyError:
        return None
    return found
