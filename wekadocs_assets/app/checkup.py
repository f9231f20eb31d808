"""The checks of `ingestctl doctor`, for the adapters that the settings choose.

Add a check beside its adapter, and list it here. Making the list connects to no store.
"""

from __future__ import annotations

from wekadocs_assets.adapters.data_folder.diagnosis import FolderDiagnosis
from wekadocs_assets.adapters.embedding.diagnosis import ModelDiagnosis
from wekadocs_assets.adapters.files.diagnosis import ArtifactDiagnosis
from wekadocs_assets.app.adapter_factory import AdapterFactory, TimeLimits
from wekadocs_assets.config.settings import Settings
from wekadocs_assets.core.checks.diagnosis import Choices, Diagnosis
from wekadocs_assets.core.chunking import chunking_part


def chosen_diagnoses(settings: Settings) -> list[Diagnosis]:
    """The checks, in the order in which `doctor` prints them."""
    factory = AdapterFactory(settings, TimeLimits.of_doctor(settings))
    graph = factory.graph().checks()

    def active_version() -> str:
        info = graph.stored()
        return info.embedding_version if info else ""

    primary = settings.vector_stores[0]
    vectors = [factory.vectors(name).checks(active_version, name != primary) for name in settings.vector_stores]
    chunk_tokens = settings.chunk_tokens
    return [
        Choices(factory.in_words()),
        FolderDiagnosis(settings.data_folder, settings.reports_root, factory.embedded_engines()),
        graph,
        *vectors,
        ArtifactDiagnosis(settings.artifacts_root),
        *factory.redis_checks(),
        factory.dagster_storage_checks(),
        ModelDiagnosis(settings.embedding_model, chunk_tokens, chunking_part(chunk_tokens), vectors[0], active_version),
    ]
