"""`ingestctl tail`: prints the events of an ingest or a job as they are published by any process."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict

import click

from wekadocs_assets.app import messaging
from wekadocs_assets.cli import progress
from wekadocs_assets.cli.output import console, data
from wekadocs_assets.config.settings import Settings, read_settings
from wekadocs_assets.core.errors import StoreUnavailable
from wekadocs_assets.core.jobs.lookup import found_by
from wekadocs_assets.core.jobs.states import FROM_THE_BEGINNING, LONGEST_WAIT, JobEvent, JobState

PAUSE = 1.0
LOST = "the server lost its data; the result is in the report: ingestctl report"


@click.command("tail")
@click.argument("ident", metavar="ID")
@click.option("--from-now", is_flag=True, help="Skip events before now.")
@click.option("--json", "as_json", is_flag=True, help="Print events as JSON Lines to stdout.")
def command(ident: str, from_now: bool, as_json: bool) -> int:
    """Follow the ingest, Dagster run or job with this ID until it ends.

    The ID of a Dagster run follows the ingest of that run. A unique prefix of an ID is enough.

    The exit code is 0 if it ends with DONE, else 1.
    """
    settings = read_settings()
    tell = tell_as_json if as_json else tell_in_words
    stage = ""
    with progress.percent_bar() if sys.stdout.isatty() and not as_json else nullcontext() as bar:
        for event in followed(settings, ident, from_now):
            stage = event.stage
            if bar:
                bar.update(bar.task_ids[0], completed=event.percent, description=f"{event.stage}: {event.message}")
            else:
                tell(event)
    return 0 if stage == "DONE" else 1


def tell_as_json(event: JobEvent) -> None:
    data({name: value for name, value in asdict(event).items() if value or name not in ("error", "details")})


def tell_in_words(event: JobEvent) -> None:
    sys.stdout.write(f"{event.percent:3} %  {event.stage:<10}  {event.message}\n")
    sys.stdout.flush()


def followed(settings: Settings, ident: str, from_now: bool) -> Iterator[JobEvent]:
    """Events of the ingest or job up to the terminal one.

    StoreUnavailable if the server cannot be reached at the start, or later for more than RETRY_SECONDS, or if it has
    lost the events.
    """
    stream, after = "", FROM_THE_BEGINNING
    last_seen = time.monotonic()
    while True:
        try:
            with messaging.progress_streams(settings) as streams:
                if not stream:
                    found = found_by(streams, ident)
                    stream = found.job_id if isinstance(found, JobState) else found.ingest_id
                    after = streams.last(stream) if from_now else after
                while True:
                    news = streams.events(stream, after, min(LONGEST_WAIT, settings.connect_timeout / 2))
                    if news or streams.last(stream) != FROM_THE_BEGINNING:
                        last_seen = time.monotonic()
                    elif time.monotonic() - last_seen > settings.retry_seconds:
                        raise StoreUnavailable(f"nothing is known of {stream} any more", LOST)
                    for entry, event in news:
                        after = entry
                        yield event
                        if event.is_terminal:
                            return
        except StoreUnavailable as error:
            if not stream or time.monotonic() - last_seen > settings.retry_seconds:
                raise
            console().print(f"{error.message}; retrying", markup=False)
            time.sleep(PAUSE)
