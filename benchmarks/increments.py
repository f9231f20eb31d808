"""What small changes cost beside a cold ingest: `python benchmarks/increments.py FOLDER`, or `--synthetic 10000`.

Copies the folder (or makes documents, see scale.py) and ingests it cold; then, each by `ingestctl ingest --json` in a process
of its own: with nothing to do, after a sentence was added to 1 % of the pages (three at least), and after three pages were
renamed. CPU seconds are those of the whole process. Where they go is told by the process itself: each part without those
within it, so that the parts add up. EMBEDDING_MODEL of the environment is used; synthetic documents, of which only the no-op
is measured, have the hash embedder.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import scale
from changes import NoPage, edit_paragraph, new_place, rename_pages

TAG = "increments"
INSIDE = Path(__file__).with_name("inside.py")
ASIDE = ("start of the interpreter", "imports", "model load", "verification")
"""What the limit for an edit leaves out."""
LIMITS = {"nothing to do": 0.6, "nothing to do, 10,000 made documents": 1.5, "edit, beside what is left out": 1.0}
"""CPU seconds that these are to stay within."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path, nargs="?")
    arguments.add_argument("--synthetic", type=int, default=0, metavar="N", help="no-op alone, on N made documents")
    arguments.add_argument("--sections", type=int, default=3, help="sections of a made document")
    arguments.add_argument("--repeat", type=int, default=3, help="how often nothing is done")
    options = arguments.parse_args()
    if bool(options.folder) == bool(options.synthetic):
        arguments.error("name a folder, or --synthetic N")
    with tempfile.TemporaryDirectory(prefix="increments-") as folder:
        told = synthetic(Path(folder), options) if options.synthetic else increments(Path(folder), options)
    print(json.dumps(told, indent=1))


def synthetic(folder: Path, options: argparse.Namespace) -> dict:
    scale.SECTIONS = options.sections
    scale.write_documents(folder / "docs", options.synthetic, seed=1)
    environment = scale.clean_environment(folder, "embedded")
    cold = scale.ingest(environment, folder / "docs", TAG)
    again = nothing_to_do(folder, environment, options.repeat)
    return {
        "documents": options.synthetic,
        "sections_each": options.sections,
        "yardstick_cpu_seconds": yardstick(),
        "cold": {"cpu_seconds": round(cold.cpu, 2), "peak_memory_mib": round(cold.peak)},
        "nothing to do": again,
        "limits": LIMITS,
    }


def increments(folder: Path, options: argparse.Namespace) -> dict:
    place = new_place(folder, options.folder)
    cold = measured(folder, place.environment)
    again = nothing_to_do(folder, place.environment, options.repeat)
    edited = edit_pages(place)
    edit = measured(folder, place.environment)
    rename_pages(place)
    rename = measured(folder, place.environment)
    return {
        "model": place.environment["EMBEDDING_MODEL"] or "the built-in one",
        "yardstick_cpu_seconds": yardstick(),
        "cold": cold,
        "nothing to do": again,
        f"{edited} pages edited": edit,
        "3 pages renamed": rename,
        "limits": LIMITS,
    }


def nothing_to_do(folder: Path, environment: dict[str, str], times: int) -> dict:
    """As it is, several times, and once more measured from within."""
    plain = [scale.ingest(environment, folder / "docs", TAG) for _ in range(times)]
    if any(count for used in plain for count in used.result["work"].values()):
        sys.exit(f"an ingest without a change did something: {plain[0].result['work']}")
    return {"cpu_seconds_as_it_is": [round(used.cpu, 3) for used in plain]} | measured(folder, environment)


def yardstick() -> float:
    """`import dagster`, 0.8 on a quiet machine like the one that the limits are for: a busy one makes CPU seconds longer."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", "import dagster"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 3)


def edit_pages(place) -> int:
    """How many: 1 %, at least three, of the pages that have titled sections."""
    wanted = max(3, len(list(place.docs.rglob("*.*"))) // 100)
    for number in range(wanted):
        try:
            edit_paragraph(place, number)
        except NoPage:
            return number
    return wanted


def measured(folder: Path, environment: dict[str, str]) -> dict:
    """One ingest: what it did, and its CPU seconds by part."""
    split = folder / "split.json"
    command = [sys.executable, str(INSIDE), str(split), str(folder / "docs"), "--tag", TAG, "--json"]
    used = scale.used_by(command, environment, folder)
    told = json.loads(split.read_text())
    parts = {name: round(seconds, 3) for name, seconds in sorted(told["seconds"].items(), key=lambda item: -item[1])}
    aside = sum(told["seconds"].get(name, 0) for name in ASIDE)
    return {
        "documents": {kind: count for kind, count in used.result["documents"].items() if count},
        "work": {name: count for name, count in used.result["work"].items() if count},
        "loaded": told["loaded"],
        "cpu_seconds": round(used.cpu, 3),
        "wall_seconds": round(used.wall, 3),
        "cpu_seconds_by_part": parts | {"exit": round(used.cpu - sum(told["seconds"].values()), 3)},
        "calls": told["calls"],
        "cpu_seconds_beside_imports_model_load_and_verification": round(used.cpu - aside, 3),
    }


if __name__ == "__main__":
    main()
