"""Shows the progress of an ingest of this process: bars on a terminal, lines in a log, or JSON Lines.

Add another display here as a ProgressSink. Following an ingest of another process belongs to tail.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wekadocs_assets.cli.output import console, data
from wekadocs_assets.core.jobs.ports import ProgressSink
from wekadocs_assets.core.jobs.states import STAGE_OF, ProgressEvent, percent

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

LINES_A_STAGE = 4
"""Progress lines that Lines prints per stage and run."""


class Bars(ProgressSink):
    """A bar for each stage, over all documents of the ingest."""

    def __init__(self, bars: Progress, total: int) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {
            stage: bars.add_task(stage.capitalize(), total=total, start=False) for stage in STAGE_OF.values()
        }

    def publish(self, events: Iterable[ProgressEvent]) -> None:
        for event in events:
            task = self._tasks[event.stage]
            self._bars.start_task(task)
            self._bars.advance(task)


class Lines(ProgressSink):
    """A line for each quarter of a stage that a run completes, and one for each document that fails."""

    def __init__(self) -> None:
        self._printed: dict[tuple[str, int], int] = {}

    def publish(self, events: Iterable[ProgressEvent]) -> None:
        for event in events:
            if event.status == "failed":
                console().print(f"{event.stage} {event.source_uri}: {event.error}", markup=False)
            quarter = event.done * LINES_A_STAGE // event.total
            if quarter > self._printed.get((event.stage, event.total), 0):
                self._printed[event.stage, event.total] = quarter
                console().print(f"{event.stage} {event.done} of {event.total}", markup=False)


class JsonLines(ProgressSink):
    """A `progress` event for each document and stage on stdout."""

    def __init__(self) -> None:
        self._completed: dict[str, set[str]] = {}

    def publish(self, events: Iterable[ProgressEvent]) -> None:
        for event in events:
            completed = self._completed.setdefault(f"{event.tag}/{event.source_uri}", set())
            if event.status in ("done", "fresh"):
                completed.add(event.stage)
            data(
                {
                    "event": "progress",
                    "tag": event.tag,
                    "source_uri": event.source_uri,
                    "stage": event.stage,
                    "status": event.status,
                    "percent": percent(completed),
                }
            )


def bars() -> Progress:
    """The display for Bars, on stderr."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<11}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console())


def percent_bar() -> Progress:
    """One bar from 0 to 100 percent, on stderr."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.percentage:3.0f} %"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    made = Progress(*columns, console=console())
    made.add_task("", total=100)
    return made
