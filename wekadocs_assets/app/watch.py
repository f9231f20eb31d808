"""Checks a collection or the queue once: plans an ingest, or states the reason to wait.

The sensors and `ingestctl watch` call this module and execute the result. A missing folder or an unavailable server is a
reason to wait, and never counts as an empty collection. Rules about waiting belong in core/watching.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from wekadocs_assets.app import bootstrap, messaging
from wekadocs_assets.app.planner import plan_now
from wekadocs_assets.config.settings import Settings
from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import StoreBusy, StoreUnavailable, WekadocsError
from wekadocs_assets.core.jobs.ports import JobQueue
from wekadocs_assets.core.jobs.queue import Delivery, job_of
from wekadocs_assets.core.jobs.queued import JobEnd, plan_jobs, report_ends
from wekadocs_assets.core.models import Collection, Scan
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.planning.ingest import Ingest, save_ingest
from wekadocs_assets.core.planning.plan import Plan
from wekadocs_assets.core.stages.plan import save_touched
from wekadocs_assets.core.watching.admission import Admission, Limits, Load, admit
from wekadocs_assets.core.watching.quiet_period import (
    Rule,
    Watch,
    forget_requested,
    limit_plan,
    listing_of,
    observe,
    run_key,
    unmarked_now,
)

QUEUE = "the queue"
"""The name of the queue in cursors and checks, where a collection has its tag."""
CHECK = "planned by the watcher"
"""Takes the place of the ingest's id in messages about a lock that a check holds: "ingest planned by the watcher"."""
Runs = Callable[[Sequence[str]], tuple[int, int]]
"""tags -> the number of unfinished runs of these collections, and of all. Called with the locks held, to detect dead runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The result of a check. reason: for users. watch: the new cursor. documents: how many are admitted now.

    ingest: the saved ingest to execute; None for the queue, whose runs make their own plan. key: equal for equal work.
    """

    reason: str
    watch: Watch
    documents: int = 0
    ingest: Ingest | None = None
    key: str = ""


def check_collection(settings: Settings, collection: Collection, watch: Watch, runs: Runs) -> CheckResult:
    """Checks one collection. Opens no store while its folder is unchanged. An error becomes the reason to wait."""
    try:
        now = time.time()
        scan = bootstrap.source(settings, collection.root).scan()
        listing = listing_of(scan)
        if watch.is_idle(listing, now, settings.watch_retry_seconds):
            return CheckResult(reason=f"nothing changed among {len(scan.files)} documents", watch=watch)
        at_once = settings.model_copy(update={"lock_timeout": 0.0})
        with bootstrap.ingest_lock(at_once, CHECK), bootstrap.hold(at_once, [collection.tag], CHECK):
            under_way, all_runs = runs([collection.tag])
            if under_way:
                return CheckResult(reason=f"{under_way} runs of it are waiting or running", watch=watch)
            seen, plan, admission, loose = _plan(at_once, collection, scan, watch, all_runs, now)
            if plan is None:
                quiet = not loose and not _marked(settings, scan)
                words = f"{loose} changes are not complete yet" if loose else "nothing to ingest"
                return CheckResult(reason=words, watch=_next(seen, listing if quiet else "", now, settings))
            if not admission.documents:
                return CheckResult(reason=f"waits: {admission.reason}", watch=replace(seen, listing=""))
            ingest = Ingest(bootstrap.new_ingest_id(), (plan,), settings.documents_per_run, int(now))
            save_ingest(bootstrap.open_stores(at_once).artifacts, ingest)
        rest = loose or len(plan.work) == admission.documents or _marked(settings, scan)
        after = _next(forget_requested(seen, plan), "" if rest else listing, now, settings)
        return CheckResult(
            reason=_summary(plan, admission),
            watch=after,
            documents=admission.documents,
            ingest=ingest,
            key=run_key(plan, watch),
        )
    except (WekadocsError, OSError, ValueError) as error:
        return CheckResult(reason=_words(error), watch=watch)


def check_queue(settings: Settings, watch: Watch, runs: Runs) -> CheckResult:
    """Checks the queue. Takes no job: the run takes its jobs when it starts. An error becomes the reason to wait."""
    try:
        now = time.time()
        with messaging.job_queue(settings) as queue:
            state = queue.state()
        if not state.waiting:
            return CheckResult(reason="no job waits", watch=watch)
        if watch.is_idle(state.mark, now, settings.watch_retry_seconds):
            return CheckResult(reason=f"{state.waiting} jobs wait for the run that was asked for", watch=watch)
        under_way, all_runs = runs([QUEUE])
        if under_way:
            return CheckResult(reason=f"{state.waiting} jobs wait for {under_way} runs", watch=watch)
        admission = admit(load(settings, bootstrap.open_pipeline(settings), all_runs, queued=0), limits(settings))
        if not admission.documents:
            return CheckResult(reason=f"{state.waiting} jobs wait: {admission.reason}", watch=watch)
        key = ids.digest(QUEUE, state.mark, str(watch.tries))
        after = _next(replace(watch, tries=watch.tries + 1), state.mark, now, settings)
        return CheckResult(reason=f"{state.waiting} jobs", watch=after, documents=admission.documents, key=key)
    except (WekadocsError, OSError, ValueError) as error:
        return CheckResult(reason=_words(error), watch=watch)


