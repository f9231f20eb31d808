"""The partitions of the pipeline: one a source document, and the sentinel under which a run takes an arbitrary set."""

from collections.abc import Sequence

import dagster as dg

from wekadocs_assets.core.planning.plan import PlannedDocument, tag_of

SENTINEL = "all-documents"
"""A run of this partition works on the documents of its config, or plans them itself; it is never a document's key.

Dagster has no tag for an arbitrary subset of partitions; document keys always hold a slash, this one does not.
"""

PARTITION_TAG, RANGE_TAG = "dagster/partition", "dagster/asset_partition_range_start"
PARTITIONS = "source_documents"
source_document_partitions = dg.DynamicPartitionsDefinition(name=PARTITIONS)


def document_keys(context: dg.AssetExecutionContext) -> list[str] | None:
    """The documents that a UI run asks for; None in a sentinel run and in unpartitioned assets."""
    if context.run.tags.get(PARTITION_TAG, SENTINEL) == SENTINEL and RANGE_TAG not in context.run.tags:
        return None  # asked of the tags: the context refuses a sentinel that is not registered yet
    return [key for key in context.partition_keys if key != SENTINEL]


def register_partitions(instance: dg.DagsterInstance, documents: Sequence[PlannedDocument]) -> None:
    """Adds the documents (and the sentinel) as partitions; those there already stay."""
    keys = [SENTINEL, *(document.partition_key for document in documents)]
    instance.add_dynamic_partitions(PARTITIONS, keys)


class RegisteredPartitions:
    """The partitions of an instance, as the clean-up reads and deletes them."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self._instance = instance

    def of(self, tag: str) -> list[str]:
        keys = self._instance.get_dynamic_partitions(PARTITIONS)
        return [key for key in keys if key != SENTINEL and tag_of(key) == tag]

    def forget(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._instance.delete_dynamic_partition(PARTITIONS, key)
