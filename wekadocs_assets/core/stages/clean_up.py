"""collection_cleanup: purges and links each collection after all documents of an ingest, then finishes a switch.

This module holds only the order. The steps are in purge_and_link.py and switch.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.planning.ingest import Ingest
from wekadocs_assets.core.planning.record import CleanupResult
from wekadocs_assets.core.ports.stores import Partitions
from wekadocs_assets.core.stages.purge_and_link import NO_PARTITIONS, purge_and_link
from wekadocs_assets.core.stages.switch import finish_switch


def clean_up(pipeline: Pipeline, ingest: Ingest, partitions: Partitions = NO_PARTITIONS) -> Iterator[CleanupResult]:
    """Yields the result of each step when it is committed, so that an error does not hide the steps before it."""
    for plan in ingest.plans:
        yield from purge_and_link(pipeline, plan, partitions)
    yield finish_switch(pipeline, ingest.id)