@dataclass(slots=True)
class TakenJobs:
    """Jobs that `take_jobs` took from the queue. begun: their plan was made, so the delivery counts as an attempt."""

    queue: JobQueue
    deliveries: list[Delivery]
    begun: bool = False

    @property
    def tags(self) -> list[str]:
        return sorted({delivery.job.tag for delivery in self.deliveries})

    def plans(self, settings: Settings, pipeline: Pipeline, ingest_id: str) -> list[Plan]:
        """Plans the jobs and publishes the end of those that need no work. The caller must hold the collections."""
        known = bootstrap.known_collections(settings)
        with messaging.progress_streams(settings) as streams:
            cancels = streams.cancels()
            ends = [JobEnd(d.job, "CANCELLED", "cancelled") for d in self.deliveries if d.job.job_id in cancels]
            jobs = [delivery.job for delivery in self.deliveries if delivery.job.job_id not in cancels]
            plans, more = plan_jobs(jobs, known, lambda tag: plan_now(settings, pipeline, known[tag], delete=False))
            ends += more
            ends += [
                JobEnd(job_of(dead.fields), "ERROR", dead.reason, "queue it again") for dead in self.queue.dead_letters
            ]
            report_ends(streams, ends, ingest_id, time.time)
        self.begun = True
        return plans

    def finish(self) -> None:
        self.queue.finish(self.deliveries)


@contextmanager
def take_jobs(settings: Settings, consumer: str, most: int) -> Iterator[TakenJobs]:
    """Takes at most `most` jobs for the block. Jobs that are unfinished at its end are delivered again."""
    with messaging.job_queue(settings) as queue, messaging.consumer_of(queue, settings, consumer):
        taken = TakenJobs(queue, queue.take(consumer, most))
        try:
            yield taken
        except KeyboardInterrupt:
            taken.begun = False
            raise
        finally:
            queue.leave(consumer, counted=taken.begun)


def load(settings: Settings, pipeline: Pipeline, runs: int, queued: int | None = None) -> Load:
    """The current load of servers, disk and queue. queued: the number of waiting jobs; None: read it from the queue."""
    graph_seconds = _seconds(pipeline.graph.open)
    vectors_seconds = _seconds(pipeline.vectors.versions)
    redis_pct, waiting = 0.0, queued or 0
    with suppress(StoreUnavailable):  # an ingest does not need Redis
        redis_pct = messaging.memory_pct(settings)
        if queued is None:
            with messaging.job_queue(settings) as queue:
                waiting = queue.state().waiting
    folder = next(place for place in (settings.data_folder, *settings.data_folder.parents) if place.exists())
    free_mb = shutil.disk_usage(folder).free / 1e6
    return Load(
        runs=runs,
        queued=waiting,
        graph_seconds=graph_seconds,
        vectors_seconds=vectors_seconds,
        redis_pct=redis_pct,
        free_mb=free_mb,
    )


def limits(settings: Settings) -> Limits:
    return Limits(
        documents=settings.documents_per_run,
        runs=settings.admit_runs,
        queued=settings.admit_queued_jobs,
        probe_seconds=settings.admit_probe_seconds,
        redis_pct=settings.admit_redis_pct,
        free_mb=settings.admit_free_mb,
    )


def _plan(
    settings: Settings, collection: Collection, scan: Scan, watch: Watch, runs: int, now: float
) -> tuple[Watch, Plan | None, Admission, int]:
    """The new cursor, the admitted plan (None: nothing to do), the admission and the number of incomplete changes."""
    collection = bootstrap.known_collections(settings).get(
        collection.tag, collection
    )  # with the state of the last ingest
    pipeline = bootstrap.open_pipeline(settings)
    source = bootstrap.source(settings, collection.root)
    with pipeline.lock.reading():  # opens embedded stores once for the block
        rule = Rule(settings.watch_mode, settings.watch_settle_seconds, settings.documents_per_run)
        ripe, seen = observe(scan, pipeline.graph.ledger(collection.tag), watch, rule, now)
        whole = plan_now(settings, pipeline, collection, scan=ripe, scanned_at=int(now))
    with suppress(StoreBusy):  # a reader holds the store: the files are read again at the next check
        save_touched(pipeline.graph, whole)
    if settings.watch_mode == "spool":
        source.unmark(unmarked_now(scan, whole))
    if limit_plan(whole, len(whole.work)).nothing_to_do and not collection.is_unfinished:
        return seen, None, Admission(0), len(ripe.postponed)
    admission = admit(load(settings, pipeline, runs), limits(settings))
    return seen, limit_plan(whole, max(1, admission.documents)), admission, len(ripe.postponed)


def _marked(settings: Settings, scan: Scan) -> bool:
    """Whether a document of a spool still has its `.ready` marker."""
    return settings.watch_mode == "spool" and any(file.source_uri in scan.marked for file in scan.files)


def _words(error: Exception) -> str:
    """The error in one line, as the reason to wait."""
    return error.in_a_line if isinstance(error, WekadocsError) else f"{type(error).__name__}: {error}"


def _next(watch: Watch, listing: str, now: float, settings: Settings) -> Watch:
    return replace(watch, listing=listing, again_at=now + settings.watch_retry_seconds)


def _summary(plan: Plan, admission: Admission) -> str:
    counts = ", ".join(f"{count} {name}" for name, count in plan.counts().items() if count and name != "unchanged")
    return "; ".join(filter(None, (counts or "an unfinished ingest", admission.reason)))


def _seconds(probe: Callable[[], object]) -> float:
    began = time.perf_counter()
    probe()
    return time.perf_counter() - began
