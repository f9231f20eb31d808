"""One ingest of a history, as `ingestctl ingest` and its Dagster runs carry it out, without Dagster and without its seconds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace

from history_folder import TAGS, Folder
from history_index import ENDS, Fuse, Index, Knobs, Process

from wekadocs_assets.app import bootstrap
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.graph.rows import GraphRow
from wekadocs_assets.core.models import Collection
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.planning.ingest import Ingest, load_ingest, save_ingest
from wekadocs_assets.core.planning.outcome import Outcome
from wekadocs_assets.core.planning.plan import Plan
from wekadocs_assets.core.planning.record import CleanupResult, StageRecord, outcome_row, save_record
from wekadocs_assets.core.recipe import CLEANUP, EMBEDDED, EXTRACTED, GRAPH, PARSED, POINTS
from wekadocs_assets.core.reports.export import tables
from wekadocs_assets.core.reports.model import IngestReport
from wekadocs_assets.core.stages.clean_up import clean_up
from wekadocs_assets.core.stages.conclude import conclude, start
from wekadocs_assets.core.stages.embed import embed_sections
from wekadocs_assets.core.stages.extract import extract_entities
from wekadocs_assets.core.stages.graph import write_graph
from wekadocs_assets.core.stages.parse import parse_documents
from wekadocs_assets.core.stages.plan import plan_collection, save_touched
from wekadocs_assets.core.stages.points import write_points
from wekadocs_assets.core.stages.switch import finish_switch

EMBEDDINGS_FIRST = {
    PARSED: parse_documents,
    EXTRACTED: extract_entities,
    EMBEDDED: embed_sections,
    GRAPH: write_graph,
    POINTS: write_points,
}
GRAPH_FIRST = {name: EMBEDDINGS_FIRST[name] for name in (PARSED, EXTRACTED, GRAPH, EMBEDDED, POINTS)}
"""Dagster may run the branches in either order."""
Tables = dict[str, list[GraphRow]]


@dataclass(frozen=True)
class Asked:
    """What is asked of an ingest. within: one file, of a single collection. parts: documents in one run.

    between: what happens to the files after the plan was made. opened_once: the stores stay open from end to end.
    """

    tags: tuple[str, ...] = TAGS
    within: str = ""
    delete: bool = True
    verify: bool = False
    parts: int = 500
    graph_first: bool = False
    opened_once: bool = True
    between: Callable[[], None] = lambda: None


@dataclass
class Done:
    """What came of it. ended: what broke it off, None where it came to its end. report: None where nothing was to do.

    waiting: documents for whose sake deletions were put off.
    """

    plans: tuple[Plan, ...] = ()
    waiting: list[str] = field(default_factory=list)
    cleanup: CleanupResult = field(default_factory=CleanupResult)
    outcomes: dict[str, list[Outcome]] = field(default_factory=dict)
    encoded: list[tuple[str, str]] = field(default_factory=list)
    report: IngestReport | None = None
    ended: BaseException | None = None


def ingest(index: Index, knobs: Knobs, folder: Folder, asked: Asked, fuse: Fuse | None = None) -> Done:
    done = Done()
    try:
        with index.process(knobs, fuse) as process:
            done.encoded = process.encoded
            with process.stores.lock.writing() if asked.opened_once else nullcontext():
                _ingest(index, process, folder, asked, done)
    except ENDS as error:
        if not (fuse and fuse.burnt_at):
            raise
        done.ended = error
    return done


def _ingest(index: Index, process: Process, folder: Folder, asked: Asked, done: Done) -> None:
    pipeline = bootstrap.open_pipeline(process.settings)
    done.plans, unfinished = planned(process, pipeline, folder, asked)
    if not done.plans:
        return
    made = Ingest(index.new_id(), done.plans, asked.parts, folder.now)
    for each in done.plans:
        save_touched(pipeline.graph, each)
    if not unfinished and all(plan.nothing_to_do for plan in done.plans):
        if any(each.unreadable for each in done.plans):
            switch = finish_switch(pipeline, made.id)
            done.report = conclude(pipeline, index.reports, made, folder.now, cleanup=switch)
        return
    save_ingest(pipeline.artifacts, made)
    asked.between()
    for part in range(made.parts):
        pipeline = bootstrap.open_pipeline(process.settings)
        _run(pipeline, load_ingest(pipeline.artifacts, made.id), part, asked, done)
    done.report = conclude(pipeline, index.reports, load_ingest(pipeline.artifacts, made.id), folder.now)


def _run(pipeline: Pipeline, made: Ingest, part: int, asked: Asked, done: Done) -> None:
    """What one Dagster run does."""
    if part == 0:
        start(pipeline, made)
    for asset, stage in (GRAPH_FIRST if asked.graph_first else EMBEDDINGS_FIRST).items():
        outcomes = [outcome for batch in stage(pipeline, made.part(part)) for outcome in batch]
        done.outcomes.setdefault(asset, []).extend(outcomes)
        save_record(
            pipeline.artifacts, made.id, _record(asset, part, rows=tuple(outcome_row(o, 0.0) for o in outcomes))
        )
    if part == made.parts - 1:
        for step in clean_up(pipeline, made):
            done.waiting += step.waiting
            done.cleanup = done.cleanup.plus(step)
        save_record(pipeline.artifacts, made.id, _record(CLEANUP, part, **asdict(done.cleanup)))


def _record(asset: str, part: int, **facts) -> StageRecord:
    return StageRecord(**{"asset": asset, "part": part, "rows": (), "wall_ms": 0, "cpu_ms": 0, **facts})


def planned(process: Process, pipeline: Pipeline, folder: Folder, asked: Asked) -> tuple[tuple[Plan, ...], bool]:
    """The plans, and whether an earlier ingest of one of them did not finish."""
    known = {collection.tag: collection for collection in pipeline.graph.collections()}
    plans = tuple(plan for tag in asked.tags if (plan := _plan(process, pipeline, known, folder, tag, asked)))
    return plans, any(plan.tag in known and known[plan.tag].is_unfinished for plan in plans)


def _plan(
    process: Process, pipeline: Pipeline, known: dict[str, Collection], folder: Folder, tag: str, asked: Asked
) -> Plan | None:
    """None where there is no document, and never was one: `ingestctl ingest` says so and ends."""
    root = str(folder.root(tag))
    collection = replace(known.get(tag) or Collection(tag=tag, root=root), root=root)  # as --rebind does
    try:
        source = bootstrap.source(process.settings, root)
        return plan_collection(
            source, pipeline, collection, folder.now,
            scan=source.scan(asked.within), verify=asked.verify, delete=asked.delete, allow_mass_delete=True,
        )  # fmt: skip
    except ConfigurationError as error:
        assert "no document found" in error.message and not any(place[0] == tag for place in folder.files)
        return None


def exported(process: Process) -> tuple[Tables, str]:
    """As `ingestctl export` reads them, vectors as their bytes; and the embedding_version that is served."""
    reader = bootstrap.open_reader(process.settings)
    found = dict(tables(reader))
    for row in found["points"]:
        row["vector"] = row["vector"].tobytes()
    return found, reader.active.embedding_version
