"""`ingestctl reconcile`: compares artifacts, graph and vector stores with each other and with the ledger; --repair makes
the affected data again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import click

from wekadocs_assets.app import bootstrap
from wekadocs_assets.cli.output import console, data
from wekadocs_assets.cli.targets import targets
from wekadocs_assets.config.settings import Settings, read_settings
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.models import Collection
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.planning.ingest import Ingest
from wekadocs_assets.core.planning.plan import Plan
from wekadocs_assets.core.repair.reconcile import Inconsistency, Reconciliation, reconcile
from wekadocs_assets.core.repair.repair import RepairResult, repair
from wekadocs_assets.core.stages.conclude import conclude, start
from wekadocs_assets.core.stages.switch import finish_switch

MOST_LISTED = 20


@click.command("reconcile")
@click.option("--tag", default="", help="Only the collection with this tag; default: all known collections.")
@click.option(
    "--repair",
    "repairing",
    is_flag=True,
    help="Make the affected data again. A text is embedded again only if no vector of it is stored.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object to stdout.")
def command(tag: str, repairing: bool, as_json: bool) -> int:
    """Compare artifacts, graph and vector stores with each other and with the ledger, and list the differences."""
    settings = read_settings()
    owner = f"reconcile {bootstrap.new_ingest_id()}"
    with bootstrap.ingest_lock(settings, owner):
        chosen = [target.collection for target in targets(bootstrap.known_collections(settings), (), tag, False)]
        with bootstrap.hold(settings, [collection.tag for collection in chosen], owner):
            pipeline = bootstrap.open_pipeline(settings) if repairing else bootstrap.open_reader(settings)
            found = [reconcile(pipeline, collection) for collection in chosen]
            done = _repaired(pipeline, found) if repairing else {}
            left = [reconcile(pipeline, collection) for collection in chosen] if done else found
            if done:
                _report(settings, pipeline, [c for c in chosen if c.tag in done])
    if as_json:
        data({"collections": [_as_data(one) for one in found], "repaired": _done(done), "agrees": _agree(left)})
    else:
        for store, reason in pipeline.absent.items():
            console().print(f"warning: the replica store {store} was not compared: {reason}", markup=False)
        for one in found:
            _tell(one)
        for one, repaired in done.items():
            _tell_repaired(one, repaired)
    return 0 if _agree(left) else 1


def _repaired(pipeline: Pipeline, found: Sequence[Reconciliation]) -> dict[str, RepairResult]:
    """Repairs the collections that have differences, and returns the results by tag.

    ConfigurationError, before any repair, if an ingest of a collection is unfinished.
    """
    if unfinished := [one.tag for one in found if one.unfinished]:
        raise ConfigurationError(
            f"the last ingest of {', '.join(unfinished)} is not finished",
            "run `ingestctl ingest` first",
        )
    return {one.tag: repair(pipeline, one) for one in found if not one.agrees}


def _report(settings: Settings, pipeline: Pipeline, collections: Sequence[Collection]) -> None:
    """Writes a report of the repaired state. Later ingests without changes repeat its verdict."""
    now = int(time.time())
    written = Ingest.in_one_part(bootstrap.new_ingest_id(), [*map(Plan.without_documents, collections)], now)
    start(pipeline, written)
    cleanup = finish_switch(pipeline, written.id)
    conclude(pipeline, bootstrap.reports(settings), written, now, cleanup=cleanup)


def _agree(found: Sequence[Reconciliation]) -> bool:
    return all(one.agrees for one in found)


def _tell(one: Reconciliation) -> None:
    console().print(f"{one.tag}: {one.documents} documents, drift {one.drift_pct} %", markup=False)
    if one.unfinished:
        console().print("note: the last ingest is not finished; the next one continues it", markup=False)
    for compared in one.compared:
        counts, name = compared.counts, f"{compared.index.store}, {compared.index.embedding_version}"
        count = len(compared.untracked_points)
        untracked = f"; {count} untracked points" if count else ""
        words = compared.problem or f"{counts.points} points for {counts.chunks} chunks{untracked}"
        console().print(f"  {name}: {words}", markup=False)
    for inconsistency in one.inconsistencies[:MOST_LISTED]:
        console().print(f"  {inconsistency.entry.source_uri}: {'; '.join(_words(inconsistency))}", markup=False)
    if len(one.inconsistencies) > MOST_LISTED:
        console().print(
            f"  … and {len(one.inconsistencies) - MOST_LISTED} more documents (--json lists all of them)", markup=False
        )
    if one.orphans or one.links:
        console().print(
            f"  {len(one.orphans)} sections without a document, {one.links} links that differ", markup=False
        )
    if one.agrees:
        console().print("  no differences", markup=False)


def _words(inconsistency: Inconsistency) -> list[str]:
    words = [f"artifacts missing: {', '.join(inconsistency.artifacts)}"] if inconsistency.artifacts else []
    words += [f"{inconsistency.rows} nodes and edges differ"] if inconsistency.rows else []
    words += [f"{count} Chunk nodes differ" for count in inconsistency.chunks.values()]
    for name, d in inconsistency.points.items():
        counts = {
            "missing": len(d.missing),
            "stale": len(d.stale),
            "foreign": len(d.foreign),
            "unfinished": d.unfinished,
        }
        words.append(f"points in {name}: " + ", ".join(f"{count} {kind}" for kind, count in counts.items() if count))
    return words


def _tell_repaired(tag: str, repaired: RepairResult) -> None:
    console().print(
        f"{tag}: {repaired.documents} documents repaired, {repaired.texts_encoded} texts encoded, "
        f"{repaired.points_written} points written, {repaired.points_deleted} deleted",
        markup=False,
    )
    for outcome in repaired.lost:
        hint = f" ({outcome.hint})" if outcome.hint else ""
        console().print(f"error: {outcome.document.source_uri}: {outcome.error}{hint}", markup=False)


def _as_data(one: Reconciliation) -> dict:
    return {
        "tag": one.tag,
        "documents": one.documents,
        "drift_pct": one.drift_pct,
        "unfinished": one.unfinished,
        "indexes": [
            {
                "store": compared.index.store,
                "embedding_version": compared.index.embedding_version,
                "points": compared.counts.points,
                "chunks": compared.counts.chunks,
                "drift_pct": compared.counts.drift_pct,
                "strangers": len(compared.untracked_points),
                "problem": compared.problem,
            }
            for compared in one.compared
        ],
        "findings": [_inconsistency_data(inconsistency) for inconsistency in one.inconsistencies],
        "orphaned_sections": len(one.orphans),
        "links": one.links,
    }


def _inconsistency_data(inconsistency: Inconsistency) -> dict:
    return {
        "source_uri": inconsistency.entry.source_uri,
        "artifacts": list(inconsistency.artifacts),
        "graph_rows": inconsistency.rows,
        "chunk_nodes": inconsistency.chunks,
        "points": {
            name: {"missing": d.missing, "stale": d.stale, "foreign": d.foreign, "unfinished": d.unfinished}
            for name, d in inconsistency.points.items()
        },
    }


def _done(done: dict[str, RepairResult]) -> list[dict]:
    return [
        {
            "tag": tag,
            "documents": repaired.documents,
            "texts_encoded": repaired.texts_encoded,
            "points_written": repaired.points_written,
            "points_deleted": repaired.points_deleted,
            "errors": [{"source_uri": o.document.source_uri, "error": o.error, "hint": o.hint} for o in repaired.lost],
        }
        for tag, repaired in done.items()
    ]
