"""Every vector store that the contract is asked of, and the points that it is asked with."""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from wekadocs_assets.adapters.data_folder.locks import FreeLock, TurnstileLock
from wekadocs_assets.adapters.embedding.hash_embedder import HashEmbedder
from wekadocs_assets.adapters.memory.vectors import InMemoryVectors
from wekadocs_assets.adapters.neo4j.session import Neo4jSession
from wekadocs_assets.adapters.neo4j.vectors import Neo4jVectors
from wekadocs_assets.adapters.qdrant.edge import EdgeVectors
from wekadocs_assets.adapters.qdrant.server import QdrantVectors
from wekadocs_assets.core import ids
from wekadocs_assets.core.ports.vectors import Hit, Point, VectorStore, Within
from wekadocs_assets.core.search.hybrid import WEIGHTS, rank, shortlist

MODEL = HashEmbedder(64)
VERSION, OTHER = f"{MODEL.model_part}.c128-r1", f"{MODEL.model_part}.c64-r1"
WORDS = "weka fs create mount backend cluster protocol nfs smb s3 quota snapshot tier object store the of".split()
QUESTIONS = ("mount the nfs backend", "quota", "snapshot tier of object store", "id13")
Reopen = Callable[[], VectorStore]

LOCAL_MODE = [  # the client's in-memory mode says so of itself
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect"),
    pytest.mark.filterwarnings("ignore:Local mode performs exact"),
]


@contextmanager
def in_memory(request: pytest.FixtureRequest, folder: Path) -> Iterator[Reopen]:
    store = InMemoryVectors()
    yield lambda: store


@contextmanager
def edge(request: pytest.FixtureRequest, folder: Path) -> Iterator[Reopen]:
    yield lambda: EdgeVectors(folder / "vectors", FreeLock())


@contextmanager
def edge_held(request: pytest.FixtureRequest, folder: Path) -> Iterator[Reopen]:
    """Opened once for many questions."""
    lock = FreeLock()
    store = EdgeVectors(folder / "vectors", lock)
    with lock.writing():
        yield lambda: store


@contextmanager
def edge_behind_a_lock(request: pytest.FixtureRequest, folder: Path) -> Iterator[Reopen]:
    yield lambda: EdgeVectors(folder / "vectors", TurnstileLock(folder / "locks"))


@contextmanager
def qdrant_in_memory(request: pytest.FixtureRequest, folder: Path) -> Iterator[Reopen]:
    """The client's own model of a server."""
    from qdrant_client import QdrantClient

    client = QdrantClient(":memory:")
    yield lambda: QdrantVectors("http://in-memory", "", "docs", client=client)


@contextmanager
def qdrant_server(request: pytest.FixtureRequest, folder: Path) -> Iterator[Reopen]:
    """A real one, where there is one; in collections of its own that are removed."""
    place = request.getfixturevalue("qdrant_server"), os.environ.get("QDRANT_TEST_API_KEY", "")
    name = f"contract-{uuid.uuid4().hex}"
    yield lambda: QdrantVectors(*place, name)
    left = QdrantVectors(*place, name)
    for version in left.versions():
        left.drop(version)


@contextmanager
def neo4j(request: pytest.FixtureRequest, folder: Path) -> Iterator[Reopen]:
    place = request.getfixturevalue("neo4j")
    with closing(Neo4jSession(place.uri, place.user, place.password, place.database)) as session:
        yield lambda: Neo4jVectors(session)


ENGINES: dict[str, Callable[[pytest.FixtureRequest, Path], AbstractContextManager[Reopen]]] = {
    "in_memory": in_memory,
    "edge": edge,
    "edge behind a real lock": edge_behind_a_lock,
    "qdrant-client in memory": qdrant_in_memory,
    "qdrant server": qdrant_server,
    "neo4j": neo4j,
}
"""A further store is added here; what it gets: the test's request (for fixtures of servers) and a folder of its own."""
RANKED_ALIKE = {"edge": edge_held} | {name: ENGINES[name] for name in ("qdrant-client in memory", "qdrant server")}
"""Those that rank fresh points exactly like in_memory."""
NORMALISING = ["qdrant-client in memory"]
"""Those whose vectors come back with another last bit."""


def point(text: str, chunk: str, document: str = "d1", tag: str = "t1", version: str = VERSION) -> Point:
    payload = {
        "chunk_id": chunk, "section_id": f"s-{chunk}", "document_id": document, "source_uri": f"{document}.md", "tag": tag,
        "title": "Page", "heading_path": "Page > Part", "checksum": ids.checksum(text), "embedding_version": version,
    }  # fmt: skip
    return Point(ids.point_id(chunk), MODEL.encode([text])[0], text, payload)


def corpus(size: int) -> list[Point]:
    chance = random.Random(7)
    texts = [" ".join(chance.choices(WORDS, k=chance.randint(2, 30))) + f" id{n}" for n in range(size)]
    return [point(text, f"c{n}", f"d{n % 10}", "t1" if n % 3 else "t2") for n, text in enumerate(texts)]


def ask(store: VectorStore, question: str, tag: str | None = None, limit: int = 10) -> tuple[list, list]:
    nearest, worded = store.candidates(VERSION, MODEL.encode([question])[0], question, Within(tag), limit)
    return scores(nearest), scores(worded)


def scores(hits: list[Hit]) -> list[tuple[str, float]]:
    return [(hit.chunk_id, hit.score) for hit in hits]


def chunks(hits: list[tuple[str, float]]) -> list[str]:
    return [chunk for chunk, _ in hits]


def ranking(
    store: VectorStore, question: str, tag: str | None, limit: int = WEIGHTS.candidates
) -> list[tuple[str, float]]:
    """Sections as a search ranks them. limit: candidates of each of its two searches."""
    weights, vector = replace(WEIGHTS, candidates=limit), MODEL.encode_question(question)
    near, wordy = store.candidates(VERSION, vector, question, Within(tag), limit)
    attainable = sum(store.best_scores(VERSION, question.split()))
    sections: dict[str, list] = {section: [] for section in shortlist(near, wordy, attainable, 10, weights)}
    for found in store.scan(VERSION, section_ids=list(sections), with_vectors=True):
        sections[found.payload["section_id"]].append((found.payload["chunk_id"], found.vector))
    return [(one.section_id, one.score) for one in rank(vector, wordy, sections, attainable, weights)]
