"""Rules that every vector store follows: the order of hits, filters on the payload, batches of ids, an absent version.

Add a rule here when two stores need it. How one engine spells a request belongs in its folder of adapters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from wekadocs_assets.core.chunking import made_by
from wekadocs_assets.core.errors import StoreBusy
from wekadocs_assets.core.ports.vectors import Hit, Within


def versions_of_model(versions: Iterable[str], model_part: str) -> list[str]:
    """The embedding_versions made with this model part, in the given order."""
    return [version for version in versions if made_by(model_part, version)]


def missing_version_error(version: str, place: str) -> StoreBusy:
    """For a write to a version that does not exist. It existed when the ingest began, so no document is at fault."""
    reason = f"no vectors of {version} in {place}: another process dropped them, or they were never made"
    return StoreBusy(reason, "Run it again: it begins with what is there now.")


def rank_hits(scored: Iterable[tuple[Mapping[str, str], float]]) -> list[Hit]:
    """Hits for (payload, score) pairs: best score first, equal scores by chunk id."""
    hits = (Hit(payload["chunk_id"], payload["section_id"], score) for payload, score in scored)
    return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))


def payload_filter(within: Within) -> dict[str, list[str]]:
    """Payload key -> allowed values, for every restriction of `within`; {} allows every point."""
    wanted = {
        "tag": None if within.tag is None else [within.tag],
        "document_id": within.document_ids,
        "section_id": within.section_ids,
    }
    return {name: list(values) for name, values in wanted.items() if values is not None}


def filter_batches(
    document_ids: Sequence[str] | None, section_ids: Sequence[str] | None, size: int
) -> Iterator[dict[str, list[str]]]:
    """One payload filter per request for the points of these documents or sections; one empty filter for all points.

    size: the most ids in one filter. Duplicate ids are dropped; no ids give no request.
    """
    name, ids = ("document_id", document_ids) if section_ids is None else ("section_id", section_ids)
    if ids is None:
        yield {}
        return
    wanted = list(dict.fromkeys(ids))
    yield from ({name: wanted[first : first + size]} for first in range(0, len(wanted), size))
