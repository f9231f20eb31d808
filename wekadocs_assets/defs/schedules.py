"""What runs by the clock: a comparison of the stores every night, which finds what no ingest can notice."""

import dagster as dg

from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.defs.jobs import reconcile_job

nightly_reconcile = dg.ScheduleDefinition(
    name="nightly_reconcile",
    job=reconcile_job,
    description="Compares the stores of every known collection with the ledger.",
    cron_schedule=read_settings().reconcile_cron,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
SCHEDULES = [nightly_reconcile]
