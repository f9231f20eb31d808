"""extracted_entities: finds the entities, mentions and derived edges of a Document and saves them as an artifact.

How an entity is found belongs to core/extractors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from wekadocs_assets.core import artifacts, ids
from wekadocs_assets.core.extractors import registry
from wekadocs_assets.core.models import Extraction
from wekadocs_assets.core.pipeline import Pipeline, remember_failures
from wekadocs_assets.core.planning.outcome import Outcome, Outcomes, blocked, failed
from wekadocs_assets.core.planning.plan import PlannedDocument
from wekadocs_assets.core.ports.stores import ArtifactHeader
from wekadocs_assets.core.recipe import EXTRACTED, PARSED


def extract_entities(pipeline: Pipeline, documents: Sequence[PlannedDocument]) -> Outcomes:
    """Yields the outcomes of each batch after its artifacts are written."""
    keys = [document.partition_key for document in documents]
    parsed = pipeline.artifacts.headers(PARSED, keys)
    headers = pipeline.artifacts.headers(EXTRACTED, keys)
    for batch in pipeline.batches(documents):
        outcomes = [
            _extract(pipeline, document, parsed.get(document.partition_key), headers.get(document.partition_key))
            for document in batch
        ]
        remember_failures(pipeline, EXTRACTED, outcomes)
        yield outcomes


def _extract(
    pipeline: Pipeline, document: PlannedDocument, parent: ArtifactHeader | None, header: ArtifactHeader | None
) -> Outcome:
    if parent is None or not is_parsed(pipeline, document, parent):
        return blocked(document, PARSED)
    fingerprint = pipeline.recipe.extract(parent.output)
    if header and header.fingerprint == fingerprint:
        return Outcome(document=document, status="fresh", output=header.output, inputs={PARSED: parent.output})
    try:
        parsed = artifacts.load_document(pipeline.artifact(PARSED, document.partition_key))
        extraction = registry.extract(parsed, pipeline.vocabulary)
        body = artifacts.dump(extraction)
        header = ArtifactHeader(fingerprint, ids.checksum(body))
        pipeline.artifacts.write(EXTRACTED, document.partition_key, header, body)
    except Exception as error:
        return failed(document, error)
    return Outcome(
        document=document, status="done", output=header.output, facts=_facts(extraction), inputs={PARSED: parent.output}
    )


def is_parsed(pipeline: Pipeline, document: PlannedDocument, header: ArtifactHeader | None) -> bool:
    """Whether the parse artifact was made from the bytes in the plan. An older artifact is not used: it blocks."""
    return header is not None and header.fingerprint == pipeline.recipe.parse(document.source_uri, document.checksum)


def _facts(extraction: Extraction) -> dict[str, int]:
    kinds = Counter(entity.kind for entity in extraction.entities)
    return {
        "entities": len(extraction.entities),
        "mentions": len(extraction.mentions),
        "edges": len(extraction.edges),
        **{kind.lower(): count for kind, count in sorted(kinds.items())},
    }
