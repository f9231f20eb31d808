"""parsed_documents: parses the bytes of a file and saves the Document as an artifact.

A format belongs to core/parsers. A file whose checksum differs from the plan fails and is retried by the next ingest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from wekadocs_assets.core import artifacts, ids
from wekadocs_assets.core.models import Document, Scalar
from wekadocs_assets.core.parsers import registry
from wekadocs_assets.core.pipeline import Pipeline, remember_failures
from wekadocs_assets.core.planning.outcome import Outcome, Outcomes, failed
from wekadocs_assets.core.planning.plan import PlannedDocument
from wekadocs_assets.core.ports.stores import ArtifactHeader
from wekadocs_assets.core.recipe import PARSED, PLAN, PLAN_VERSION

PREVIEW_CHARACTERS = 1_000
INPUTS = {PLAN: PLAN_VERSION}


def parse_documents(pipeline: Pipeline, documents: Sequence[PlannedDocument]) -> Outcomes:
    """Yields the outcomes of each batch after its artifacts are written."""
    headers = pipeline.artifacts.headers(PARSED, [document.partition_key for document in documents])
    for batch in pipeline.batches(documents):
        outcomes = [_parse(pipeline, document, headers.get(document.partition_key)) for document in batch]
        remember_failures(pipeline, PARSED, outcomes)
        yield outcomes


def _parse(pipeline: Pipeline, document: PlannedDocument, header: ArtifactHeader | None) -> Outcome:
    fingerprint = pipeline.recipe.parse(document.source_uri, document.checksum)
    if header and header.fingerprint == fingerprint:
        return Outcome(document=document, status="fresh", output=header.output, inputs=INPUTS)
    try:
        data = pipeline.source_of(document.tag).read(document.path)
        if ids.checksum(data) != document.checksum:
            return Outcome(
                document=document,
                status="failed",
                error="changed while the ingest ran",
                hint="ingest again",
                permanent=False,
            )
        parsed = registry.parse(data, document.tag, document.source_uri)
        body = artifacts.dump(parsed)
        header = ArtifactHeader(fingerprint, ids.checksum(body))
        pipeline.artifacts.write(PARSED, document.partition_key, header, body)
    except Exception as error:
        return failed(document, error)
    return Outcome(
        document=document,
        status="done",
        output=header.output,
        facts=_facts(parsed, len(data)),
        preview=_preview(parsed),
        inputs=INPUTS,
    )


def _preview(document: Document) -> str:
    """Returns the first PREVIEW_CHARACTERS of the document as Markdown, rebuilt from its sections."""
    parts: list[str] = []
    length = 0
    for section in document.sections:
        parts.append(f"{'#' * max(section.level, 1)} {section.title}\n\n{section.text}")
        length += len(parts[-1])
        if length > PREVIEW_CHARACTERS:
            break
    return "\n\n".join(parts)[:PREVIEW_CHARACTERS]


def _facts(document: Document, size: int) -> Mapping[str, Scalar]:
    repairs = Counter(repair.what for repair in document.repairs)
    return {
        "title": document.title,
        "bytes": size,
        "sections": len(document.sections),
        "tokens": sum(section.tokens for section in document.sections),
        "repairs": sum(repairs.values()),
        "warning": "; ".join(document.warnings),
        **{f"repaired: {what}": count for what, count in sorted(repairs.items())},
    }
