"""Outcomes of documents as Dagster events.

In a run under the sentinel partition `all-documents` (any set of documents, see partitions.py), each document gets an
AssetMaterialization when its batch is committed, so the events of a killed run are kept. In a run over selected partitions,
Dagster writes the materializations at the end of the step. A failed or blocked document is an AssetObservation in both.
"""

from collections.abc import Iterator, Sequence

import dagster as dg

from wekadocs_assets.core.planning.outcome import FAILED_OR_BLOCKED, Outcome
from wekadocs_assets.core.recipe import CODE_VERSIONS
from wekadocs_assets.defs.partitions import document_keys

DATA_VERSION, DATA_VERSION_LENGTH = "dagster/data_version", 32


def outcome_events(
    context: dg.AssetExecutionContext, asset: str, outcomes: Sequence[Outcome]
) -> Iterator[dg.AssetMaterialization | dg.AssetObservation]:
    is_sentinel = document_keys(context) is None  # under the sentinel partition, see partitions.py
    recorded = _recorded_versions(context, [o for o in outcomes if is_sentinel and o.status == "fresh"])
    for outcome in outcomes:
        key = outcome.document.partition_key
        if outcome.status in FAILED_OR_BLOCKED:
            yield dg.AssetObservation(
                asset, partition=key, metadata={"status": outcome.status, "reason": outcome.error, "hint": outcome.hint}
            )
        elif is_sentinel and (outcome.status == "done" or recorded.get(key) != outcome.output[:DATA_VERSION_LENGTH]):
            # processed now, or skipped because it is up to date while Dagster lacks its last event (lost in a crash)
            yield _materialization(asset, key, outcome)


def preview_of(outcomes: Sequence[Outcome]) -> dict[str, dg.MetadataValue]:
    """The preview of a batch with a single document; empty for a larger batch."""
    return {"preview": dg.MetadataValue.md(outcomes[0].preview)} if len(outcomes) == 1 and outcomes[0].preview else {}


def _recorded_versions(context: dg.AssetExecutionContext, skipped: Sequence[Outcome]) -> dict[str, str]:
    """Partition -> data version of its last materialization of this asset. skipped: outcomes of up-to-date documents."""
    keys = [outcome.document.partition_key for outcome in skipped]
    if not keys:
        return {}
    found = context.instance.event_log_storage.get_latest_tags_by_partition(
        context.asset_key, dg.DagsterEventType.ASSET_MATERIALIZATION, [DATA_VERSION], keys
    )
    return {key: tags.get(DATA_VERSION, "") for key, tags in found.items()}


def _materialization(asset: str, key: str, outcome: Outcome) -> dg.AssetMaterialization:
    """A materialization with the tags for input versions that Dagster also writes. Without them the UI shows it as unsynced.

    The pointer to the parent's event is NULL, which Dagster reads as the latest event: a lookup for each document would
    cost more than writing the event.
    """
    inputs = {f"dagster/input_data_version/{name}": v[:DATA_VERSION_LENGTH] for name, v in outcome.inputs.items()}
    pointers = {f"dagster/input_event_pointer/{name}": "NULL" for name in outcome.inputs}
    return dg.AssetMaterialization(
        asset,
        partition=key,
        metadata={
            "status": outcome.status,
            **{k: v for k, v in outcome.facts.items() if v != ""},
            **preview_of([outcome]),
        },
        tags={
            "dagster/code_version": CODE_VERSIONS[asset],
            DATA_VERSION: outcome.output[:DATA_VERSION_LENGTH],
            "dagster/data_version_is_user_provided": "true",
            **inputs,
            **pointers,
        },
    )
