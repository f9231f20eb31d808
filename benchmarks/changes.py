"""Work caused by each kind of change, in rows written: `python benchmarks/changes.py [FOLDER]` (default: samples/).

Copies the folder, ingests the copy into the embedded stores of a temporary data folder, then changes it step by step and
ingests it after each step with `ingestctl ingest --json` in a new process. Prints a Markdown table of the work counts in
the result events. Uses EMBEDDING_MODEL of the environment (empty: the packaged model; `hash`: no model). Each step starts
from the state after the one before; a step for which the folder has no suitable page is skipped.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scale import clean_environment

SAMPLES = Path(__file__).parents[1] / "samples"
COLUMNS = (
    "parsed", "extracted", "graph rows written", "graph rows deleted", "embedded", "reused", "points written", "points deleted",
)  # fmt: skip
HEADING = re.compile(r"(#{1,2}) +\S[^\r\n]*")
FENCE = re.compile(r" {0,3}(```|~~~)")
SENTENCE = "This sentence was not here before."


@dataclass
class Place:
    """A folder with a copy of the documents and a data folder.

    environment: of the next ingests; code: code versions that they use instead of the current ones; bad: the page that
    was damaged, and its content before.
    """

    folder: Path
    environment: dict[str, str]
    code: dict[str, str] = field(default_factory=dict)
    bad: tuple[Path, bytes] | None = None

    @property
    def docs(self) -> Path:
        return self.folder / "docs"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def pages(self) -> list[Path]:
        """The Markdown pages with a title and at least two sections, to which the changes of text can be made."""
        found = sorted(self.docs.rglob("*.md"))
        texts = ((page, page.read_text(errors="replace")) for page in found)
        return [page for page, text in texts if headings(text, 1) and len(headings(text, 2)) >= 2]

    def ingest(self) -> dict[str, Any]:
        """Runs an ingest and returns its result event; raises SystemExit if there is none."""
        code = f"from wekadocs_assets.core.recipe import CODE_VERSIONS; CODE_VERSIONS.update({self.code!r})\n"
        code += "from wekadocs_assets.cli.main import main; main()"
        command = [sys.executable, "-c", code, "ingest", str(self.docs), "--tag", "changes", "--json"]
        done = subprocess.run(command, env=self.environment, cwd=self.folder, capture_output=True, text=True)
        if done.returncode not in (0, 1) or not done.stdout:
            sys.exit(f"ingest: exit code {done.returncode}\n{done.stderr[-3000:]}")
        result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return result


def headings(text: str, level: int) -> list[re.Match[str]]:
    """The ATX headings of this level outside of fenced code. Comments in front matter would be taken for headings."""
    found, fenced, start = [], False, 0
    for line in text.splitlines(keepends=True):
        fenced ^= bool(FENCE.match(line))
        match = HEADING.match(text, start)
        if match and not fenced and len(match[1]) == level:
            found.append(match)
        start += len(line)
    return found


class NoPage(Exception):
    """The folder has no page to which this change can be made."""


def chosen(place: Place, which: int = 0) -> Path:
    """The page with this index; NoPage if there are fewer."""
    pages = place.pages()
    if which >= len(pages):
        raise NoPage
    return pages[which]


def rewrite(page: Path, change: Callable[[str], str]) -> None:
    text = page.read_bytes().decode()
    changed = change(text)
    if changed == text:
        raise NoPage
    page.write_text(changed, newline="")


def nothing(place: Place) -> None:
    """No change: for the first ingest and for a repeated one."""


def touch(place: Place) -> None:
    os.utime(chosen(place))


def other_line_ends(place: Place) -> None:
    rewrite(chosen(place), lambda text: text.replace("\r\n", "\n").replace("\n", "\r\n"))


def edit_paragraph(place: Place, which: int = 0) -> None:
    """Adds a paragraph at the end of the page, since a section's other parts may be lists or tables."""
    rewrite(chosen(place, which), lambda text: f"{text.rstrip()}\n\n{SENTENCE}\n")


def add_section(place: Place) -> None:
    def change(text: str) -> str:
        start = headings(text, 2)[0].start()
        return f"{text[:start]}## New section\n\n{SENTENCE}\n\n{text[start:]}"

    rewrite(chosen(place), change)


def remove_section(place: Place) -> None:
    """Removes the section that add_section added."""
    rewrite(chosen(place), lambda text: text.replace(f"## New section\n\n{SENTENCE}\n\n", ""))


