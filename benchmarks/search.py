"""What a question costs, with the stores open: `python benchmarks/search.py --chunks 2500 25000 [--stores edge qdrant]`.

Makes an index of each size from scale.py's documents (parsed and extracted as an ingest does; the vectors are random, of
384 numbers, which changes no time) and asks it questions made of its own words. Prints median and 95th percentile in
milliseconds by the clock, and CPU milliseconds a question, by stage; the encoding of a question is the packaged model's,
measured apart. `qdrant` is qdrant-client's own in-memory mode, which costs more than a server does. Quiet machine, please.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import numpy
import scale

from wekadocs_assets.adapters.data_folder.locks import TurnstileLock
from wekadocs_assets.adapters.embedding.sentence_transformer import SentenceTransformerEmbedder
from wekadocs_assets.adapters.ladybug.graph import LadybugGraph
from wekadocs_assets.adapters.qdrant.edge import EdgeVectors
from wekadocs_assets.adapters.qdrant.server import QdrantVectors
from wekadocs_assets.core import ids
from wekadocs_assets.core.chunking import cut, encoded_text
from wekadocs_assets.core.extractors.registry import extract
from wekadocs_assets.core.graph.builder import build
from wekadocs_assets.core.graph.diff import diff
from wekadocs_assets.core.models import Collection, Document, LedgerEntry, Vocabulary
from wekadocs_assets.core.parsers.registry import parse
from wekadocs_assets.core.ports.vectors import Point, VectorStore
from wekadocs_assets.core.search.answer import Query
from wekadocs_assets.core.search.searcher import Searcher

TAG, VERSION, DIMENSIONS, BATCH, SEED = "made", "random-384-made.c128-r1", 384, 100, 5
STAGES = ("candidates", "explanation")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--chunks", type=int, nargs="+", default=[2_500, 25_000])
    arguments.add_argument("--stores", nargs="+", choices=["edge", "qdrant"], default=["edge"])
    arguments.add_argument("--questions", type=int, default=200)
    options = arguments.parse_args()
    model = SentenceTransformerEmbedder(device="cpu")
    print(json.dumps({"encoding": encoding(model, options.questions)}), flush=True)
    for engine in options.stores:
        for chunks in options.chunks:
            with tempfile.TemporaryDirectory(prefix="search-") as folder:
                print(json.dumps(measured(Path(folder), engine, chunks, options.questions, model)), flush=True)


def measured(folder: Path, engine: str, chunks: int, questions: int, model: SentenceTransformerEmbedder) -> dict:
    lock = TurnstileLock(folder / "locks")
    graph = LadybugGraph(folder / "graph.lbug", lock)
    vectors = EdgeVectors(folder / "vectors", lock) if engine == "edge" else qdrant()
    vectors.open(VERSION, DIMENSIONS)
    made = fill(graph, vectors, lock, chunks, model)
    searcher = Searcher(
        graph=graph, vectors=vectors, embedder=model, embedding_version=VERSION, lock=lock, clock=time.perf_counter
    )
    rows, cpu = [], []
    with lock.reading():
        for question, vector in asked(questions):
            began = time.process_time()
            answer = searcher.search(Query(question=question, k=5), vector)
            cpu.append((time.process_time() - began) * 1000)
            rows.append({name: answer.timings_ms[name] for name in STAGES})
    rows, cpu = rows[questions // 10 :], cpu[questions // 10 :]  # the first ones warm the stores
    stages = {name: spread([row[name] for row in rows]) for name in STAGES}
    whole = spread([sum(row.values()) for row in rows])
    return {"store": engine, "chunks": made, "milliseconds": whole, "cpu_milliseconds": round(median(cpu), 2), **stages}


def fill(graph: LadybugGraph, vectors: VectorStore, lock: TurnstileLock, wanted: int, model) -> int:
    """Batch by batch, as an ingest writes; returns how many chunks there are."""
    chance, made, number = numpy.random.default_rng(SEED), 0, 0
    graph.open()
    graph.save_collection(Collection(tag=TAG, root="/made", finished_ingest_id="1", started_ingest_id="1"))
    while made < wanted:
        documents = [page(number + i) for i in range(BATCH)]
        number += BATCH
        with lock.writing():
            changes = [diff(None, build(document, extract(document, Vocabulary()))) for document in documents]
            graph.apply(changes, [entry(document) for document in documents])
            pairs = [pair for document in documents for pair in chunked(document, model)]
            rows = chance.standard_normal((len(pairs), DIMENSIONS)).astype(numpy.float32)
            rows /= numpy.linalg.norm(rows, axis=1, keepdims=True)
            vectors.upsert(VERSION, [point(*pair, row) for pair, row in zip(pairs, rows, strict=True)])
            graph.write_chunks([chunk for _, _, chunk, _ in pairs], [], [])
        made += len(pairs)
    return made


def page(number: int) -> Document:
    name = scale.name_of(number)
    return parse(scale.document(number, SEED).encode(), TAG, name)


def entry(document: Document) -> LedgerEntry:
    key = ids.partition_key(document.tag, document.source_uri)
    return LedgerEntry(
        document_id=document.id,
        tag=document.tag,
        source_uri=document.source_uri,
        partition_key=key,
        graph_fingerprint="made",
    )


def chunked(document: Document, model) -> Iterator[tuple]:
    for section in document.sections:
        for chunk in cut(section, document.title, model.token_offsets, 128, model.max_tokens, VERSION):
            yield document, section, chunk, encoded_text(section, document.title, chunk)


def point(document: Document, section, chunk, text: str, vector: numpy.ndarray) -> Point:
    payload = {
        "chunk_id": chunk.id, "section_id": section.id, "document_id": document.id, "source_uri": document.source_uri,
        "tag": TAG, "title": section.title, "heading_path": " > ".join(section.heading_path), "checksum": chunk.checksum,
        "embedding_version": VERSION,
    }  # fmt: skip
    return Point(ids.point_id(chunk.id), vector, text, payload)


def asked(count: int) -> Iterator[tuple[str, numpy.ndarray]]:
    chance, numbers = random.Random(SEED), numpy.random.default_rng(SEED + 1)
    for _ in range(count):
        vector = numbers.standard_normal(DIMENSIONS).astype(numpy.float32)
        yield "how to " + " ".join(scale.zipf(chance, chance.randint(4, 10))), vector / numpy.linalg.norm(vector)


def encoding(model: SentenceTransformerEmbedder, count: int) -> dict:
    model.encode_question("warm")
    times, began = [], time.process_time()
    for question, _ in asked(count):
        start = time.perf_counter()
        model.encode_question(question)
        times.append((time.perf_counter() - start) * 1000)
    return {"milliseconds": spread(times), "cpu_milliseconds": round((time.process_time() - began) * 1000 / count, 2)}


def spread(values: list[float]) -> dict[str, float]:
    return {"p50": round(median(values), 2), "p95": round(quantiles(values, n=20)[-1], 2)}


def qdrant() -> VectorStore:
    from qdrant_client import QdrantClient

    return QdrantVectors("http://in-memory", "", "bench", client=QdrantClient(":memory:"))


if __name__ == "__main__":
    main()
