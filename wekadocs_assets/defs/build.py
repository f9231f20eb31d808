"""Assembles the definitions. Tests and the CLI call the same function with their own progress listener."""

import dagster as dg

from wekadocs_assets.core.jobs.ports import ProgressSink
from wekadocs_assets.defs import assets
from wekadocs_assets.defs.jobs import ingest_job, reconcile_job
from wekadocs_assets.defs.progress import Progress, progress_resource
from wekadocs_assets.defs.resources import IngestRun
from wekadocs_assets.defs.schedules import SCHEDULES
from wekadocs_assets.defs.sensors import SENSORS

PIPELINE = [
    assets.source_documents,
    assets.parsed_documents,
    assets.extracted_entities,
    assets.document_graph,
    assets.section_embeddings,
    assets.vector_points,
    assets.collection_cleanup,
    assets.ingest_report,
]


def build_definitions(*, progress: ProgressSink | None = None) -> dg.Definitions:
    """All definitions of the project. progress: receives the events of each batch in this process."""
    return dg.Definitions(
        assets=PIPELINE,
        jobs=[ingest_job, reconcile_job],
        sensors=SENSORS,
        schedules=SCHEDULES,
        resources={"run": IngestRun(), "progress": progress_resource(Progress(progress))},
        executor=dg.in_process_executor,
    )
