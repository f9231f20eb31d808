"""The configuration of a run of the pipeline. The session that is made from it belongs in ingest_session.py."""

from collections.abc import Generator
from contextlib import contextmanager

import dagster as dg
from pydantic import Field

from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.defs.ingest_session import IngestSession


class IngestRun(dg.ConfigurableResource[IngestSession]):
    """The part of an ingest that a Dagster run executes. Without an ingest_id, the run plans and saves one under its run id."""

    ingest_id: str = Field("", description="An ingest that was planned before; empty: this run plans for itself.")
    part: int = Field(0, description="Which part of that ingest this run carries out, from 0.")
    documents: list[str] = Field([], description="Partition keys to work on; empty: the partitions of the run, or all.")
    from_queue: int = Field(0, description="Take at most this many jobs from the queue instead of planning; 0: none.")

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Generator[IngestSession, None, None]:
        if context.run is None or context.instance is None:
            raise dg.DagsterInvariantViolationError("IngestRun is used in a run only")
        session = IngestSession(
            read_settings(),
            context.run,
            context.instance,
            ingest_id=self.ingest_id,
            part=self.part,
            documents=self.documents,
            from_queue=self.from_queue,
        )
        with session.held():
            yield session
