"""The Dagster definitions: assets, checks, jobs, sensors, schedules, resources, and the instance with its storage.

Add here what needs Dagster; it may be imported in no other package. Rules about documents belong in core, the opening of
stores in app. `backfill_policy` and `owners` are beta in Dagster, so their warning is silenced and its version is pinned.
"""

import warnings

from dagster import BetaWarning

warnings.filterwarnings("ignore", category=BetaWarning)
