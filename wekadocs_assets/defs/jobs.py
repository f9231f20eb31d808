"""The jobs: `ingest` takes whatever the collections hold through all assets in one run."""

import dagster as dg

from wekadocs_assets.defs.partitions import SENTINEL

ingest_job = dg.define_asset_job(
    "ingest",
    selection=dg.AssetSelection.all(),
    description="Plans and carries out an ingest of every known collection; the terminal and CI run this one.",
    tags={"dagster/partition": SENTINEL},
    executor_def=dg.in_process_executor,
)