def retitle(level: int) -> Callable[[Place], None]:
    """A change that renames the first heading of this level."""

    def change(text: str) -> str:
        end = headings(text, level)[0].end()
        return f"{text[:end]} (new){text[end:]}"

    return lambda place: rewrite(chosen(place), change)


def rename_pages(place: Place) -> None:
    """Renames up to three pages; their titles stay, because they are in the text."""
    pages = place.pages()[:3]
    if not pages:
        raise NoPage
    for page in pages:
        page.rename(page.with_name(f"{page.stem}-renamed.md"))


def move_section(place: Place) -> None:
    """Moves the last section of a page, with its subsections, to the end of another page."""
    source, target = chosen(place), chosen(place, 1)
    text = source.read_text()
    start = headings(text, 2)[-1].start()
    source.write_text(text[:start])
    target.write_text(f"{target.read_text().rstrip()}\n\n{text[start:]}")


def delete_page(place: Place) -> None:
    chosen(place).unlink()


def make_bad(place: Place) -> None:
    page = chosen(place)
    place.bad = page, page.read_bytes()
    page.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")


def make_good(place: Place) -> None:
    if place.bad is None:
        raise NoPage
    page, content = place.bad
    page.write_bytes(content)


def new_vocabulary(place: Place) -> None:
    place.environment["VOCABULARY_COMPONENTS"] = "frontend,backend,gateway"


def new_code(asset: str) -> Callable[[Place], None]:
    def change(place: Place) -> None:
        place.code[asset] = "next"

    return change


def wipe(store: str) -> Callable[[Place], None]:
    def change(place: Place) -> None:
        for path in place.data.glob(f"{store}*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return change


def other_chunks(place: Place) -> None:
    place.environment["CHUNK_TOKENS"] = "96"


STEPS: dict[str, Callable[[Place], None]] = {
    "first ingest": nothing,
    "nothing changed": nothing,
    "a file touched": touch,
    "other line ends": other_line_ends,
    "a paragraph added to a section": edit_paragraph,
    "a section added at the top": add_section,
    "a section removed": remove_section,
    "a heading retitled": retitle(2),
    "a page retitled": retitle(1),
    "three pages renamed": rename_pages,
    "a section moved to another page": move_section,
    "a page deleted": delete_page,
    "a page replaced by binary data": make_bad,
    "the page restored": make_good,
    "another vocabulary": new_vocabulary,
    "another version of the parsers, same output": new_code("parsed_documents"),
    "another version of the extractors, same output": new_code("extracted_entities"),
    "vectors wiped": wipe("vectors"),
    "artifacts wiped": wipe("artifacts"),
    "graph wiped": wipe("graph.lbug"),
    "Dagster's storage deleted": wipe("dagster"),
    "chunks of 96 tokens": other_chunks,
    "nothing changed, at the end": nothing,
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path, nargs="?", default=SAMPLES)
    options = arguments.parse_args()
    if not options.folder.is_dir():
        arguments.error(f"{options.folder}: no such folder")
    with tempfile.TemporaryDirectory(prefix="changes-") as folder:
        place = new_place(Path(folder), options.folder)
        print(f"{sum(path.is_file() for path in place.docs.rglob('*'))} files of {options.folder.name}/, ", end="")
        print(f"model: {place.environment['EMBEDDING_MODEL'] or 'the packaged model'}\n")
        print(line("change", "plan", *COLUMNS), line(*["---"] * (2 + len(COLUMNS))), sep="\n")
        for name, change in STEPS.items():
            print(row(place, name, change), flush=True)


def new_place(folder: Path, source: Path) -> Place:
    shutil.copytree(source, folder / "docs")
    model = {"EMBEDDING_MODEL": os.environ.get("EMBEDDING_MODEL", "")}
    return Place(folder, clean_environment(folder, "embedded") | model)


def row(place: Place, name: str, change: Callable[[Place], None]) -> str:
    try:
        change(place)
    except NoPage:
        return line(name, "skipped: no suitable page", *[""] * len(COLUMNS))
    result = place.ingest()
    done, work = result["documents"], result["work"]
    plan = ", ".join(f"{count} {kind}" for kind, count in done.items() if count)
    counts = [work[f"documents_{kind}"] for kind in ("parsed", "extracted")]
    counts += [work[f"nodes_{kind}"] + work[f"edges_{kind}"] for kind in ("written", "deleted")]
    names = ("chunks_embedded", "chunks_reused", "points_upserted", "points_deleted")
    return line(name, plan, *counts, *(work[name] for name in names))


def line(*cells: object) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


if __name__ == "__main__":
    main()
