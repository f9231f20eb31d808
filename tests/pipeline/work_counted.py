"""Pages whose rows can be counted by hand, and what an ingest of them says that it did."""

import json
from pathlib import Path

from wekadocs_assets.adapters.embedding.hash_embedder import HashEmbedder
from wekadocs_assets.adapters.qdrant.edge import EdgeVectors
from wekadocs_assets.core.planning.work import WORK_COUNTS

INSTALL, USE, LIMITS = ("Install", "Run `gatectl install --force`."), ("Use", "Nothing."), ("Limits", "At most four.")
GATES = (INSTALL, USE, LIMITS)
"""Below the introduction, so the page has four sections, each one chunk. In the graph seven nodes (the page, its sections,
a command, an option) and thirteen edges: HAS_SECTION 4, HAS_SUBSECTION 3, NEXT_SECTION 3, MENTIONS 2, HAS_PARAMETER 1."""
ONE_PAGE = {"documents_parsed": 1, "documents_extracted": 1}
WHOLE_PAGE = ONE_PAGE | {"nodes_written": 7, "edges_written": 13, "chunk_nodes_written": 4, "points_upserted": 4}
PAGE_GONE = {"nodes_deleted": 5, "edges_deleted": 13, "chunk_nodes_deleted": 4, "points_deleted": 4}
"""Command and option go with their last edge and are counted nowhere: they are no page's own."""


def page(title: str, *sections: tuple[str, str], about: str = "") -> str:
    parts = [f"# {title}", about or f"About {title}.", *(f"## {heading}\n\n{text}" for heading, text in sections)]
    return "\n\n".join(parts) + "\n"


def write(place, name: str, *parts, **more) -> Path:
    path = place.docs / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(*parts, **more))
    return path


def ingest(place, *arguments, **options) -> dict[str, int]:
    """The work of an ingest, without what is zero. Stores stay open over it: to open them costs more than the work."""
    with place.pipeline.lock.writing():
        result = place.run(*arguments, **options)
    return nonzero(report_of(place, options.get("ingest_id") or result.run_id)["work"])


def report_of(place, ingest_id: str) -> dict:
    return json.loads((place.docs.parent / "reports" / "ingest" / ingest_id / "ingest_report.json").read_text())


def nonzero(work: dict[str, int]) -> dict[str, int]:
    assert tuple(work) == WORK_COUNTS
    return {name: count for name, count in work.items() if count}


def points(place) -> dict[str, tuple[dict[str, str], bytes]]:
    """Payload and vector by point id."""
    pipeline = place.pipeline
    version = pipeline.target.embedding_version
    return {p.id: (p.payload, p.vector.tobytes()) for p in pipeline.vectors.scan(version, with_vectors=True)}


def names(place, label: str) -> list[str]:
    return sorted(row["name"] for row in place.pipeline.graph.export(label))


def two_pages(place) -> dict[str, int]:
    """gates.md as GATES tells, and tides.md with its introduction alone: two nodes, one edge. The work of that."""
    write(place, "gates.md", "Gates", *GATES)
    write(place, "tides.md", "Tides")
    return ingest(place)


FIRST = {
    "documents_parsed": 2, "documents_extracted": 2, "nodes_written": 9, "edges_written": 14,
    "chunks_embedded": 5, "chunk_nodes_written": 5, "points_upserted": 5,
}  # fmt: skip


def watch_upserts(monkeypatch) -> list[str]:
    """Ids of the points that are given to the vector store from now on."""
    seen: list[str] = []
    upsert = EdgeVectors.upsert

    def watched(self, version, points):
        seen.extend(point.id for point in points)
        upsert(self, version, points)

    monkeypatch.setattr(EdgeVectors, "upsert", watched)
    return seen


def forbid_encoding(monkeypatch) -> None:
    """From now on to encode anything is an error."""

    def encode(self, texts):
        raise AssertionError(f"{len(texts)} texts were to be encoded")

    monkeypatch.setattr(HashEmbedder, "encode", encode)
