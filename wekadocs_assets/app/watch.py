"""One look at a collection or at the queue: what is to be ingested now, or what it waits for.

The sensors and `ingestctl watch` ask here and differ only in who carries it out. Whatever cannot be looked at (a folder that
is not there, a server that is away) is a reason to wait, never an empty collection.
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
from wekadocs_assets.core.jobs.queue import Delivery, JobQueue, job_of
from wekadocs_assets.core.jobs.queued import JobEnd, plan_jobs, tell_ends
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
"""What stands for the queue where others name a collection; no tag has a blank that is no part of a folder's name."""
Runs = Callable[[Sequence[str]], tuple[int, int]]
"""How many runs are under way, of these collections and of all; asked while their locks are held, so that dead ones can be
told."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What came of a look. documents: how many may come in now (0: none, for this reason).

    ingest: what is to be carried out, saved; the queue's runs plan for themselves. key: the same for the same work.
    """

    reason: str
    watch: Watch
    documents: int = 0
    ingest: Ingest | None = None
    key: str = ""


def check_collection(settings: Settings, collection: Collection, watch: Watch, runs: Runs) -> CheckResult:
    """At one collection. No store is opened while nothing happened in its folder."""
    try:
        now = time.time()
        scan = bootstrap.source(settings, collection.root).scan()
        listing = listing_of(scan)
        if watch.is_idle(listing, now, settings.watch_retry_seconds):
            return CheckResult(f"nothing changed among {len(scan.files)} documents", watch)
        at_once = settings.model_copy(update={"lock_timeout": 0.0})
        with bootstrap.ingest_lock(at_once, "a look"), bootstrap.hold(at_once, [collection.tag], "a look"):
            under_way, all_runs = runs([collection.tag])
            if under_way:
                return CheckResult(f"{under_way} runs of it are waiting or running", watch)
            seen, plan, admission, loose = _plan(at_once, collection, scan, watch, all_runs, now)
            if plan is None:
                quiet = not loose and not _marked(settings, scan)
                words = f"{loose} changes are not whole yet" if loose else "every document is in as it stands"
                return CheckResult(words, _next(seen, listing if quiet else "", now, settings))
            if not admission.documents:
                return CheckResult(f"waits: {admission.reason}", replace(seen, listing=""))
            ingest = Ingest(bootstrap.new_ingest_id(), (plan,), settings.documents_per_run, int(now))
            save_ingest(bootstrap.open_stores(at_once).artifacts, ingest)
        rest = loose or len(plan.work) == admission.documents or _marked(settings, scan)
        after = _next(forget_requested(seen, plan), "" if rest else listing, now, settings)
        return CheckResult(_told(plan, admission), after, admission.documents, ingest, run_key(plan, watch))
    except (WekadocsError, OSError, ValueError) as error:
        return CheckResult(_words(error), watch)


def check_queue(settings: Settings, watch: Watch, runs: Runs) -> CheckResult:
    """What waits there is left to the run that works it."""
    try:
        now = time.time()
        with messaging.job_queue(settings) as queue:
            state = queue.state()
        if not state.waiting:
            return CheckResult("no job waits", watch)
        if watch.is_idle(state.mark, now, settings.watch_retry_seconds):
            return CheckResult(f"{state.waiting} jobs wait for the run that was asked for", watch)
        under_way, all_runs = runs([QUEUE])
        if under_way:
            return CheckResult(f"{state.waiting} jobs wait for {under_way} runs", watch)
        admission = admit(load(settings, bootstrap.open_pipeline(settings), all_runs, queued=0), limits(settings))
        if not admission.documents:
            return CheckResult(f"{state.waiting} jobs wait: {admission.reason}", watch)
        key = ids.digest(QUEUE, state.mark, str(watch.tries))
        after = _next(replace(watch, tries=watch.tries + 1), state.mark, now, settings)
        return CheckResult(f"{state.waiting} jobs", after, admission.documents, key=key)
    except (WekadocsError, OSError, ValueError) as error:
        return CheckResult(_words(error), watch)


