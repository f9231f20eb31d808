"""What assets ask for: the ingest that a run belongs to. Plain objects inside, Dagster config outside."""

import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property

import dagster as dg
from pydantic import Field, PrivateAttr

from wekadocs_assets.app import bootstrap
from wekadocs_assets.app.watch import Taken, jobs_taken, renewed
from wekadocs_assets.config.settings import Settings, read_settings
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.models import Collection
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.planning.ingest import Ingest, load_ingest, save_ingest
from wekadocs_assets.core.planning.plan import Plan, PlannedDocument, only, tag_of
from wekadocs_assets.core.recipe import ASSETS
from wekadocs_assets.core.reports.files import report_name
from wekadocs_assets.core.reports.model import IngestReport
from wekadocs_assets.core.stages.conclude import conclude
from wekadocs_assets.core.stages.plan import plan_collection
from wekadocs_assets.defs.interrupts import came_while_watched
from wekadocs_assets.defs.partitions import document_keys
from wekadocs_assets.defs.reaping import claim, disclaim, held_by

STEPS = ("source_documents", *ASSETS, "ingest_report")
NOWHERE = "an instance that ended with its process"
"""What stands for the storage of a run without DAGSTER_HOME: whoever has a lasting one finds that the events are not there."""


class IngestRun(dg.ConfigurableResource):
    """One Dagster run's share of an ingest. A run that nobody planned makes its own plan, kept under its run id."""

    ingest_id: str = Field("", description="An ingest that was planned before; empty: this run plans for itself.")
    part: int = Field(0, description="Which part of that ingest this run carries out, from 0.")
    documents: list[str] = Field([], description="Partition keys to work on; empty: the partitions of the run, or all.")
    from_queue: int = Field(0, description="Work at most so many jobs of the queue instead; 0: none.")

    _ingest: Ingest | None = PrivateAttr(None)
    _held: ExitStack = PrivateAttr(default_factory=ExitStack)
    _is_ephemeral: bool = PrivateAttr(False)
    _taken: Taken | None = PrivateAttr(None)
    _is_stopped: bool = PrivateAttr(False)

    @cached_property
    def settings(self) -> Settings:
        return read_settings()

    @cached_property
    def pipeline(self) -> Pipeline:
        """As the stores are once the collections are held."""
        made = bootstrap.open_pipeline(self.settings)
        return replace(made, recorded_in=NOWHERE) if self._is_ephemeral else made

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Generator["IngestRun", None, None]:
        """Holds the ingest lock and the collections over the run; `ingestctl` holds them already for runs of its own."""
        self._is_ephemeral = context.instance.is_ephemeral
        with bootstrap.ingest_lock(self.settings, self.ingest_id or context.run_id or ""), self._held:
            yield self
            if self._is_stopped and self._taken:
                self._taken.finish()  # they were cancelled with the run
            if (
                came_while_watched() or self._is_stopped
            ) and context.run:  # now, for Dagster writes the run's end after this
                context.instance.report_run_canceling(context.run, "Interrupted by Ctrl-C or SIGTERM.")

    def ingest(self, context: dg.AssetExecutionContext) -> Ingest:
        """The ingest of this run, planned by whoever comes first."""
        if self._ingest is None:
            ingest_id = self.ingest_id or context.run_id
            planned = load_ingest(bootstrap.open_stores(self.settings).artifacts, ingest_id)
            if planned:
                is_ours = not held_by(context.run)  # `ingestctl` planned under the lock that it holds still
                self._hold(context, [plan.tag for plan in planned.plans], ingest_id)
                self._ingest = renewed(self.settings, self.pipeline, planned) if is_ours else planned
            else:
                self._ingest = (
                    self._queued(context, ingest_id) if self.from_queue else self._planned(context, ingest_id)
                )
        return self._ingest

    def _hold(self, context: dg.AssetExecutionContext, tags: Sequence[str], ingest_id: str) -> None:
        """A run that `ingestctl` made says from its beginning what it holds, and its makers have reaped."""
        self._held.enter_context(bootstrap.hold(self.settings, sorted(tags), ingest_id))
        if not held_by(context.run):
            claim(context.instance, context.run_id, bootstrap.lock_names(self.settings, tags))
            self._held.callback(disclaim, context.instance, context.run_id)

    def stop(self) -> None:
        """Between two batches, because somebody asked for it: the run ends as one that was cancelled."""
        self._is_stopped = True
        raise dg.DagsterExecutionInterruptedError("cancelled; what is done stays, the next ingest goes on from here")

    @property
    def planned(self) -> Ingest | None:
        """None before anything of it was asked for."""
        return self._ingest

    def goes_on_after(self, context: dg.HookContext) -> bool:
        """Whether another asset comes after this step, in this run or in another one of the ingest."""
        run = context.instance.get_run_by_id(context.run_id)
        chosen = run.asset_selection if run else None
        later = STEPS[STEPS.index(context.op.name) + 1 :]
        in_this_run = not chosen or any(dg.AssetKey(name) in chosen for name in later)
        return in_this_run or self.part < (self._ingest.parts if self._ingest else 1) - 1

    def work(self, context: dg.AssetExecutionContext) -> list[PlannedDocument]:
        return self.ingest(context).part(self.part)

    def conclude(self, context: dg.AssetExecutionContext, unpublished: str) -> tuple[IngestReport, str]:
        """The ingest's report, written, and where it is. unpublished: why some of its progress was not."""
        reports = bootstrap.reports(self.settings)
        report = conclude(self.pipeline, reports, self.ingest(context), int(time.time()), unpublished)
        if self._taken:
            self._taken.finish()
        return report, reports.place(report_name(report.ingest_id))

    def is_last(self, context: dg.AssetExecutionContext) -> bool:
        return self.part == self.ingest(context).parts - 1

    def _planned(self, context: dg.AssetExecutionContext, ingest_id: str) -> Ingest:
        keys = self.documents or document_keys(context)
        return self._saved(ingest_id, self._plans(context, keys, ingest_id))

    def _queued(self, context: dg.AssetExecutionContext, ingest_id: str) -> Ingest:
        """What a run takes it holds until the report is written; else it is handed out again."""
        if (steps := context.run.step_keys_to_execute) and ASSETS[0] not in steps:
            raise ConfigurationError("jobs of the queue are worked from the beginning", "they come with the next run")
        if self._taken is None:  # a step that is tried again has it already
            self._taken = self._held.enter_context(jobs_taken(self.settings, context.run_id, self.from_queue))
        taken = self._taken
        self._hold(context, taken.tags, ingest_id)
        return self._saved(ingest_id, taken.plans(self.settings, self.pipeline, ingest_id))

    def _saved(self, ingest_id: str, plans: Sequence[Plan]) -> Ingest:
        made = Ingest(ingest_id, tuple(plans), 1_000_000_000, int(time.time()))
        save_ingest(self.pipeline.artifacts, made)
        return made

    def _plans(self, context: dg.AssetExecutionContext, keys: list[str] | None, ingest_id: str) -> list[Plan]:
        collections = bootstrap.known_collections(self.settings)
        if not collections:
            raise ConfigurationError(
                "no collection is known, so there is nothing to ingest",
                "set COLLECTIONS=tag=folder, or run `ingestctl ingest FOLDER` once",
            )
        tags = {tag_of(key) for key in keys} if keys else collections.keys()
        if unknown := sorted(tags - collections.keys()):
            raise ConfigurationError(
                f"no collection '{unknown[0]}' is known, to which a partition of this run belongs",
                f"set COLLECTIONS={unknown[0]}=folder, or run `ingestctl ingest FOLDER --tag {unknown[0]}` once",
            )
        self._hold(context, list(tags), ingest_id)
        plans = [self._plan(collections[tag], delete=keys is None) for tag in sorted(tags)]
        return plans if keys is None else only(plans, keys)

    def _plan(self, collection: Collection, *, delete: bool) -> Plan:
        source = bootstrap.source(self.settings, collection.root)
        return plan_collection(source, self.pipeline, collection, int(time.time()), delete=delete)
