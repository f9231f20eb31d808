"""An ingest: the plans of one or more collections under one id, split into parts; it is saved as an artifact.

What one plan contains belongs to plan.py, what an ingest did to record.py.
"""

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
    """The plans of an ingest. documents_per_part: documents in a Dagster run. started_at: seconds since the epoch."""

    id: str
    plans: tuple[Plan, ...]
    documents_per_part: int
    started_at: int

    @classmethod
    def in_one_part(cls, ingest_id: str, plans: Sequence[Plan], started_at: int) -> Ingest:
        """Returns an ingest whose documents are all in one part, and so in one Dagster run."""
        return cls(ingest_id, tuple(plans), max(1, sum(len(plan.work) for plan in plans)), started_at)

    @property
    def work(self) -> list[PlannedDocument]:
        """The documents of all plans, without the unchanged ones."""
        return [document for plan in self.plans for document in plan.work]

    @property
    def parts(self) -> int:
        """The number of parts; at least 1."""
        return max(1, -(-len(self.work) // self.documents_per_part))

    def part(self, number: int) -> list[PlannedDocument]:
        """The documents of one part, counted from 0."""
        start = number * self.documents_per_part
        return self.work[start : start + self.documents_per_part]

    @property
    def findings(self) -> list[str]:
        """Problems of the stores, as sentences without duplicates, because plans share the stores."""
        return list(dict.fromkeys(finding for plan in self.plans for finding in plan.findings))

    def counts(self) -> dict[str, int]:
        """The sum of the plans' counts, by change."""
        totals: dict[str, int] = {}
        for plan in self.plans:
            for name, count in plan.counts().items():
                totals[name] = totals.get(name, 0) + count
        return totals


def save_ingest(store: ArtifactStore, ingest: Ingest) -> None:
    """Saves the ingest without unchanged documents, so that its size depends on the changes only."""
    slim = replace(ingest, plans=tuple(replace(plan, documents=tuple(plan.work), touched=()) for plan in ingest.plans))
    body = codec(Ingest).dump_json(slim)
    store.write(INGESTS, ingest.id, ArtifactHeader(ingest.id, ids.checksum(body)), body)


def load_ingest(store: ArtifactStore, ingest_id: str) -> Ingest | None:
    """Returns a saved ingest; None when it does not exist or is damaged."""
    try:
        found: Ingest = codec(Ingest).validate_json(store.read(INGESTS, ingest_id))
    except KeyError:
        return None
    return found
