"""`ingestctl watch`: watches collections and the queue in this process, as the sensors do in the daemon.

Deciding what to ingest belongs to app/watch.py.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

import click

from wekadocs_assets.app import bootstrap, messaging
from wekadocs_assets.app.planner import replan
from wekadocs_assets.app.watch import QUEUE, CheckResult, check_collection, check_queue, take_jobs
from wekadocs_assets.cli.ingest import carry_out
from wekadocs_assets.cli.output import console, data
from wekadocs_assets.cli.targets import targets
from wekadocs_assets.config.settings import Settings, read_settings
from wekadocs_assets.core.errors import ConfigurationError, WekadocsError
from wekadocs_assets.core.models import Collection
from wekadocs_assets.core.planning.ingest import Ingest
from wekadocs_assets.core.reports.files import read_ingest_report
from wekadocs_assets.core.watching.quiet_period import Watch


@click.command("watch")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--tag", default="", help="The collection's name; default: the folder's name.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print events as JSON Lines to stdout: look (the result of a check of a folder or the queue), plan, progress, result.",
)
def command(paths: Sequence[str], tag: str, as_json: bool) -> int:
    """Watch folders and the queue, and ingest changes until Ctrl-C. Without PATH: all known collections."""
    watcher = Watcher(read_settings(), as_json)
    collections = [] if not paths else watcher.collections(paths, tag)
    try:
        while True:
            watcher.go_round(collections)
            time.sleep(watcher.pause)
    except KeyboardInterrupt:
        console().print("stopped watching; finished work is kept")
        return 0


def no_runs(tags: Sequence[str]) -> tuple[int, int]:
    """(0, 0): this process has no concurrent runs, and other processes hold locks."""
    return 0, 0


class Watcher:
    """Keeps the state of each watched collection between two checks, and prints a reason only when it changes."""

    def __init__(self, settings: Settings, as_json: bool) -> None:
        self.settings, self._as_json = settings, as_json
        self._watches: dict[str, Watch] = {}
        self._reported: dict[str, str] = {}

    @property
    def pause(self) -> float:
        """Seconds until the next round: at most the quiet period (or 1 s) while files are still changing."""
        interval, quiet_seconds = self.settings.watch_interval_seconds, max(1.0, self.settings.watch_settle_seconds)
        on_the_way = any(not watch.listing for tag, watch in self._watches.items() if tag != QUEUE)
        return min(interval, quiet_seconds) if on_the_way else interval

    def collections(self, paths: Sequence[str], tag: str) -> list[Collection]:
        """The collections of the paths.

        A part of a collection: ConfigurationError, because deletions are unknown there.
        """
        chosen = targets(bootstrap.known_collections(self.settings), paths, tag, False)
        if part := next((target for target in chosen if target.within), None):
            raise ConfigurationError(
                f"{part.within} is a part of collection '{part.collection.tag}'", f"watch {part.collection.root}"
            )
        return [target.collection for target in chosen]

    def go_round(self, collections: Sequence[Collection]) -> None:
        """Checks each collection and the queue, and ingests what is due.

        Without `collections`: all that are known now.
        """
        try:
            for collection in collections or self._known():
                found = check_collection(self.settings, collection, self._watch(collection.tag), no_runs)
                self._take_note(collection.tag, found)
                if found.ingest:
                    self._carry_out(found.ingest)
            found = check_queue(self.settings, self._watch(QUEUE), no_runs)
            self._take_note(QUEUE, found)
            if found.documents:
                self._carry_out_queued(found.documents)
        except WekadocsError as error:  # for example an unavailable server: the next round tries again
            self._tell("", error.in_a_line)

    def _known(self) -> list[Collection]:
        return [collection for _, collection in sorted(bootstrap.known_collections(self.settings).items())]

    def _watch(self, tag: str) -> Watch:
        return self._watches.get(tag, Watch())

    def _take_note(self, tag: str, found: CheckResult) -> None:
        self._watches[tag] = found.watch
        self._tell(tag, found.reason)

    def _carry_out(self, ingest: Ingest) -> None:
        tags = sorted(plan.tag for plan in ingest.plans)
        with bootstrap.ingest_lock(self.settings, ingest.id), bootstrap.hold(self.settings, tags, ingest.id):
            pipeline = bootstrap.open_pipeline(self.settings)
            carry_out(self.settings, pipeline, replan(self.settings, pipeline, ingest), self._as_json)

    def _carry_out_queued(self, most: int) -> None:
        """Ingests up to `most` jobs.

        They are acknowledged when their report is written or they need no work; others are delivered again.
        """
        settings, ingest_id = self.settings, bootstrap.new_ingest_id()
        with (
            bootstrap.ingest_lock(settings, ingest_id),
            take_jobs(settings, f"{ingest_id} {os.getpid()}", most) as taken,
            bootstrap.hold(settings, taken.tags, ingest_id),
        ):
            pipeline = bootstrap.open_pipeline(settings)
            plans = tuple(taken.plans(settings, pipeline, ingest_id))
            ingest = Ingest(ingest_id, plans, settings.documents_per_run, int(time.time()))
            if ingest.work:
                carry_out(settings, pipeline, ingest, self._as_json)
            if not ingest.work or read_ingest_report(bootstrap.reports(settings), ingest_id):
                taken.finish()

    def _tell(self, tag: str, reason: str) -> None:
        if self._reported.get(tag) == reason:
            return
        self._reported[tag] = reason
        if tag:
            messaging.publish_checks(self.settings, {tag: reason})
        if self._as_json:
            data({"event": "look", "collection": tag, "reason": reason})
        else:
            console().print(f"{tag}: {reason}" if tag else reason, markup=False)
