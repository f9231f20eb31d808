"""Jobs by ingest, and the one that a person means by the beginning of an id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.jobs.ports import ProgressStreams
from wekadocs_assets.core.jobs.states import FROM_THE_BEGINNING, JobState

WHAT = "ingest, job or run", "`ingestctl status` lists those of the last seven days"


@dataclass(frozen=True, slots=True)
class IngestStatus:
    """The jobs whose last attempt was in this ingest, in the order of their names. told_as: its end, where it has none."""

    ingest_id: str
    jobs: tuple[JobState, ...]
    told_as: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """Jobs by status, sorted by name."""
        return dict(sorted(Counter(job.status for job in self.jobs).items()))

    @property
    def status(self) -> str:
        """QUEUED before an ingest takes them, RUNNING while one has not come to its end; else the worst of their ends."""
        if not self.jobs:
            return self.told_as or "QUEUED"
        ends = {job.status for job in self.jobs}
        if all(job.is_queued for job in self.jobs):
            return "QUEUED"
        if not all(job.is_terminal for job in self.jobs):
            return "RUNNING"
        return next((end for end in ("CANCELLED", "ERROR") if end in ends), "DONE")

    @property
    def is_terminal(self) -> bool:
        return self.status not in ("QUEUED", "RUNNING")

    @property
    def percent(self) -> int:
        return sum(job.percent for job in self.jobs) // max(len(self.jobs), 1)

    @property
    def started_at(self) -> float:
        return min((job.created_at for job in self.jobs), default=0.0)

    @property
    def updated_at(self) -> float:
        return max((job.updated_at for job in self.jobs), default=0.0)


def by_ingest(states: Iterable[JobState]) -> list[IngestStatus]:
    """The oldest first."""
    found: dict[str, list[JobState]] = {}
    for state in states:
        found.setdefault(state.ingest_id, []).append(state)
    ingests = [
        IngestStatus(key, tuple(sorted(jobs, key=lambda job: (job.tag, job.source_uri, job.job_id))))
        for key, jobs in found.items()
    ]
    return sorted(ingests, key=lambda ingest: (ingest.started_at, ingest.ingest_id))


def found_by(streams: ProgressStreams, ident: str) -> IngestStatus | JobState:
    """By the beginning of the id of an ingest, a job or a run. None, or several: ConfigurationError."""
    states = list(streams.states())
    known = {ingest.ingest_id for ingest in by_ingest(states)} | {state.job_id for state in states}
    if not any(one.startswith(ident) for one in known) and (names := streams.names(ident)):
        name = match_prefix(names, ident, *WHAT)  # of a run, or of an ingest without documents to work on
        told = next((event.details for _, event in streams.events(name, FROM_THE_BEGINNING, 0)), {})
        ident = str(told.get("ingest_id", name))
        if all(state.ingest_id != ident for state in states):
            ends = [e.stage for _, e in streams.events(ident, FROM_THE_BEGINNING, 0) if e.is_terminal]
            return IngestStatus(ident, (), ends[-1] if ends else "")
    return chosen(states, ident)


def chosen(states: Sequence[JobState], ident: str) -> IngestStatus | JobState:
    """By the beginning of an id. None, or several: ConfigurationError."""
    ingests = {ingest.ingest_id: ingest for ingest in by_ingest(states)}
    jobs = {state.job_id: state for state in states}
    everything: dict[str, IngestStatus | JobState] = {**ingests, **jobs}
    return everything[match_prefix(everything, ident, *WHAT)]


def match_prefix(ids: Iterable[str], ident: str, what: str, hint: str) -> str:
    """The one id that is this or begins so. what: how messages call them; hint: where they are listed."""
    every = set(ids)
    found = [ident] if ident in every else sorted(one for one in every if one.startswith(ident))
    if not found:
        raise ConfigurationError(f"no {what} begins with '{ident}'", hint)
    if len(found) > 1:
        raise ConfigurationError(
            f"'{ident}' begins {len(found)} ids, for instance {found[0]} and {found[1]}", "say more"
        )
    return found[0]
