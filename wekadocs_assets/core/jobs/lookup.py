"""Groups jobs by ingest, and finds an ingest or a job by a prefix of its id, or an ingest by that of its Dagster run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.jobs.ports import ProgressStreams
from wekadocs_assets.core.jobs.states import FROM_THE_BEGINNING, JobState

WHAT = "ingest, Dagster run or job", "`ingestctl status` lists those of the last seven days"


@dataclass(frozen=True, slots=True)
class IngestStatus:
    """The jobs whose last attempt was in this ingest, in the order of their names. reported_status: of an ingest without jobs."""

    ingest_id: str
    jobs: tuple[JobState, ...]
    reported_status: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """Jobs by status, sorted by name."""
        return dict(sorted(Counter(job.status for job in self.jobs).items()))

    @property
    def status(self) -> str:
        """QUEUED before an ingest takes the jobs, RUNNING until all are terminal, then the worst terminal status."""
        if not self.jobs:
            return self.reported_status or "QUEUED"
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
    """Ingests with their jobs, oldest first."""
    found: dict[str, list[JobState]] = {}
    for state in states:
        found.setdefault(state.ingest_id, []).append(state)
    ingests = [
        IngestStatus(key, tuple(sorted(jobs, key=lambda job: (job.tag, job.source_uri, job.job_id))))
        for key, jobs in found.items()
    ]
    return sorted(ingests, key=lambda ingest: (ingest.started_at, ingest.ingest_id))


def found_by(streams: ProgressStreams, ident: str) -> IngestStatus | JobState:
    """Matches a prefix of the id of an ingest, a job or a Dagster run, which returns the run's ingest.

    Raises ConfigurationError if none or several match.
    """
    states = list(streams.states())
    known = {ingest.ingest_id for ingest in by_ingest(states)} | {state.job_id for state in states}
    if not any(one.startswith(ident) for one in known) and (names := streams.names(ident)):
        name = match_prefix(names, ident, *WHAT)  # of a run, or of an ingest without documents to work on
        details = next((event.details for _, event in streams.events(name, FROM_THE_BEGINNING, 0)), {})
        ident = str(details.get("ingest_id", name))
        if all(state.ingest_id != ident for state in states):
            ends = [e.stage for _, e in streams.events(ident, FROM_THE_BEGINNING, 0) if e.is_terminal]
            return IngestStatus(ident, (), ends[-1] if ends else "")
    return chosen(states, ident)


def chosen(states: Sequence[JobState], ident: str) -> IngestStatus | JobState:
    """Matches a prefix of an id. No match or several: ConfigurationError."""
    ingests = {ingest.ingest_id: ingest for ingest in by_ingest(states)}
    jobs = {state.job_id: state for state in states}
    everything: dict[str, IngestStatus | JobState] = {**ingests, **jobs}
    return everything[match_prefix(everything, ident, *WHAT)]


def match_prefix(ids: Iterable[str], ident: str, what: str, hint: str) -> str:
    """The id that equals `ident` or is the only one with this prefix. what, hint: for the messages of ConfigurationError."""
    every = set(ids)
    found = [ident] if ident in every else sorted(one for one in every if one.startswith(ident))
    if not found:
        raise ConfigurationError(f"no {what} begins with '{ident}'", hint)
    if len(found) > 1:
        raise ConfigurationError(
            f"'{ident}' begins {len(found)} ids, for instance {found[0]} and {found[1]}", "say more"
        )
    return found[0]
