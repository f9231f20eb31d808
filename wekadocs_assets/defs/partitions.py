"""The partitions of the pipeline: one per source document, and a sentinel for runs over any set of documents."""

from collections.abc import Sequence

import dagster as dg

from wekadocs_assets.core.planning.plan import PlannedDocument, tag_of

SENTINEL = "all-documents"
"""The partition of a run that processes the documents of its ingest, its config or its own plan.

Dagster has no tag for an arbitrary subset of partitions. Every document key contains a slash, so keys differ from this one.
"""

PARTITION_TAG, RANGE_TAG = "dagster/partition", "dagster/asset_partition_range_start"
PARTITIONS = "source_documents"
source_document_partitions = dg.DynamicPartitionsDefinition(name=PARTITIONS)


def document_keys(context: dg.AssetExecutionContext) -> list[str] | None:
    """Partition keys selected in the UI; None in a sentinel run and in unpartitioned assets."""
    if context.run.tags.get(PARTITION_TAG, SENTINEL) == SENTINEL and RANGE_TAG not in context.run.tags:
        return None  # from the tags: the context raises while the sentinel is not registered
    return [key for key in context.partition_keys if key != SENTINEL]


def register_partitions(instance: dg.DagsterInstance, documents: Sequence[PlannedDocument]) -> None:
    """Adds the sentinel and these documents as partitions; existing partitions are kept."""
    keys = [SENTINEL, *(document.partition_key for document in documents)]
    instance.add_dynamic_partitions(PARTITIONS, keys)


class RegisteredPartitions:
    """Reads and deletes the document partitions of an instance, for the clean-up."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self._instance = instance

    def of(self, tag: str) -> list[str]:
        keys = self._instance.get_dynamic_partitions(PARTITIONS)
        return [key for key in keys if key != SENTINEL and tag_of(key) == tag]

    def forget(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._instance.delete_dynamic_partition(PARTITIONS, key)