@dataclass(slots=True)
class TakenJobs:
    """Jobs in hand, kept alive until the end of the block that took them. begun: work on them, so that their delivery counts."""

    queue: JobQueue
    deliveries: list[Delivery]
    begun: bool = False

    @property
    def tags(self) -> list[str]:
        return sorted({delivery.job.tag for delivery in self.deliveries})

    def plans(self, settings: Settings, pipeline: Pipeline, ingest_id: str) -> list[Plan]:
        """With the collections held; jobs that need no work are told to have ended."""
        known = bootstrap.known_collections(settings)
        with messaging.progress_streams(settings) as streams:
            cancels = streams.cancels()
            ends = [JobEnd(d.job, "CANCELLED", "cancelled") for d in self.deliveries if d.job.job_id in cancels]
            jobs = [delivery.job for delivery in self.deliveries if delivery.job.job_id not in cancels]
            plans, more = plan_jobs(jobs, known, lambda tag: plan_now(settings, pipeline, known[tag], delete=False))
            ends += more
            ends += [
                JobEnd(job_of(dead.fields), "ERROR", dead.reason, "queue it again") for dead in self.queue.given_up
            ]
            tell_ends(streams, ends, ingest_id, time.time)
        self.begun = True
        return plans

    def finish(self) -> None:
        self.queue.finish(self.deliveries)


@contextmanager
def take_jobs(settings: Settings, consumer: str, most: int) -> Iterator[TakenJobs]:
    """Jobs of the queue; those that are not finished at the end of the block are handed out again."""
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
    """What machine and servers bear at this moment. queued: jobs that wait; None: the queue is asked."""
    graph_seconds = _seconds(pipeline.graph.open)
    vectors_seconds = _seconds(pipeline.vectors.versions)
    redis_pct, waiting = 0.0, queued or 0
    with suppress(StoreUnavailable):  # an ingest goes on without it
        redis_pct = messaging.memory_pct(settings)
        if queued is None:
            with messaging.job_queue(settings) as queue:
                waiting = queue.state().waiting
    folder = next(place for place in (settings.data_folder, *settings.data_folder.parents) if place.exists())
    free_mb = shutil.disk_usage(folder).free / 1e6
    return Load(runs, waiting, graph_seconds, vectors_seconds, redis_pct, free_mb)


def limits(settings: Settings) -> Limits:
    return Limits(
        settings.documents_per_run, settings.admit_runs, settings.admit_queued_jobs, settings.admit_probe_seconds,
        settings.admit_redis_pct, settings.admit_free_mb,
    )  # fmt: skip


def _plan(
    settings: Settings, collection: Collection, scan: Scan, watch: Watch, runs: int, now: float
) -> tuple[Watch, Plan | None, Admission, int]:
    """What to remember, the plan of what may come in (None: nothing is to be done), and how many changes do not count yet."""
    collection = bootstrap.known_collections(settings).get(collection.tag, collection)  # as the last ingest left it
    pipeline = bootstrap.open_pipeline(settings)
    source = bootstrap.source(settings, collection.root)
    with pipeline.lock.reading():  # embedded stores are opened once for all of it
        rule = Rule(settings.watch_mode, settings.watch_settle_seconds, settings.documents_per_run)
        ripe, seen = observe(scan, pipeline.graph.ledger(collection.tag), watch, rule, now)
        whole = plan_now(settings, pipeline, collection, scan=ripe, scanned_at=int(now))
    with suppress(StoreBusy):  # a reader is at it: the files are read again next time
        save_touched(pipeline.graph, whole)
    if settings.watch_mode == "spool":
        source.unmark(unmarked_now(scan, whole))
    if limit_plan(whole, len(whole.work)).nothing_to_do and not collection.is_unfinished:
        return seen, None, Admission(0), len(ripe.waiting)
    admission = admit(load(settings, pipeline, runs), limits(settings))
    return seen, limit_plan(whole, max(1, admission.documents)), admission, len(ripe.waiting)


def _marked(settings: Settings, scan: Scan) -> bool:
    """Whether a document of a spool has its marker still."""
    return settings.watch_mode == "spool" and any(file.source_uri in scan.marked for file in scan.files)


def _words(error: Exception) -> str:
    """Why a look came to nothing."""
    return error.in_a_line if isinstance(error, WekadocsError) else f"{type(error).__name__}: {error}"


def _next(watch: Watch, listing: str, now: float, settings: Settings) -> Watch:
    return replace(watch, listing=listing, again_at=now + settings.watch_retry_seconds)


def _told(plan: Plan, admission: Admission) -> str:
    counts = ", ".join(f"{count} {name}" for name, count in plan.counts().items() if count and name != "unchanged")
    return "; ".join(filter(None, (counts or "an unfinished ingest", admission.reason)))


def _seconds(probe: Callable[[], object]) -> float:
    began = time.perf_counter()
    probe()
    return time.perf_counter() - began
