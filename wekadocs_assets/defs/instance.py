"""The Dagster instance that dagster.yaml names: storage chosen by settings, all files below the data folder.

Dagster's own configuration can say neither "Postgres when this variable is set, else SQLite" nor "below the folder that
another variable names, with a default"; these classes are that and no more. They lean on `_serdes`, `_config` and the
storage modules because an instance component must be a ConfigurableClass, which Dagster does not export.
"""

from typing import Any

from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._core.storage.root import LocalArtifactStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClass, ConfigurableClassData

from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.settings import read_settings

InstanceData = ConfigurableClassData | None


def dagster_folder() -> str:
    """Where Dagster keeps its files: below the data folder."""
    folder = read_settings().data_folder / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)


class _FromSettings(ConfigurableClass):
    """Takes no configuration of its own."""

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {}


class StorageFromSettings(_FromSettings, DagsterStorage):
    """Runs, events and schedules: SQLite below the data folder, or the Postgres server of DAGSTER_POSTGRES_URL."""

    @classmethod
    def from_config_value(cls, inst_data: InstanceData, config_value: dict[str, Any]):  # noqa: ANN206
        if read_settings().dagster_postgres_url.get_secret_value():
            raise ConfigurationError(
                "DAGSTER_POSTGRES_URL is set, but this version keeps Dagster's storage in SQLite alone",
                "unset it; Postgres comes with the server adapters",
            )
        return DagsterSqliteStorage(dagster_folder(), inst_data)


class ComputeLogsFromSettings(_FromSettings, LocalComputeLogManager):
    """stdout and stderr of steps, below the data folder."""

    @classmethod
    def from_config_value(cls, inst_data: InstanceData, config_value: dict[str, Any]):  # noqa: ANN206
        return LocalComputeLogManager(f"{dagster_folder()}/logs", inst_data=inst_data)


class ArtifactStorageFromSettings(_FromSettings, LocalArtifactStorage):
    """Dagster's own scratch files, below the data folder."""

    @classmethod
    def from_config_value(cls, inst_data: InstanceData, config_value: dict[str, Any]):  # noqa: ANN206
        return LocalArtifactStorage(dagster_folder(), inst_data)
