"""Response times while documents change: `python benchmarks/serving.py [--documents 300] [--clients 8] [--pages 20]`.

Ingests scale.py's documents with the packaged model into the embedded stores and serves them with `ingestctl mcp --http`.
Measures the milliseconds of an answer with several MCP clients at once, each of which asks its next question as soon as it
has an answer: first without an ingest, then while `ingestctl ingest` processes a third of the pages again. Then measures
how long a new page takes until it is found: under `ingestctl watch` (WATCH_INTERVAL_SECONDS etc. from the environment)
pages are added at random moments and searched until they are the first result. Run it on an idle machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import scale
from mcp import Client

INGESTCTL = (sys.executable, "-m", "wekadocs_assets.cli.main")
TAG, SEED, PAUSE, PATIENCE = "served", 1, 0.2, 300.0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--documents", type=int, default=300)
    arguments.add_argument("--clients", type=int, default=8)
    arguments.add_argument("--seconds", type=float, default=30.0, help="duration of the first measurement")
    arguments.add_argument("--pages", type=int, default=20, help="number of pages added under `watch`")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="serving-") as name:
        folder = Path(name)
        scale.write_documents(folder / "docs", options.documents, SEED)
        environment = scale.clean_environment(folder, "embedded")
        del environment["EMBEDDING_MODEL"]
        first = scale.ingest(environment, folder / "docs", TAG)
        print(json.dumps({"documents": options.documents, "ingest_wall_seconds": round(first.wall, 1)}), flush=True)
        with mcp_service(environment) as url:
            asyncio.run(measure(url, environment, folder / "docs", options))


async def measure(url: str, environment: dict[str, str], docs: Path, options: argparse.Namespace) -> None:
    undisturbed = await answer_times(url, options.clients, asyncio.sleep(options.seconds))
    print(json.dumps({"without an ingest": undisturbed}), flush=True)
    rewrite_a_third(docs)
    beside = await answer_times(url, options.clients, ingest_again(environment, docs))
    print(json.dumps({"during an ingest": beside}), flush=True)
    with watching(environment, docs):
        print(json.dumps({"new page under watch": await found(url, docs, options.pages)}), flush=True)


async def answer_times(url: str, clients: int, until: Awaitable[None]) -> dict[str, Any]:
    """Asks questions with several clients until `until` is done. milliseconds: from question to answer, at the client."""
    over = asyncio.Event()
    took: list[float] = []
    failed: list[str] = []

    async def ask(number: int) -> None:
        chance = random.Random(number)
        async with connected(url) as client:
            while not over.is_set():
                began = time.perf_counter()
                question = "how to " + " ".join(scale.zipf(chance, chance.randint(4, 10)))
                answer = await client.call_tool("search_documentation", {"question": question})
                took.append((time.perf_counter() - began) * 1000)
                failed.extend([str(answer.content[0])] if answer.is_error else [])

    began = time.perf_counter()
    asking = [asyncio.create_task(ask(number)) for number in range(clients)]
    await until
    seconds = time.perf_counter() - began
    over.set()
    await asyncio.gather(*asking)
    if failed:
        sys.exit(f"{len(failed)} of {len(took)} questions were refused, the first: {failed[0]}")
    times = {"p50": round(median(took)), "p95": round(quantiles(took, n=20)[-1]), "longest": round(max(took))}
    return {
        "clients": clients,
        "seconds": round(seconds, 1),
        "answers": len(took),
        "answers_per_second": round(len(took) / seconds, 1),
        "milliseconds": times,
    }


def rewrite_a_third(docs: Path) -> None:
    for page in sorted(docs.rglob("*.md"))[::3]:
        page.write_text(page.read_text() + "\n\nWhat was said above holds for every release of this year.\n")


async def ingest_again(environment: dict[str, str], docs: Path) -> None:
    await asyncio.to_thread(scale.ingest, environment, docs, TAG)


async def found(url: str, docs: Path, pages: int) -> dict[str, Any]:
    """Seconds from writing a page until it is the first result of a question about it."""
    chance, took = random.Random(SEED), []
    async with connected(url) as client:
        for number in range(pages):
            await asyncio.sleep(chance.uniform(0, 10))
            word = "".join(chance.choices("bdfgklmnprstvz", k=3)) + f"ola{number}"
            page = docs / f"added-{number:03d}.md"
            page.write_text(f"# Of {word}\n\nThe {word} valve is opened before the {word} pump is started.\n")
            began = time.perf_counter()
            while await first_result(client, f"when is the {word} valve opened") != page.name:
                if time.perf_counter() - began > PATIENCE:
                    sys.exit(f"{page.name} was not found in {PATIENCE:.0f} s")
                await asyncio.sleep(PAUSE)
            took.append(time.perf_counter() - began)
    return {"pages": pages, "seconds": {"p50": round(median(took), 1), "p95": round(quantiles(took, n=20)[-1], 1)}}


async def first_result(client: Client, question: str) -> str:
    answer = await client.call_tool("search_documentation", {"question": question, "k": 1})
    results = answer.structured_content["results"] if not answer.is_error else []
    return results[0]["source_uri"] if results else ""


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Client]:
    async with Client(url, read_timeout_seconds=PATIENCE) as client:
        yield client


@contextmanager
def mcp_service(environment: dict[str, str]) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen([*INGESTCTL, "mcp", "--http", str(port)], env=environment, stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout is not None
            server.stdout.readline()  # written when it listens
            yield f"http://127.0.0.1:{port}/mcp"
        finally:
            server.terminate()


@contextmanager
def watching(environment: dict[str, str], docs: Path) -> Iterator[None]:
    command = [*INGESTCTL, "watch", str(docs), "--tag", TAG]
    discarded = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment, stdout=discarded, stderr=discarded) as watcher:
        try:
            yield
        finally:
            watcher.terminate()


if __name__ == "__main__":
    main()
