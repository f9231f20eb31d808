"""The ingest of a Dagster run: a plain object, made once at the start of the run and passed to every asset.

Add here what applies to the whole run: its ingest, its part, its locks. The work of one asset belongs in steps.py.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NoReturn

import dagster as dg

from wekadocs_assets.app import bootstrap
from wekadocs_assets.app.planner import collections_of, plan_now, replan
from wekadocs_assets.app.watch import TakenJobs, take_jobs
from wekadocs_assets.config.settings import Settings
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.models import Unreadable
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.planning.ingest import Ingest, load_ingest, save_ingest
from wekadocs_assets.core.planning.plan import Plan, PlannedDocument
from wekadocs_assets.core.planning.reduced_plan import restrict_to
from wekadocs_assets.core.recipe import ASSETS, CLEANUP, PLAN, REPORT
from wekadocs_assets.core.stages.conclude import start
from wekadocs_assets.defs.interrupts import interrupt_received
from wekadocs_assets.defs.partitions import document_keys, register_partitions
from wekadocs_assets.defs.reaping import claim, disclaim, held_by

STEPS = (PLAN, *ASSETS, CLEANUP, REPORT)
EPHEMERAL_INSTANCE = "an instance that ended with its process"
"""The recorded id of the storage of a run without DAGSTER_HOME. A later instance finds that it lacks those events."""


@dataclass(frozen=True, slots=True)
class IngestPart:
    """The part of an ingest that a run processes. part: its number, from 0. pipeline: opened with the collections held."""

    ingest: Ingest
    part: int
    pipeline: Pipeline

    @property
    def documents(self) -> list[PlannedDocument]:
        return self.ingest.part(self.part)

    @property
    def unreadable(self) -> list[Unreadable]:
        return [item for plan in self.ingest.plans for item in plan.unreadable]


class IngestSession:
    """One run of a saved ingest, or of an ingest that its first asset plans and saves under the run's id.

    The first asset calls `open`, which takes the locks of the collections; `held` releases them when the run ends.
    """

    def __init__(
        self,
        settings: Settings,
        run: dg.DagsterRun,
        instance: dg.DagsterInstance,
        *,
        ingest_id: str = "",
        part: int = 0,
        documents: Sequence[str] = (),
        from_queue: int = 0,
    ) -> None:
        self.settings = settings
        self.current: IngestPart | None = None
        self._run, self._instance = run, instance
        self._ingest_id, self._part = ingest_id or run.run_id, part
        self._documents, self._from_queue = list(documents), from_queue
        self._locks = ExitStack()
        self._jobs: TakenJobs | None = None
        self._has_begun = self._is_cancelled = False

    @contextmanager
    def held(self) -> Iterator["IngestSession"]:
        """Holds the ingest lock and the collections until the run ends. For its own runs, `ingestctl` already holds them."""
        with bootstrap.ingest_lock(self.settings, self._ingest_id), self._locks:
            yield self
            if self._is_cancelled and self._jobs:
                self._jobs.finish()  # cancelled with the run, so not delivered again
            if interrupt_received() or self._is_cancelled:  # now: Dagster writes the final status after this
                self._instance.report_run_canceling(self._run, "Interrupted by Ctrl-C or SIGTERM.")

    def open(self, context: dg.AssetExecutionContext) -> IngestPart:
        """The ingest of this run. The first call holds its collections, and plans it unless it was planned before."""
        if self.current is None:
            planned = load_ingest(bootstrap.open_stores(self.settings).artifacts, self._ingest_id)
            if planned:
                ingest = self._adopt(planned)
            elif self._from_queue:
                ingest = self._plan_jobs()
            else:
                ingest = self._plan(self._documents or document_keys(context))
            self.current = IngestPart(ingest, self._part, self._pipeline)
        return self.current

    def begin(self, context: dg.AssetExecutionContext) -> IngestPart:
        """`open` for an asset that processes documents. The first call marks the ingest as started and registers partitions."""
        current = self.open(context)
        if not self._has_begun:
            if current.part == 0:
                start(current.pipeline, current.ingest)
            register_partitions(self._instance, current.documents)
            self._has_begun = True
        return current

    def cancel(self) -> NoReturn:
        """Ends the run as cancelled, at a user's request. Called between two batches."""
        self._is_cancelled = True
        raise dg.DagsterExecutionInterruptedError("cancelled; finished work is kept; the next ingest continues")

    def finish_jobs(self) -> None:
        """Acknowledges the jobs that this run took from the queue. Called after the report is written."""
        if self._jobs:
            self._jobs.finish()

    def goes_on_after(self, asset: str) -> bool:
        """Whether another asset comes after this one, in this run or in another run of the ingest."""
        later = {dg.AssetKey(name) for name in STEPS[STEPS.index(asset) + 1 :]}
        chosen = self._run.asset_selection
        in_this_run = bool(later) if not chosen else not later.isdisjoint(chosen)
        return in_this_run or (self.current is not None and self._part < self.current.ingest.parts - 1)

    @cached_property
    def _pipeline(self) -> Pipeline:
        """First read after the collections are held, because it captures the state of the stores."""
        made = bootstrap.open_pipeline(self.settings)
        return replace(made, recorded_in=EPHEMERAL_INSTANCE) if self._instance.is_ephemeral else made

    def _hold(self, tags: Sequence[str]) -> None:
        """Holds these collections and claims their locks by a run tag. A run of `ingestctl` is created with that tag."""
        self._locks.enter_context(bootstrap.hold(self.settings, sorted(tags), self._ingest_id))
        if not held_by(self._run):
            claim(self._instance, self._run.run_id, bootstrap.lock_names(self.settings, tags))
            self._locks.callback(disclaim, self._instance, self._run.run_id)

    def _adopt(self, planned: Ingest) -> Ingest:
        """Keeps the plan of `ingestctl`, which still holds the locks it planned under. Any other plan may be out of date."""
        is_current = bool(held_by(self._run))
        self._hold([plan.tag for plan in planned.plans])
        return planned if is_current else replan(self.settings, self._pipeline, planned)

    def _plan(self, keys: list[str] | None) -> Ingest:
        """keys: partition keys of the documents to process; None: all documents, including deletions."""
        collections = collections_of(self.settings, keys)
        self._hold([collection.tag for collection in collections])
        plans = [plan_now(self.settings, self._pipeline, c, delete=keys is None) for c in collections]
        return self._saved(plans if keys is None else restrict_to(plans, keys))

    def _plan_jobs(self) -> Ingest:
        """Takes jobs of the queue and plans them. Jobs of a run that ends before its report are delivered again."""
        if (steps := self._run.step_keys_to_execute) and ASSETS[0] not in steps:
            raise ConfigurationError(
                "a run of queued jobs cannot start at a later step", "the next run takes these jobs again"
            )
        if self._jobs is None:  # a retried step already has them
            self._jobs = self._locks.enter_context(take_jobs(self.settings, self._run.run_id, self._from_queue))
        self._hold(self._jobs.tags)
        return self._saved(self._jobs.plans(self.settings, self._pipeline, self._ingest_id))

    def _saved(self, plans: Sequence[Plan]) -> Ingest:
        made = Ingest.in_one_part(self._ingest_id, plans, int(time.time()))
        save_ingest(self._pipeline.artifacts, made)
        return made
