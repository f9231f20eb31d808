"""Dagster's edge of the pipeline. backfill_policy and owners are marked beta by Dagster; they are pinned with its version."""

import warnings

from dagster import BetaWarning

warnings.filterwarnings("ignore", category=BetaWarning)
