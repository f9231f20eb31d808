"""Runs a statement over many ids or rows, in batches of bounded size and never with an empty list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

Row = dict[str, Any]
"""One row of a query's result, as the engine's client returns it."""
Run = Callable[..., list[Row]]
"""Runs a statement in the current transaction: (statement, **parameters) -> rows."""
BATCH = 10_000
"""Rows per statement: bounds the memory of client and engine."""
T = TypeVar("T")


def over_ids(run: Run, statement: str, ids: Iterable[str], **parameters: str) -> list[Row]:
    """The rows for all ids; duplicate ids are dropped, the order is fixed."""
    return [row for part in _batches(sorted(set(ids))) for row in run(statement, ids=part, **parameters)]


def over_rows(run: Run, statement: str, rows: Iterable[Row]) -> None:
    for part in _batches(rows):
        run(statement, rows=part)


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    source = iter(items)
    while part := list(islice(source, BATCH)):
        yield part
