"""Makes the plan of a collection: scans it, reads the files that may have changed and compares them with the ledger.

The comparison is in core/planning/plan.py; this module reads what it needs from the source and the stores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from wekadocs_assets.core import ids
from wekadocs_assets.core.checks.findings import events_are_lost, findings, lacking_artifacts, unfinished_documents
from wekadocs_assets.core.checks.stored_points import count_untracked
from wekadocs_assets.core.errors import BadDocument, ConfigurationError
from wekadocs_assets.core.models import Collection, Scan, SourceFile, Unreadable
from wekadocs_assets.core.parsers.registry import SUFFIXES
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.planning.plan import Intake, Plan, plan
from wekadocs_assets.core.ports.stores import GraphStore, Source


def plan_collection(
    source: Source,
    pipeline: Pipeline,
    collection: Collection,
    scanned_at: int,
    *,
    verify: bool = False,
    allow_mass_delete: bool = False,
    delete: bool = True,
    scan: Scan | None = None,
) -> Plan:
    """Returns the plan of a collection. scanned_at: seconds since the epoch, when the scan began.

    verify: read all files. delete: plan deletions. scan: a scan that the caller has just made, which makes the plan
    partial if it covers a part of the root; None: scan the whole root now. Raises ConfigurationError when the collection is new and empty, or when
    too many documents are gone (see planning.plan.plan).
    """
    scan = scan or source.scan()
    ledger = pipeline.graph.ledger(collection.tag)
    if not (scan.files or scan.postponed or scan.unreadable or ledger or collection.started_ingest_id):
        *others, last = SUFFIXES
        raise ConfigurationError(
            f"{collection.root}: no document found in it",
            f"documents are files that end in {', '.join(others)} or {last}",
        )
    missing = lacking_artifacts(pipeline, ledger)
    intake = Intake(
        collection=collection,
        scan=scan,
        ledger=ledger,
        recipe=pipeline.recipe,
        scanned_at=scanned_at,
        incomplete=frozenset(missing) | unfinished_documents(pipeline, collection),
        unrecorded=events_are_lost(pipeline, collection),
    )
    checksums = _checksums(source, intake.files_to_read(verify=verify))
    version = pipeline.target.embedding_version
    untracked = 0 if ledger else count_untracked(pipeline.vectors, version, collection.tag, 0)
    made = replace(
        plan(intake, checksums, allow_mass_delete=allow_mass_delete, delete=delete), untracked_points=untracked
    )
    return replace(made, findings=tuple(findings(pipeline, collection, ledger, missing, made)))


def save_touched(graph: GraphStore, made: Plan) -> int:
    """Saves the new size and mtime of unchanged files, so that the next scan skips them. Returns how many there are."""
    graph.write_ledger(made.touched)
    return len(made.touched)


def _checksums(source: Source, files: Sequence[SourceFile]) -> dict[str, str | Unreadable]:
    found: dict[str, str | Unreadable] = {}
    for file in files:
        try:
            found[file.source_uri] = ids.checksum(source.read(file.path))
        except BadDocument as error:
            found[file.source_uri] = Unreadable(file.source_uri, error.message, error.hint)
    return found
