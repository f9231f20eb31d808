"""`ingestctl ingest`: makes a plan, prints it, runs it and prints the result."""

from __future__ import annotations

import os
import time
from contextlib import nullcontext
from dataclasses import asdict
from typing import NoReturn, Unpack

import click

from wekadocs_assets.app import bootstrap, messaging
from wekadocs_assets.app.planner import PlanOptions, plan_now
from wekadocs_assets.cli import progress, result, summary
from wekadocs_assets.cli.output import GO_ON, console, data, fail
from wekadocs_assets.cli.targets import Target, targets
from wekadocs_assets.config.settings import Settings, read_settings
from wekadocs_assets.core.errors import StoreUnavailable
from wekadocs_assets.core.jobs.queue import queued_job
from wekadocs_assets.core.jobs.queued import enqueue
from wekadocs_assets.core.models import Collection
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.planning.ingest import Ingest, save_ingest
from wekadocs_assets.core.reports.files import read_ingest_report, report_name
from wekadocs_assets.core.stages.conclude import conclude, is_repeatable
from wekadocs_assets.core.stages.plan import save_touched
from wekadocs_assets.core.stages.switch import finish_switch

CANCELLED = 130
"""The exit code of a cancelled ingest; an interrupted one has the same."""


@click.command("ingest")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--tag", default="", help="The collection's name; default: the folder's name, or the last part of the URL."
)
@click.option("--rebind", is_flag=True, help="Change the root of the collection that --tag names to PATH.")
@click.option("--dry-run", is_flag=True, help="Print the plan without running it.")
@click.option("--verify", is_flag=True, help="Read every file, even if its size and modification time are unchanged.")
@click.option("--allow-mass-delete", is_flag=True, help="Allow a plan that deletes most documents of a collection.")
@click.option("--no-delete", is_flag=True, help="Keep documents whose files no longer exist.")
@click.option(
    "--queue",
    is_flag=True,
    help="Do not ingest now: add new and changed documents to the queue of `ingestctl watch` and the sensors. "
    "Deletions are not queued.",
)
@click.option("--json", "as_json", is_flag=True, help="Print events as JSON Lines to stdout: plan, progress, result.")
def command(paths, tag, rebind, dry_run, no_delete, queue, as_json, **options: Unpack[PlanOptions]) -> int:
    """Ingest folders, URLs such as s3://bucket/prefix, or parts of them. Without PATH: all known collections."""
    settings = read_settings()
    options["delete"] = not no_delete
    ingest_id = bootstrap.new_ingest_id()
    with bootstrap.ingest_lock(settings, ingest_id):
        chosen = targets(bootstrap.known_collections(settings), paths, tag, rebind)
        with nullcontext() if dry_run else bootstrap.hold(settings, tags_of(chosen), ingest_id):
            pipeline = bootstrap.open_pipeline(settings)
            started = int(time.time())
            with pipeline.lock.reading():  # so that embedded stores are opened only once
                chosen = targets(
                    bootstrap.known_collections(settings), paths, tag, rebind
                )  # read again: the last lock holder may have changed them
                plans = tuple(plan_now(settings, pipeline, t.collection, within=t.within, **options) for t in chosen)
            ingest = Ingest(ingest_id, plans, settings.documents_per_run, started)
            summary.show_plan(ingest, as_json)
            if rebind and not dry_run:
                pipeline.graph.save_collection(chosen[0].collection)
            if queue and not dry_run:
                return put_on_queue(settings, pipeline, ingest, as_json)
            return 0 if dry_run else work(settings, pipeline, ingest, chosen, as_json)


def work(settings: Settings, pipeline: Pipeline, ingest: Ingest, chosen: list[Target], as_json: bool) -> int:
    """Runs the ingest if there is something to do, and returns the exit code."""
    for made in ingest.plans:
        save_touched(pipeline.graph, made)
    unfinished = any(target.collection.is_unfinished for target in chosen)
    if not unfinished and all(made.nothing_to_do for made in ingest.plans):
        return nothing_to_do(settings, pipeline, ingest, chosen, as_json)
    return carry_out(settings, pipeline, ingest, as_json)


