"""The pipeline, from top to bottom: a folder of documents becomes a graph and vectors. Each asset calls one stage of core.

source_documents → parsed_documents → extracted_entities → document_graph ─┐
                         └──────────→ section_embeddings ─────────────────┴→ vector_points → collection_cleanup → ingest_report
"""

from collections.abc import Iterator

import dagster as dg

from wekadocs_assets.core.recipe import CODE_VERSIONS, EMBEDDED, EXTRACTED, GRAPH, PARSED, PLAN_VERSION, POINTS
from wekadocs_assets.core.stages.clean_up import clean_up
from wekadocs_assets.core.stages.embed import embed_sections
from wekadocs_assets.core.stages.extract import extract_entities
from wekadocs_assets.core.stages.graph import write_graph
from wekadocs_assets.core.stages.parse import parse_documents
from wekadocs_assets.core.stages.points import write_points
from wekadocs_assets.defs.checks import REPORT_CHECKS, check_results, verdict
from wekadocs_assets.defs.hooks import HOOKS
from wekadocs_assets.defs.ingest_session import IngestSession
from wekadocs_assets.defs.metadata import cleanup_metadata, plan_metadata, report_metadata
from wekadocs_assets.defs.partitions import register_partitions, source_document_partitions
from wekadocs_assets.defs.progress import Progress
from wekadocs_assets.defs.retrying import retrying
from wekadocs_assets.defs.steps import process_collections, process_documents, write_report

Materialized = Iterator[dg.MaterializeResult[None]]
OWNERS = ["team:documentation-platform"]
PER_DOCUMENT = {
    "partitions_def": source_document_partitions,
    "backfill_policy": dg.BackfillPolicy.single_run(),
    "owners": OWNERS,
    "hooks": HOOKS,
}


@dg.asset(group_name="documents", kinds={"python"}, owners=OWNERS, hooks=HOOKS)
def source_documents(
    context: dg.AssetExecutionContext, run: dg.ResourceParam[IngestSession], progress: dg.ResourceParam[Progress]
) -> dg.MaterializeResult:
    """The plan: what the collections hold now, compared with the ledger; registers a partition for each document."""
    with retrying(context):
        ingest = run.open(context).ingest
    register_partitions(context.instance, ingest.work)
    progress.plan(ingest)
    return dg.MaterializeResult(metadata=plan_metadata(ingest), data_version=dg.DataVersion(PLAN_VERSION))


@dg.asset(
    deps=[source_documents],
    group_name="documents",
    kinds={"markdown"},
    code_version=CODE_VERSIONS[PARSED],
    **PER_DOCUMENT,
)
def parsed_documents(
    context: dg.AssetExecutionContext, run: dg.ResourceParam[IngestSession], progress: dg.ResourceParam[Progress]
) -> Materialized:
    """Each page as a tree of sections: its whole visible text once, code and tables marked, damage repaired and noted."""
    yield from process_documents(context, run, progress, parse_documents)


@dg.asset(
    deps=[parsed_documents],
    group_name="documents",
    kinds={"python"},
    code_version=CODE_VERSIONS[EXTRACTED],
    **PER_DOCUMENT,
)
def extracted_entities(
    context: dg.AssetExecutionContext, run: dg.ResourceParam[IngestSession], progress: dg.ResourceParam[Progress]
) -> Materialized:
    """Commands, settings, procedures, errors and more, each mention with its exact place in a section."""
    yield from process_documents(context, run, progress, extract_entities)


@dg.asset(
    deps=[extracted_entities], group_name="index", kinds={"graph"}, code_version=CODE_VERSIONS[GRAPH], **PER_DOCUMENT
)
def document_graph(
    context: dg.AssetExecutionContext, run: dg.ResourceParam[IngestSession], progress: dg.ResourceParam[Progress]
) -> Materialized:
    """The document's nodes and edges; only the difference is written, in one transaction with its ledger entry."""
    yield from process_documents(context, run, progress, write_graph)


@dg.asset(
    deps=[parsed_documents],
    group_name="index",
    kinds={"huggingface"},
    code_version=CODE_VERSIONS[EMBEDDED],
    **PER_DOCUMENT,
)
def section_embeddings(
    context: dg.AssetExecutionContext, run: dg.ResourceParam[IngestSession], progress: dg.ResourceParam[Progress]
) -> Materialized:
    """Sections cut into chunks, and a unit vector for each; only text that is new anywhere is encoded."""
    yield from process_documents(context, run, progress, embed_sections)


@dg.asset(
    deps=[section_embeddings, document_graph], group_name="index", kinds={"qdrant"},
    code_version=CODE_VERSIONS[POINTS], **PER_DOCUMENT,
)  # fmt: skip
def vector_points(
    context: dg.AssetExecutionContext, run: dg.ResourceParam[IngestSession], progress: dg.ResourceParam[Progress]
) -> Materialized:
    """Points for search, then Chunk nodes as their ledger; stale points of a document are deleted after its new ones."""
    yield from process_documents(context, run, progress, write_points)


@dg.asset(deps=[document_graph, vector_points], group_name="index", kinds={"graph"}, owners=OWNERS, hooks=HOOKS)
def collection_cleanup(
    context: dg.AssetExecutionContext, run: dg.ResourceParam[IngestSession], progress: dg.ResourceParam[Progress]
) -> Materialized:
    """Once an ingest, after its last document: deletes what is gone from the source, resolves links, ends a switch."""
    record = process_collections(context, run, progress, clean_up)
    yield dg.MaterializeResult(metadata=cleanup_metadata(record))


@dg.asset(
    deps=[document_graph, vector_points, collection_cleanup], group_name="report", kinds={"json", "markdown"}, owners=OWNERS,
    check_specs=REPORT_CHECKS, hooks=HOOKS,
)  # fmt: skip
def ingest_report(
    context: dg.AssetExecutionContext, run: dg.ResourceParam[IngestSession], progress: dg.ResourceParam[Progress]
) -> Materialized:
    """The content of the stores, compared with each other, and every document that is not up to date."""
    report, place = write_report(context, run, progress)
    yield dg.MaterializeResult(metadata=report_metadata(report, place), check_results=check_results(report))
    if lost := verdict(report):
        raise dg.Failure(lost, allow_retries=False)
