"""Plans collections: opens the source of each and compares it with the current ledger.

The CLI, the sensors, the queue and runs of the UI all plan here. The rules of a plan belong in core/planning/plan.py.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TypedDict, Unpack

from wekadocs_assets.app import bootstrap
from wekadocs_assets.config.settings import Settings
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.models import Collection, Scan
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.planning.ingest import Ingest, save_ingest
from wekadocs_assets.core.planning.plan import Plan, tag_of
from wekadocs_assets.core.planning.reduced_plan import intersect
from wekadocs_assets.core.stages.plan import plan_collection


class PlanOptions(TypedDict, total=False):
    """verify: read every file. scan: a recent scan to use; None: scan now.

    allow_mass_delete: delete even when most documents are gone. delete: False keeps documents whose files are gone.
    """

    verify: bool
    allow_mass_delete: bool
    delete: bool
    scan: Scan | None


def plan_now(
    settings: Settings,
    pipeline: Pipeline,
    collection: Collection,
    *,
    within: str = "",
    scanned_at: int | None = None,
    **options: Unpack[PlanOptions],
) -> Plan:
    """The plan of one collection. To execute the plan, the caller must hold the collection.

    within: a file or folder below the root to scan. scanned_at: when the scan of the options began, in seconds since the
    epoch; None: now.
    """
    source = bootstrap.source(settings, collection.root)
    scanned_at = scanned_at or int(time.time())
    if within:
        options["scan"] = source.scan(within)
    return plan_collection(source, pipeline, collection, scanned_at, **options)


def replan(settings: Settings, pipeline: Pipeline, ingest: Ingest) -> Ingest:
    """Restricts an ingest that was planned before its collections were held to the work that is still due, and saves it."""
    known = bootstrap.known_collections(settings)
    collections = (known.get(plan.tag) or Collection(tag=plan.tag, root=plan.root) for plan in ingest.plans)
    fresh = [plan_now(settings, pipeline, collection) for collection in collections]
    made = replace(ingest, plans=tuple(intersect(new, old) for new, old in zip(fresh, ingest.plans, strict=True)))
    save_ingest(pipeline.artifacts, made)
    return made


def collections_of(settings: Settings, partition_keys: Sequence[str] | None) -> list[Collection]:
    """The collections of these documents, sorted by tag; without keys, all known collections.

    Raises ConfigurationError when no collection is known or when a key names an unknown one.
    """
    known = bootstrap.known_collections(settings)
    if not known:
        raise ConfigurationError(
            "no collection is known, so there is nothing to ingest",
            "set COLLECTIONS=tag=folder, or run `ingestctl ingest FOLDER` once",
        )
    tags = {tag_of(key) for key in partition_keys} if partition_keys else set(known)
    if unknown := sorted(tags - known.keys()):
        raise ConfigurationError(
            f"no collection '{unknown[0]}' is known, to which a partition of this run belongs",
            f"set COLLECTIONS={unknown[0]}=folder, or run `ingestctl ingest FOLDER --tag {unknown[0]}` once",
        )
    return [known[tag] for tag in sorted(tags)]
