"""collection_cleanup: after all documents of an ingest, deletions and links of each collection, then the end of a switch.

Here is the order of these three. What each of them does is in purge_and_link.py and switch.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.planning.ingest import Ingest
from wekadocs_assets.core.planning.record import CleanupResult
from wekadocs_assets.core.stages.purge_and_link import NO_PARTITIONS, Partitions, purge_and_link
from wekadocs_assets.core.stages.switch import finish_switch


def clean_up(pipeline: Pipeline, ingest: Ingest, partitions: Partitions = NO_PARTITIONS) -> Iterator[CleanupResult]:
    """Yields the result of each step as soon as the step is committed, so that an error hides none of them."""
    for plan in ingest.plans:
        yield from purge_and_link(pipeline, plan, partitions)
    yield finish_switch(pipeline, ingest.id)
