"""The code location: what `dagster dev`, the daemon and `dagster job execute -m` load."""

from wekadocs_assets.defs.build import build_definitions

defs = build_definitions()