def put_on_queue(settings: Settings, pipeline: Pipeline, ingest: Ingest, as_json: bool) -> int:
    """Adds the documents of the ingest to the queue, and returns the exit code.

    Saves new collections first, because the process that takes the jobs needs their roots.
    """
    known = {collection.tag for collection in pipeline.graph.collections()}
    for made in ingest.plans:
        if made.tag not in known:
            pipeline.graph.save_collection(Collection(tag=made.tag, root=made.root))
    jobs = [queued_job(document, time.time()) for document in ingest.work]
    with messaging.job_queue(settings) as waiting, messaging.progress_streams(settings) as streams:
        added = enqueue(waiting, streams, jobs)
    if as_json:
        data({"event": "queued", "added": [asdict(job) for job in added], "queued_before": len(jobs) - len(added)})
    else:
        console().print(f"{len(added)} jobs queued, {len(jobs) - len(added)} were already queued", markup=False)
    return 0


def tags_of(chosen: list[Target]) -> list[str]:
    return [target.collection.tag for target in chosen]


def nothing_to_do(settings: Settings, pipeline: Pipeline, ingest: Ingest, chosen: list[Target], as_json: bool) -> int:
    """Prints the verdict of the last ingest again, without loading Dagster, and returns the exit code.

    Makes a new report if files cannot be read, or if the last verdict cannot be repeated: it was not ready for queries,
    or the settings of the queries have changed.
    """
    reports = bootstrap.reports(settings)
    finished = [target.collection.finished_ingest_id for target in chosen]
    last = [read_ingest_report(reports, ingest_id) for ingest_id in finished]
    unread = any(made.unreadable for made in ingest.plans)
    report = None
    if unread or any(found and not is_repeatable(found, pipeline) for found in last):
        cleanup = finish_switch(pipeline, ingest.id)
        report = conclude(pipeline, reports, ingest, int(time.time()), cleanup=cleanup)
        done = result.of_report(report, reports.place(report_name(ingest.id)))
    else:
        done = result.without_changes(ingest, last, reports.place(report_name(finished[0])))
    summary.show_result(done, report, as_json)
    return done.exit_code


def carry_out(settings: Settings, pipeline: Pipeline, ingest: Ingest, as_json: bool) -> int:
    """Runs the ingest in Dagster, prints its result and returns the exit code. An interrupt: KeyboardInterrupt."""
    os.environ.setdefault("WEKADOCS_HOME", str(settings.data_folder))
    reports = bootstrap.reports(settings)
    try:
        save_ingest(pipeline.artifacts, ingest)
        launched = launch(ingest, as_json)
    except KeyboardInterrupt:  # before the first run
        interrupted(ingest, (), as_json)
    if launched.interrupted:
        interrupted(ingest, launched.run_ids, as_json)
    if launched.cancelled:
        fail("cancelled", GO_ON)
        if as_json:
            data(result.stopped(ingest, launched.run_ids, "", "cancelled", GO_ON).as_event())
        return CANCELLED
    if crash := launched.crash:
        hint = "; ".join(filter(None, (crash.hint, GO_ON)))
        fail(f"the ingest was aborted in {crash.asset}: {crash.error}", hint)
        if as_json:
            data(result.stopped(ingest, launched.run_ids, crash.asset, crash.error, hint).as_event())
        return crash.exit_code
    place = reports.place(report_name(ingest.id))
    report = read_ingest_report(reports, ingest.id)
    if not report:
        raise StoreUnavailable(f"the report {place} cannot be read", "it was written just now: look at its folder")
    done = result.of_report(report, place, launched.run_ids)
    summary.show_result(done, report, as_json)
    return done.exit_code


def interrupted(ingest: Ingest, run_ids: tuple[str, ...], as_json: bool) -> NoReturn:
    """Prints the result with --json and raises KeyboardInterrupt, for which main.py prints the error."""
    if as_json:
        data(result.stopped(ingest, run_ids, "", "interrupted", GO_ON).as_event())
    raise KeyboardInterrupt


def launch(ingest: Ingest, as_json: bool):
    """Runs the ingest and shows its progress. Only this function of the command line imports Dagster."""
    from wekadocs_assets.defs.launch import launch as launch_runs

    if as_json:
        return launch_runs(ingest, progress.JsonLines())
    if not console().is_terminal:
        return launch_runs(ingest, progress.Lines())
    with progress.bars() as frame:
        return launch_runs(ingest, progress.Bars(frame, len(ingest.work)))
