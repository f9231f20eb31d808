"""Schedules: `nightly_reconcile` compares the stores and finds differences that an ingest does not detect."""

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
