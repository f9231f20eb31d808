"""Growth of the cost of an ingest with the number of documents: `python benchmarks/scale.py --documents 1000 10000`.

Makes documents from a seed (Markdown, ten sections each, words by Zipf's law, commands, settings, links to earlier pages;
the first 1,000 of 10,000 are the same files as the 1,000). Ingests each number of them cold, with the hash embedder, and
then once more with nothing to do, each time with `ingestctl ingest` in a new process. CPU seconds and peak memory are those
of that process, without the servers'. An ingest of one document gives the cost of starting, so growth is printed with and
without it. `--stores servers` uses the servers of the environment (NEO4J_URI, QDRANT_URL, …), whose databases should be
empty; it deletes what it ingested.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

SERVERS = ("NEO4J_URI", "QDRANT_URL", "REDIS_URL", "DAGSTER_POSTGRES_URL", "ARTIFACTS_URL", "VECTORS")
SECTIONS = 10
WORDS, COMMANDS, OPTIONS = 5000, 300, 400
OLD = 1_700_000_000
"""Modification time of the files, seconds since the epoch: so old that the next scan does not read them again."""
TOPICS = (
    "overview",
    "installation",
    "configuration",
    "commands",
    "limits",
    "monitoring",
    "errors",
    "recovery",
    "upgrade",
)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--documents", type=int, nargs="+", default=[1000, 10000], metavar="N")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--stores", choices=["embedded", "servers"], default="embedded")
    options = arguments.parse_args()
    if options.stores == "servers" and not os.environ.get("NEO4J_URI"):
        arguments.error("--stores servers: NEO4J_URI is not set")
    start = measure(1, options.seed, options.stores)
    sizes = []
    for count in sorted(options.documents):
        sizes.append(measure(count, options.seed, options.stores))
        print(json.dumps(sizes[-1], indent=1), flush=True)
    print(json.dumps({"start_cpu_seconds": start["cpu_seconds"], "growth": growth(sizes, start)}, indent=1))


@dataclass(frozen=True)
class Usage:
    """What one process used. cpu, wall: seconds; peak: memory in MiB; result: the last line of its output, JSON."""

    cpu: float
    wall: float
    peak: float
    result: dict[str, Any]


def measure(count: int, seed: int, stores: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="scale-") as folder:
        docs, tag = Path(folder, "docs"), f"scale-{count}"
        write_documents(docs, count, seed)
        environment = clean_environment(Path(folder), stores)
        cold = ingest(environment, docs, tag, "--rebind")
        again = ingest(environment, docs, tag)
        report = json.loads(Path(cold.result["report"]).read_text())
        check(cold.result, again.result, count)
        if stores == "servers":
            delete_from_servers(environment, docs, tag)
    return row(count, cold, again, report)


def row(count: int, cold: Usage, again: Usage, report: dict[str, Any]) -> dict[str, Any]:
    """The figures of one size, in the units of their names."""
    cpu, wall = (
        {stage: round(spent[clock] / 1000, 2) for stage, spent in report["timings_ms"].items()}
        for clock in ("cpu", "wall")
    )
    sections = report["graph"]["nodes"]["Section"]
    return {
        "documents": count,
        "sections": sections,
        "chunks": report["vector"]["chunks"],
        "vector_store": report["vector"]["sot"],
        "cpu_seconds": round(cold.cpu, 2),
        "wall_seconds": round(cold.wall, 2),
        "peak_memory_mib": round(cold.peak),
        "cpu_seconds_by_stage": cpu,
        "wall_seconds_by_stage": wall,
        "graph_cpu_seconds_per_1000_sections": round(cpu["GRAPHING"] * 1000 / sections, 3),
        "cpu_ms_per_document": round(cold.cpu * 1000 / count, 2),
        "noop_cpu_seconds": round(again.cpu, 2),
        "noop_wall_seconds": round(again.wall, 2),
        "noop_peak_memory_mib": round(again.peak),
    }


def growth(sizes: list[dict[str, Any]], start: dict[str, Any]) -> list[dict[str, Any]]:
    """Growth of CPU per document from each size to the next in percent, with and without the cost of starting."""

    def beyond_start(size: dict[str, Any]) -> float:
        beyond = float(size["cpu_seconds"]) - float(start["cpu_seconds"])
        return beyond / max(int(size["documents"]) - 1, 1)

    return [
        {
            "documents": [small["documents"], large["documents"]],
            "cpu_per_document_pct": percent(small["cpu_ms_per_document"], large["cpu_ms_per_document"]),
            "cpu_per_document_beyond_start_pct": percent(beyond_start(small), beyond_start(large)),
            "graph_cpu_per_section_pct": percent(
                small["graph_cpu_seconds_per_1000_sections"], large["graph_cpu_seconds_per_1000_sections"]
            ),
        }
        for small, large in pairwise(sizes)
    ]


def percent(before: float, after: float) -> float | None:
    """The change in percent; None if there is nothing to compare with (a size of one document)."""
    return round(100 * (after / before - 1), 1) if before > 0 else None


def clean_environment(folder: Path, stores: str) -> dict[str, str]:
    inherited = {
        k: v for k, v in os.environ.items() if k != "COLLECTIONS" and (stores == "servers" or k not in SERVERS)
    }
    return inherited | {
        "WEKADOCS_HOME": str(folder / "data"),
        "REPORTS_DIR": str(folder / "reports"),
        "EMBEDDING_MODEL": "hash",
        "PYTHONWARNINGS": "ignore",
    }


def ingest(environment: dict[str, str], docs: Path, tag: str, *options: str) -> Usage:
    """Runs `ingestctl ingest`; raises SystemExit, with the end of its stderr, if it fails."""
    command = [sys.executable, "-m", "wekadocs_assets.cli.main", "ingest", str(docs), "--tag", tag, "--json", *options]
    return used_by(command, environment, docs.parent)


def used_by(command: list[str], environment: dict[str, str], folder: Path) -> Usage:
    """Runs a command in a new process in this folder and measures it; raises SystemExit if it fails."""
    out, err = folder / "stdout", folder / "stderr"
    began = time.perf_counter()
    with (
        out.open("w") as stdout,
        err.open("w") as stderr,
    ):  # files, not pipes: only wait4 gives the usage of one process
        process = subprocess.Popen(command, env=environment, stdout=stdout, stderr=stderr, cwd=folder)
        _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {process.returncode}\n{err.read_text()[-3000:]}")
    result = json.loads(out.read_text().splitlines()[-1])
    return Usage(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024, result)


def check(cold: dict[str, Any], again: dict[str, Any], count: int) -> None:
    """Raises SystemExit if the ingest missed documents or the second one had work to do: the figures would be wrong."""
    if cold["documents"]["ingested"] != count:
        sys.exit(f"expected {count} ingested documents, got {cold['documents']}; was the database empty?")
    if again["documents"]["unchanged"] != count:
        sys.exit(f"the second ingest had something to do: {again['documents']}")


def delete_from_servers(environment: dict[str, str], docs: Path, tag: str) -> None:
    for page in docs.rglob("*.md"):
        page.unlink()
    ingest(environment, docs, tag, "--allow-mass-delete")


def write_documents(folder: Path, count: int, seed: int) -> None:
    for number in range(count):
        path = folder / name_of(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document(number, seed))
        os.utime(path, (OLD, OLD))


def name_of(number: int) -> str:
    return f"part-{number // 100:03d}/page-{number:05d}.md"


def document(number: int, seed: int) -> str:
    """The text of a page, which depends only on its number and the seed."""
    chance = random.Random(f"{seed}:{number}")
    parts = [f"# {heading(chance)} {number}", paragraph(chance)]
    for index in range(SECTIONS - 1):
        level = "##" if index % 3 else "###" if index else "##"
        parts += [f"{level} {heading(chance)} {TOPICS[index]}", *body(chance, index, number)]
    return "\n\n".join(parts) + "\n"


def body(chance: random.Random, index: int, number: int) -> list[str]:
    """Prose and, depending on the index of the section, a command, a table of settings, steps or a link."""
    found = [paragraph(chance) for _ in range(chance.randint(1, 3))]
    if index % 3 == 0:
        found.append(f"```bash\n{command_line(chance)}\n```")
    if index % 3 == 1:
        found.append(settings_table(chance))
    if index % 4 == 2:
        found.append("\n".join(f"{step}. Run `{command_line(chance)}`." for step in range(1, 4)))
    if number and index % 2:
        target = chance.randrange(number)
        found.append(f"See also [page {target}](../{name_of(target)}).")
    return found


def heading(chance: random.Random) -> str:
    return " ".join(zipf(chance, 2)).capitalize()


def paragraph(chance: random.Random) -> str:
    words = zipf(chance, chance.randint(30, 80))
    sentences = [" ".join(words[at : at + 12]).capitalize() + "." for at in range(0, len(words), 12)]
    return " ".join(sentences)


def command_line(chance: random.Random) -> str:
    command = ranked(chance, COMMANDS)
    noun, verb = vocabulary()[command % 60], ("create", "delete", "list", "update", "status")[command % 5]
    option = ranked(chance, OPTIONS)
    return f"tidegate {noun} {verb} --{vocabulary()[option + 60]}-size {chance.randint(1, 512)}"


def settings_table(chance: random.Random) -> str:
    rows = [f"| `{vocabulary()[ranked(chance, OPTIONS) + 60]}_limit` | {' '.join(zipf(chance, 6))} |" for _ in range(3)]
    return "\n".join(["| Setting | Meaning |", "| --- | --- |", *rows])


def zipf(chance: random.Random, count: int) -> list[str]:
    return chance.choices(vocabulary(), cum_weights=weights(WORDS), k=count)


def ranked(chance: random.Random, among: int) -> int:
    return chance.choices(range(among), cum_weights=weights(among))[0]


@cache
def weights(count: int) -> list[float]:
    """Cumulative weights by Zipf's law: the item of rank r has the frequency 1/r."""
    return list(accumulate(1 / rank for rank in range(1, count + 1)))


@cache
def vocabulary() -> list[str]:
    syllables = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
    chance = random.Random("vocabulary")
    words: dict[str, None] = {}
    while len(words) < WORDS:
        words["".join(chance.choices(syllables, k=chance.randint(2, 4)))] = None
    return list(words)


if __name__ == "__main__":
    main()
