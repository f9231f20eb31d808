"""Cost of small changes compared with a cold ingest: `python benchmarks/increments.py FOLDER`, or `--synthetic 10000`.

Copies the folder (or makes documents, see scale.py) and ingests it cold. Then it ingests again with nothing to do, after
adding a sentence to 1 % of the pages (at least three), and after renaming three pages, each time with `ingestctl ingest
--json` in a new process. Prints the CPU seconds of the whole process, and by part (see inside.py). Uses EMBEDDING_MODEL
of the environment; with `--synthetic`, which measures only the ingest with nothing to do, the hash embedder.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import scale
from changes import NoPage, Place, edit_paragraph, new_place, rename_pages

TAG = "increments"
INSIDE = Path(__file__).with_name("inside.py")
EXCLUDED = ("start of the interpreter", "imports", "model load", "verification")
"""Parts that the limit for an edit excludes."""
LIMITS = {"nothing to do": 0.6, "nothing to do, 10,000 made documents": 1.5, "edit, without excluded parts": 1.0}
"""Expected maximum of CPU seconds."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path, nargs="?")
    arguments.add_argument(
        "--synthetic", type=int, default=0, metavar="N", help="measure only the no-op, on N made documents"
    )
    arguments.add_argument("--sections", type=int, default=3, help="sections per made document")
    arguments.add_argument("--repeat", type=int, default=3, help="how often to repeat the no-op")
    options = arguments.parse_args()
    if bool(options.folder) == bool(options.synthetic):
        arguments.error("name a folder, or --synthetic N")
    with tempfile.TemporaryDirectory(prefix="increments-") as folder:
        result = synthetic(Path(folder), options) if options.synthetic else increments(Path(folder), options)
    print(json.dumps(result, indent=1))


def synthetic(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    scale.SECTIONS = options.sections
    scale.write_documents(folder / "docs", options.synthetic, seed=1)
    environment = scale.clean_environment(folder, "embedded")
    cold = scale.ingest(environment, folder / "docs", TAG)
    again = nothing_to_do(folder, environment, options.repeat)
    return {
        "documents": options.synthetic,
        "sections_each": options.sections,
        "import_dagster_cpu_seconds": import_dagster_seconds(),
        "cold": {"cpu_seconds": round(cold.cpu, 2), "peak_memory_mib": round(cold.peak)},
        "nothing to do": again,
        "limits": LIMITS,
    }


def increments(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    place = new_place(folder, options.folder)
    cold = measured(folder, place.environment)
    again = nothing_to_do(folder, place.environment, options.repeat)
    edited = edit_pages(place)
    edit = measured(folder, place.environment)
    rename_pages(place)
    rename = measured(folder, place.environment)
    return {
        "model": place.environment["EMBEDDING_MODEL"] or "the packaged model",
        "import_dagster_cpu_seconds": import_dagster_seconds(),
        "cold": cold,
        "nothing to do": again,
        f"{edited} pages edited": edit,
        "3 pages renamed": rename,
        "limits": LIMITS,
    }


def nothing_to_do(folder: Path, environment: dict[str, str], times: int) -> dict[str, Any]:
    """CPU seconds of `times` plain ingests with nothing to do, and of one more by part."""
    plain = [scale.ingest(environment, folder / "docs", TAG) for _ in range(times)]
    if any(count for used in plain for count in used.result["work"].values()):
        sys.exit(f"an ingest without a change did something: {plain[0].result['work']}")
    return {"cpu_seconds_uninstrumented": [round(used.cpu, 3) for used in plain]} | measured(folder, environment)


def import_dagster_seconds() -> float:
    """CPU seconds of `import dagster`, to compare machines: 0.8 on the idle machine for which LIMITS were measured."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", "import dagster"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 3)


def edit_pages(place: Place) -> int:
    """Adds a sentence to 1 % of the pages, at least three, and returns how many it edited."""
    wanted = max(3, len(list(place.docs.rglob("*.*"))) // 100)
    for number in range(wanted):
        try:
            edit_paragraph(place, number)
        except NoPage:
            return number
    return wanted


def measured(folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    """One ingest: the documents and work of its result, and its CPU seconds by part."""
    split = folder / "split.json"
    command = [sys.executable, str(INSIDE), str(split), str(folder / "docs"), "--tag", TAG, "--json"]
    used = scale.used_by(command, environment, folder)
    spent = json.loads(split.read_text())
    parts = {name: round(seconds, 3) for name, seconds in sorted(spent["seconds"].items(), key=lambda item: -item[1])}
    excluded = sum(spent["seconds"].get(name, 0) for name in EXCLUDED)
    return {
        "documents": {kind: count for kind, count in used.result["documents"].items() if count},
        "work": {name: count for name, count in used.result["work"].items() if count},
        "loaded": spent["loaded"],
        "cpu_seconds": round(used.cpu, 3),
        "wall_seconds": round(used.wall, 3),
        "cpu_seconds_by_part": parts | {"exit": round(used.cpu - sum(spent["seconds"].values()), 3)},
        "calls": spent["calls"],
        "cpu_seconds_without_excluded_parts": round(used.cpu - excluded, 3),
    }


if __name__ == "__main__":
    main()
