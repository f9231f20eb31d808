"""The type of what Dagster passes to a component of its instance; instance.py and postgres_storage.py use it.

It is imported from a private module because Dagster does not export it.
"""

from dagster._serdes import ConfigurableClassData

InstanceData = ConfigurableClassData | None
"""Where dagster.yaml names the component; the component only stores it."""
