"""The jobs: `ingest` takes whatever the collections hold through all assets in one run; `reconcile` compares the stores."""

import dagster as dg

from wekadocs_assets.app import bootstrap
from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core.repair.reconcile import reconcile
from wekadocs_assets.defs.partitions import SENTINEL

ingest_job = dg.define_asset_job(
    "ingest",
    selection=dg.AssetSelection.all(),
    description="Plans and carries out an ingest of every known collection; the terminal and CI run this one.",
    tags={"dagster/partition": SENTINEL},
    executor_def=dg.in_process_executor,
)


@dg.op
def compared_stores(context: dg.OpExecutionContext) -> None:
    """Fails where a collection's ledger, artifacts, graph and vectors differ, and says how to repair it."""
    settings = read_settings()
    with bootstrap.ingest_lock(settings, context.run_id):
        collections = bootstrap.known_collections(settings)
        with bootstrap.hold(settings, sorted(collections), context.run_id):
            pipeline = bootstrap.open_reader(settings)
            found = [reconcile(pipeline, collection) for _, collection in sorted(collections.items())]
    context.add_output_metadata({one.tag: f"{one.documents} documents, drift {one.drift_pct} %" for one in found})
    if differing := [one.tag for one in found if not one.agrees]:
        raise dg.Failure(
            f"the stores differ in {', '.join(differing)}: run `ingestctl reconcile --repair`", allow_retries=False
        )


@dg.job(name="reconcile", executor_def=dg.in_process_executor)
def reconcile_job() -> None:
    """Compares every chunk, artifact, node and edge of every known collection with what the ledger says."""
    compared_stores()
